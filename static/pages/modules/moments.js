/**
 * The moments of a track that is changed in parts: a new one where it is heard.
 *
 *   [data-moment-here]  a button that writes the time into the field beside it
 */
import { whenShown } from "./sharing.js";

/** @param {(piece: string) => number} standing seconds at which the piece of that id is heard, or was */
export function momentHere(standing) {
  whenShown(() => {
    for (const button of document.querySelectorAll("[data-moment-here]")) /** @type {HTMLElement} */ (button).hidden = false;
  });
  document.addEventListener("click", ({ target }) => {
    const button = /** @type {Element} */ (target).closest?.("[data-moment-here]");
    if (!button) return;
    const { form } = /** @type {HTMLButtonElement} */ (button);
    const field = /** @type {HTMLInputElement} */ (form.elements.namedItem("new_moment"));
    field.value = written(standing(form.querySelector("[data-hears]").dataset.piece));
    field.dispatchEvent(new Event("change", { bubbles: true }));
    field.focus();
  });
}

/** @param {number} seconds @returns {string} as people write a moment: 0:12.5 */
function written(seconds) {
  const tenths = Math.round(10 * seconds);
  const rest = tenths % 600;
  return `${(tenths - rest) / 600}:${String(Math.floor(rest / 10)).padStart(2, "0")}${rest % 10 ? `.${rest % 10}` : ""}`;
}
