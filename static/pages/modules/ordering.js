/**
 * The rows of a list [data-orderable] are put in order by dragging their handles [data-drag], with a mouse, a pen or a
 * finger; buttons do the same by keys and without scripts. The address of the list's action is in data-orderable.
 */
import { whenShown } from "./sharing.js";

const EDGE = 70; // pixels from the top or bottom of the window, in which it scrolls
const SCROLL = 12; // pixels for each movement there

/** @param {() => void} failed the server could not be reached */
export function ordering(failed) {
  whenShown(() => {
    for (const handle of document.querySelectorAll("[data-drag][hidden]")) handle.hidden = false;
  });
  document.addEventListener("pointerdown", (event) => {
    const handle = /** @type {HTMLElement|null} */ (/** @type {Element} */ (event.target).closest("[data-drag]"));
    if (!handle || event.button) return;
    event.preventDefault(); // no text is marked
    drag(handle, event.pointerId, failed);
  });
}

/** @param {HTMLElement} handle @param {number} pointer @param {() => void} failed */
function drag(handle, pointer, failed) {
  const row = handle.closest("li");
  const list = /** @type {HTMLElement} */ (row.parentElement);
  const before = place(row);
  handle.setPointerCapture(pointer);
  row.toggleAttribute("data-dragged", true);
  const move = (/** @type {PointerEvent} */ { clientY }) => {
    if (clientY < EDGE) scrollBy(0, -SCROLL);
    else if (clientY > innerHeight - EDGE) scrollBy(0, SCROLL);
    const others = [...list.children].filter((other) => other !== row);
    const after = others.find((other) => clientY < middle(other)) ?? null;
    if (row.nextElementSibling !== after) {
      list.insertBefore(row, after);
      handle.setPointerCapture(pointer); // which is lost with a move in the document
    }
  };
  const drop = (/** @type {PointerEvent} */ { type }) => {
    for (const name of ["pointerup", "pointercancel"]) handle.removeEventListener(name, drop);
    handle.removeEventListener("pointermove", move);
    row.removeAttribute("data-dragged");
    if (type === "pointercancel") list.insertBefore(row, [...list.children].filter((other) => other !== row)[before] ?? null);
    else if (place(row) !== before) keep(list, row, failed);
  };
  handle.addEventListener("pointermove", move);
  for (const name of ["pointerup", "pointercancel"]) handle.addEventListener(name, drop);
}

/** Say to the server where the row is now; what it shows after that is shown. @param {HTMLElement} list @param {HTMLElement} row @param {() => void} failed */
async function keep(list, row, failed) {
  const body = new FormData(row.querySelector("form"));
  body.set("to", String(place(row)));
  try {
    await fetch(list.dataset.orderable, { method: "POST", body, headers: { "X-Quiet": "1" }, redirect: "manual" });
  } catch {
    failed();
  }
  const { htmx } = /** @type {any} */ (globalThis);
  if (htmx) htmx.ajax("GET", location.pathname, { target: `#${list.id}`, select: `#${list.id}`, swap: "outerHTML" }).catch(() => {});
  else location.reload();
}

/** @param {Element} row @returns {number} its place in the list, from 0 */
const place = (row) => [...row.parentElement.children].indexOf(row);

/** @param {Element} row @returns {number} pixels below the top of the window */
function middle(row) {
  const { top, height } = row.getBoundingClientRect();
  return top + height / 2;
}
