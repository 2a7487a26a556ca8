/**
 * The page on which a track is changed in parts works without this; here a click on a cell makes it fuller, and what is
 * open and what is not kept yet can be seen.
 */
import { whenShown } from "./sharing.js";

export function arrangementPage() {
  whenShown(() => {
    for (const desk of document.querySelectorAll("[data-desk]:not([data-cycles])")) {
      desk.setAttribute("data-cycles", "");
      markOpened(/** @type {HTMLFormElement} */ (desk));
    }
  });
  document.addEventListener("click", ({ target }) => {
    const cell = /** @type {Element} */ (target).closest?.("[data-cycles] .cell");
    if (cell) fuller(cell.querySelector("select"));
  });
  for (const type of ["input", "change"]) {
    document.addEventListener(type, ({ target }) => {
      const desk = /** @type {HTMLElement} */ (target).closest?.("[data-desk]");
      if (!desk) return;
      if (/** @type {HTMLInputElement} */ (target).name === "open") markOpened(/** @type {HTMLFormElement} */ (desk));
      else if (/** @type {HTMLInputElement} */ (target).name) desk.querySelector("[data-changed-words]").hidden = false;
    });
  }
}

/** The next level, after the last one the first. @param {HTMLSelectElement} select */
function fuller(select) {
  select.selectedIndex = (select.selectedIndex + 1) % select.options.length;
  select.focus({ preventScroll: true });
  select.dispatchEvent(new Event("change", { bubbles: true }));
}

/** @param {HTMLFormElement} desk */
function markOpened(desk) {
  const opened = desk.elements.namedItem("open").value;
  for (const label of desk.querySelectorAll("[data-opens]")) label.classList.toggle("opened", label.dataset.opens === opened);
}
