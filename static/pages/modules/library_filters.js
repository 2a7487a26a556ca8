/** The library is searched and filtered while somebody types or chooses: htmx exchanges what was found, and the address. */
import { whenShown } from "./sharing.js";

export function libraryFilters() {
  whenShown(() => {
    const shelf = /** @type {HTMLElement|null} */ (document.querySelector(".tabs [aria-current]"));
    if (shelf) shelf.parentElement.scrollLeft = shelf.offsetLeft - shelf.parentElement.offsetLeft; // on a narrow screen
  });
  if (!("htmx" in globalThis)) return; // the form has a button
  let typed = false;
  whenShown(() => {
    for (const button of document.querySelectorAll("[data-live] button")) button.hidden = true;
  });
  document.addEventListener("htmx:configRequest", ({ detail, target }) => {
    if (!target.matches("[data-live]")) return;
    for (const [name, value] of [...detail.formData]) if (!value) detail.formData.delete(name);
  });
  // Going back leads to what was there before the search, not through every letter of it.
  document.addEventListener("htmx:beforeHistoryUpdate", ({ detail }) => {
    const typing = detail.requestConfig.elt.matches("[data-live]") && detail.requestConfig.triggeringEvent?.target.type === "search";
    const here = detail.history.path === location.pathname + location.search;
    if (here || (typing && typed)) detail.history.type = "replace";
    typed = typing;
  });
  addEventListener("popstate", () => { typed = false; });
}
