/** Several tracks of the library, chosen by their boxes: how many is said and shown, and a zip of them leaves no page. */
import { whenShown } from "./sharing.js";

export function chosenTracks() {
  document.addEventListener("change", ({ target }) => {
    if (/** @type {Element} */ (target).matches("[form=chosen]")) tell();
  });
  document.addEventListener("reset", ({ target }) => {
    if (/** @type {Element} */ (target).id === "chosen") setTimeout(tell); // when the boxes are empty
  });
  document.addEventListener("click", (event) => {
    const target = /** @type {Element} */ (event.target);
    if (target.closest("[data-choose]")) {
      for (const box of boxes()) box.checked = true;
      tell();
    }
    const zip = /** @type {HTMLButtonElement|null} */ (target.closest("[data-chosen-zip]"));
    if (!zip) return;
    event.preventDefault(); // else the page would be exchanged for it
    const { form } = zip;
    const { action } = form;
    form.action = zip.formAction;
    form.submit();
    form.action = action;
  });
  whenShown(() => {
    for (const button of document.querySelectorAll("[data-choose]")) button.hidden = false;
    tell();
  });
}

/** @returns {HTMLInputElement[]} */
const boxes = () => [...document.querySelectorAll("input[form=chosen]")];

function tell() {
  const place = /** @type {HTMLElement|null} */ (document.querySelector("[data-chosen-count]"));
  if (!place) return;
  const count = boxes().filter(({ checked }) => checked).length;
  const { one, many } = place.dataset;
  place.textContent = count ? (count === 1 ? one : many.replace("{n}", String(count))) : "";
}
