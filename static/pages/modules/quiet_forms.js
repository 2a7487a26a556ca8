/**
 * Forms marked data-quiet are sent without leaving the page; what the server refuses is sent as any form, to see why.
 * @param {(form: HTMLFormElement) => void} sent @param {() => void} failed the server cannot be reached
 */
export function quietForms(sent, failed) {
  document.addEventListener("submit", async (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (!form.matches("[data-quiet]")) return;
    event.preventDefault();
    if (form.ariaBusy === "true") return;
    form.ariaBusy = "true";
    const done = await post(form);
    form.ariaBusy = null;
    if (done) sent(form);
    else if (done === null) failed();
    else form.submit();
  });
}

/** @param {HTMLFormElement} form @returns {Promise<boolean|null>} whether the server took it: it answers with a redirect */
async function post(form) {
  try {
    const response = await fetch(form.action, { method: "POST", body: new FormData(form), redirect: "manual" });
    return response.type === "opaqueredirect" || response.ok;
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
