/**
 * The order form greys out what the chosen engine takes no notice of: a field that is not heard is not sent either.
 * Without this script everything can be filled in, and the track says what was not heeded.
 */

const ALWAYS = ["prompt", "generator", "idempotency", "csrfmiddlewaretoken", "draw", "count", "compare"];

/** Follows the choice on whatever page the form is. */
export function engineChoice() {
  document.addEventListener("change", ({ target }) => {
    const field = /** @type {HTMLElement} */ (target);
    if (field.matches("[data-order] select[name=generator]")) show(/** @type {HTMLSelectElement} */ (field));
  });
  addEventListener("pageshow", showAll); // the browser may have put an earlier choice back
  document.addEventListener("htmx:afterSwap", showAll);
  showAll();
}

function showAll() {
  for (const select of document.querySelectorAll("[data-order] select[name=generator]")) {
    show(/** @type {HTMLSelectElement} */ (select));
  }
}

/** @param {HTMLSelectElement} select */
function show(select) {
  const { hears = "", formats = "", sings, shortest, longest } = select.selectedOptions[0]?.dataset ?? {};
  const heard = new Set([...hears.split(" "), ...(sings === undefined ? [] : ["lyrics"]), ...ALWAYS]);
  const makes = new Set(formats.split(" "));
  for (const field of /** @type {Iterable<HTMLInputElement>} */ (select.form.elements)) {
    if (!field.name) continue;
    field.disabled = !heard.has(field.name) || (field.name === "formats" && !makes.has(field.value));
    if (field.type !== "checkbox") field.closest(".field")?.classList.toggle("unheard", field.disabled);
  }
  for (const picks of select.form.querySelectorAll("details.picks")) {
    picks.classList.toggle("unheard", !picks.querySelector("input:enabled"));
  }
  const duration = /** @type {HTMLInputElement} */ (select.form.elements.namedItem("duration"));
  [duration.min, duration.max] = [shortest ?? duration.min, longest ?? duration.max];
  for (const told of select.form.querySelectorAll("[data-engine]")) {
    told.classList.toggle("chosen", /** @type {HTMLElement} */ (told).dataset.engine === select.value);
  }
}
