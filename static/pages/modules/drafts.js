/**
 * What somebody writes into a form survives what takes its page away: other pages and Back, a reload, a log-in after the
 * session was over, a refusal. It is kept for this tab and this person until it was sent and taken, or cleared.
 *
 *   [data-draft="name"]  a form; of the same name wherever one may go on with it
 *   [data-bound]         it holds what was sent and refused
 */
import { tabMemory } from "./memory.js";

const KEPT = "musicsite-drafts";
const OURS = ["watch", "clear"]; // in an address: they ask for no contents of a form

/**
 * @typedef {Record<string, string[]>} Fields values by name; of boxes those that are ticked
 * @typedef {{forms: Record<string, {fields: Fields, from: string}>, sent?: {name: string, fields: string[]}|null}} Drafts
 */

/** @type {WeakMap<HTMLFormElement, string>} what was kept of a form last, as JSON */
const known = new WeakMap();

export function drafts() {
  for (const type of ["input", "change"]) document.addEventListener(type, ({ target }) => note(target.form));
  document.addEventListener("click", () => setTimeout(() => all().forEach(note))); // buttons may fill a form in
  document.addEventListener("submit", ({ target }) => {
    const form = /** @type {HTMLFormElement} */ (target);
    if (form.matches("form[action*='/logout']")) return forgetDrafts();
    note(form);
    change((mine) => {
      mine.sent = form.matches("[data-draft][method=post]") ? { name: form.dataset.draft, fields: Object.keys(fieldsOf(form)) } : null;
    });
  });
  for (const type of ["htmx:afterSwap", "exchanged"]) document.addEventListener(type, shown);
  shown();
}

/** Of everybody, in this tab. */
export function forgetDrafts() {
  tabMemory.remove(KEPT);
}

/** A page is there: what was taken is forgotten, and the rest is put back. */
function shown() {
  const mine = read();
  if (mine.sent && new URLSearchParams(location.search).has("watch")) {
    drop(mine, mine.sent.name, mine.sent.fields);
    mine.sent = null;
  }
  if (tabMemory.read(KEPT)) write(mine); // without those of others
  for (const form of all()) {
    if (known.has(form)) continue;
    const draft = mine.forms[form.dataset.draft];
    known.set(form, "");
    if (form.matches("[data-bound]")) note(form);
    else if (draft && (!asked() || asked() === draft.from)) putBack(form, draft.fields);
    known.set(form, JSON.stringify(fieldsOf(form)));
    if (draft && !isChanged(form)) note(form, true);
  }
}

/** @param {HTMLFormElement|null|undefined} form @param {boolean} [again] although it is as it was */
function note(form, again = false) {
  if (!form?.matches?.("[data-draft]")) return;
  const fields = fieldsOf(form);
  const text = JSON.stringify(fields);
  if (known.get(form) === text && !again) return;
  known.set(form, text);
  change((mine) => {
    const name = form.dataset.draft;
    if (isChanged(form)) mine.forms[name] = { fields: { ...mine.forms[name]?.fields, ...fields }, from: asked() };
    else drop(mine, name, Object.keys(fields));
  });
}

/** @param {Drafts} mine @param {string} name @param {string[]} fields */
function drop(mine, name, fields) {
  const left = Object.entries(mine.forms[name]?.fields ?? {}).filter(([field, values]) => !fields.includes(field) && values.some(Boolean));
  if (left.length) mine.forms[name].fields = Object.fromEntries(left);
  else delete mine.forms[name];
}

/** @param {HTMLFormElement} form @param {Fields} fields */
function putBack(form, fields) {
  const chosen = [];
  for (const control of controls(form)) {
    const values = fields[control.name];
    if (!values) continue;
    const before = `${control.checked} ${control.value}`;
    if (isBox(control)) control.checked = values.includes(control.value);
    else if (control.type !== "select-one" || [...control.options].some(({ value }) => value === values[0])) control.value = values[0] ?? "";
    if (before === `${control.checked} ${control.value}` || control.type === "hidden") continue;
    for (let around = control.closest("details"); around; around = around.parentElement.closest("details")) around.open = true;
    if (control.type === "select-one") chosen.push(control);
  }
  for (const select of chosen) select.dispatchEvent(new Event("change", { bubbles: true })); // others follow some of them
}

/** @param {HTMLFormElement} form @returns {boolean} whether it is not as the server wrote it, or was refused */
function isChanged(form) {
  if (form.matches("[data-bound]")) return true;
  return controls(form).some((control) => {
    if (isBox(control)) return control.checked !== control.defaultChecked;
    if (control.type !== "select-one") return control.value !== control.defaultValue;
    return control.selectedIndex !== Math.max(0, [...control.options].findLastIndex((option) => option.defaultSelected));
  });
}

/** @param {HTMLFormElement} form @returns {Fields} */
function fieldsOf(form) {
  /** @type {Fields} */
  const fields = {};
  for (const control of controls(form)) {
    fields[control.name] ??= [];
    if (!isBox(control) || control.checked) fields[control.name].push(control.value);
  }
  return fields;
}

/** @param {HTMLFormElement} form @returns {any[]} */
const controls = (form) =>
  [...form.elements].filter(({ name, type }) => name && name !== "csrfmiddlewaretoken" && !["submit", "button", "password", "fieldset", "file"].includes(type));

/** @param {HTMLInputElement} control */
const isBox = ({ type }) => type === "checkbox" || type === "radio";

/** @returns {HTMLFormElement[]} */
const all = () => [...document.querySelectorAll("form[data-draft]")];

/** @returns {string} what the address asks a form to hold: that goes before what was written elsewhere */
function asked() {
  const query = new URLSearchParams(location.search);
  for (const name of OURS) query.delete(name);
  return query.toString();
}

const owner = () => document.getElementById("page")?.dataset.owner ?? "";

/** @returns {Drafts} of whoever is signed in, who goes on with what was written before that; else of nobody */
function read() {
  const kept = tabMemory.read(KEPT) ?? {};
  return kept[owner()] ?? kept[""] ?? { forms: {} };
}

/** Somebody who is signed in leaves nothing of others. @param {Drafts} mine */
function write(mine) {
  const kept = owner() ? {} : (tabMemory.read(KEPT) ?? {});
  if (Object.keys(mine.forms).length) kept[owner()] = mine;
  else delete kept[owner()];
  if (Object.keys(kept).length) tabMemory.write(KEPT, kept);
  else tabMemory.remove(KEPT);
}

/** @param {(mine: Drafts) => void} how */
function change(how) {
  const mine = read();
  how(mine);
  write(mine);
}
