/**
 * Forms marked data-quiet are sent without leaving the page; where that fails they are sent as any form.
 * @param {(form: HTMLFormElement) => void} sent
 */
export function quietForms(sent) {
  document.addEventListener("submit", async (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (!form.matches("[data-quiet]")) return;
    event.preventDefault();
    if (form.ariaBusy === "true") return;
    form.ariaBusy = "true";
    const done = await post(form);
    form.ariaBusy = null;
    if (done) sent(form);
    else form.submit();
  });
}

/** @param {HTMLFormElement} form @returns {Promise<boolean>} whether the server took it: it answers with a redirect */
async function post(form) {
  try {
    const response = await fetch(form.action, { method: "POST", body: new FormData(form), redirect: "manual" });
    return response.type === "opaqueredirect" || response.ok;
  } catch {
    return false;
  }
}

/** @param {HTMLFormElement} form of a heart: it shows the other state now, and would send the one before */
export function turnHeart(form) {
  const on = form.elements.namedItem("favourite").value === "1";
  form.elements.namedItem("favourite").value = on ? "0" : "1";
  form.querySelector("button").ariaPressed = String(on);
}

/** The order form: a second click does nothing, an example fills in the words. */
export function orderForm() {
  const form = /** @type {HTMLFormElement|null} */ (document.querySelector("[data-order]"));
  if (!form) return;
  const button = form.querySelector("button.primary");
  form.addEventListener("submit", (event) => {
    if (button.ariaDisabled === "true") event.preventDefault();
    button.ariaDisabled = "true";
  });
  addEventListener("pageshow", () => { button.ariaDisabled = null; });
  form.addEventListener("click", (event) => {
    const example = /** @type {HTMLElement} */ (event.target).closest("[data-prompt]");
    if (!example || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    form.elements.namedItem("prompt").value = example.dataset.prompt;
    form.elements.namedItem("prompt").focus();
  });
}
