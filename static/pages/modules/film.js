/**
 * A film of the person's own runs beside the form, and its moments become cues. It never leaves the browser: the file is
 * opened by an object URL, and its field has no name, so that no form sends it.
 */
import { whenShown } from "./sharing.js";

/** @type {string} */
let url = "";

export function film() {
  document.addEventListener("change", ({ target }) => {
    const field = /** @type {HTMLInputElement} */ (target);
    if (field.matches("[data-film-file]")) open(field);
  });
  document.addEventListener("click", ({ target }) => {
    const button = /** @type {HTMLElement} */ (target).closest("[data-film-cue]");
    if (button) set(/** @type {HTMLElement} */ (button));
  });
  document.addEventListener("error", ({ target }) => trouble(/** @type {HTMLElement} */ (target)), true);
  document.addEventListener("loadedmetadata", ({ target }) => ready(/** @type {HTMLElement} */ (target)), true);
  whenShown(() => {
    for (const part of document.querySelectorAll("[data-film]")) part.hidden = false;
  });
}

/** @param {Element} inside @param {string} name @returns {any} */
const part = (inside, name) => inside.closest("[data-film]").querySelector(`[data-film-${name}]`);

/** @param {HTMLInputElement} field */
function open(field) {
  if (url) URL.revokeObjectURL(url);
  url = field.files.length ? URL.createObjectURL(field.files[0]) : "";
  const picture = part(field, "picture");
  part(field, "trouble").hidden = true;
  for (const name of ["picture", "cues"]) part(field, name).hidden = !url;
  if (url) picture.src = url;
  else picture.removeAttribute("src");
}

/** @param {HTMLElement} picture */
function trouble(picture) {
  if (!picture.matches?.("[data-film-picture]") || !url) return;
  part(picture, "trouble").hidden = false;
  for (const name of ["picture", "cues"]) part(picture, name).hidden = true;
}

/** The piece gets the film's length, where no other was set. @param {HTMLElement} picture */
function ready(picture) {
  if (!(picture instanceof HTMLVideoElement) || !picture.matches("[data-film-picture]")) return;
  const length = /** @type {HTMLInputElement} */ (picture.closest("form").elements.namedItem("duration"));
  const [low, high] = [Number(length.min), Number(length.max)];
  if (!length.value && picture.duration >= low && picture.duration <= high) tell(length, String(Math.round(picture.duration * 100) / 100));
}

/** @param {HTMLElement} button */
function set(button) {
  const field = /** @type {HTMLInputElement} */ (button.closest("form").elements.namedItem("cues"));
  const { filmCue } = button.dataset;
  const here = `${moment(part(button, "picture").currentTime)}${filmCue === "hit" ? "" : ` ${filmCue}`}`;
  const all = [...field.value.split(",").map((text) => text.trim()).filter(Boolean), here];
  tell(field, [...new Set(all)].sort((one, other) => seconds(one) - seconds(other)).join(", "));
}

/** @param {HTMLInputElement} field @param {string} value */
function tell(field, value) {
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

/** @param {number} at seconds @returns {string} "0:31.5" */
function moment(at) {
  const tenths = Math.round(at * 10);
  const rest = (tenths % 600) / 10;
  return `${Math.floor(tenths / 600)}:${rest < 10 ? "0" : ""}${rest}`;
}

/** @param {string} text @returns {number} */
function seconds(text) {
  const [minutes, rest] = text.split(":");
  return rest === undefined ? parseFloat(minutes) : 60 * Number(minutes) + parseFloat(rest);
}
