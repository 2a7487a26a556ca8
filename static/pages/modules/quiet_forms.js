/**
 * Forms marked data-quiet are sent without leaving the page; what the server refuses is sent as any form, to see why.
 * @param {{sent: (form: HTMLFormElement) => void, signedOut: () => void, failed: () => void}} listener sent: it is done;
 * signedOut: it is not, as nobody is signed in any more; failed: the server cannot be reached
 */
export function quietForms({ sent, signedOut, failed }) {
  document.addEventListener("submit", async (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (!form.matches("[data-quiet]")) return;
    event.preventDefault();
    if (form.ariaBusy === "true") return;
    form.ariaBusy = "true";
    const status = await post(form);
    form.ariaBusy = null;
    if (status === DONE) sent(form);
    else if (status === 401) signedOut();
    else if (status === null) failed();
    else form.submit();
  });
}

const DONE = 204; // anything else, such as a redirect to somewhere, is no success

/** @param {HTMLFormElement} form @returns {Promise<number|null>} the answer's status; null: there was none */
async function post(form) {
  try {
    const body = new FormData(form);
    return (await fetch(form.action, { method: "POST", body, headers: { "X-Quiet": "1" }, redirect: "manual" })).status;
  } catch {
    return null;
  }
}

/** @param {HTMLFormElement} form of a heart: it shows the other state now, and would send the one before */
export function turnHeart(form) {
  const on = form.elements.namedItem("favourite").value === "1";
  form.elements.namedItem("favourite").value = on ? "0" : "1";
  form.querySelector("button").ariaPressed = String(on);
}
