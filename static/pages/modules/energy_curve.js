/**
 * How intense each section is, drawn over the grid of the page on which a track is changed in parts: the sliders of the row
 * are filled up to where the pointer goes, and keys move each of them as any slider.
 */

export function energyCurve() {
  let drawn = /** @type {HTMLElement|null} */ (null); // the row that is drawn in
  let slider = /** @type {HTMLInputElement|undefined} */ (undefined); // that was drawn last
  document.addEventListener("pointerdown", (event) => {
    drawn = /** @type {Element} */ (event.target).closest?.("[data-drawn]");
    if (!drawn || event.button) return (drawn = null);
    event.preventDefault();
    slider = draw(drawn, event);
    slider?.focus({ preventScroll: true });
  });
  document.addEventListener("pointermove", (event) => { if (drawn) slider = draw(drawn, event) ?? slider; });
  for (const type of ["pointerup", "pointercancel"]) {
    document.addEventListener(type, () => {
      if (drawn) slider?.dispatchEvent(new Event("change", { bubbles: true })); // as of one that was let go: now it is heard
      drawn = null;
    });
  }
  document.addEventListener("input", ({ target }) => {
    if (/** @type {Element} */ (target).closest?.("[data-drawn]")) fill(/** @type {HTMLInputElement} */ (target));
  });
}

/** The row is there. @param {HTMLElement} row */
export function showEnergy(row) {
  row.setAttribute("data-drawn", "");
  const hint = row.querySelector("[data-energy-hint]");
  if (hint) hint.hidden = false;
  for (const slider of row.querySelectorAll("input")) fill(slider);
}

/** @param {HTMLElement} row @param {PointerEvent} event @returns {HTMLInputElement|undefined} the slider that was set */
function draw(row, { clientX, clientY }) {
  const cells = /** @type {HTMLElement[]} */ ([...row.querySelectorAll(".energy-cell")]);
  const cell = cells.find((one) => clientX >= one.getBoundingClientRect().left && clientX < one.getBoundingClientRect().right);
  if (!cell) return undefined;
  const { top, height } = cell.getBoundingClientRect();
  const slider = cell.querySelector("input");
  const value = String(Math.round(100 * Math.min(1, Math.max(0, 1 - (clientY - top) / height))));
  if (slider.value !== value) {
    slider.value = value;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
  }
  return slider;
}

/** @param {HTMLInputElement} slider */
const fill = (slider) => /** @type {HTMLElement} */ (slider.parentElement).style.setProperty("--much", `${slider.value}%`);
