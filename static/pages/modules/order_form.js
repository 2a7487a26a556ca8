/**
 * The order form: while somebody writes, the server says what it understands. What it understood can be kept by a click,
 * which sets the form's field, and let go by another; fields left open show what will be taken for them.
 */
import { whenShown } from "./sharing.js";

const PAUSE = 350; // milliseconds after the last key
const MAX_SEED = 2 ** 32;

/** @type {AbortController|null} */
let asking = null;
let timer = 0;

export function orderPage() {
  document.addEventListener("input", ({ target }) => {
    const form = formOf(target);
    if (form) plan(form, PAUSE);
  });
  document.addEventListener("click", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    const example = /** @type {HTMLElement|null} */ (target.closest("[data-prompt]"));
    const chip = /** @type {HTMLElement|null} */ (target.closest("[data-fields]"));
    const drop = /** @type {HTMLButtonElement|null} */ (target.closest("[data-unheard]"));
    const again = /** @type {HTMLElement|null} */ (target.closest("[data-heard-again]"));
    const form = orderForm();
    if (!form) return;
    if (example && !(event.ctrlKey || event.metaKey || event.shiftKey)) {
      event.preventDefault();
      write(form, new URL(/** @type {HTMLAnchorElement} */ (example).href).searchParams.get("prompt"));
    } else if (chip) {
      event.preventDefault();
      pin(form, JSON.parse(chip.dataset.fields), chip.getAttribute("aria-pressed") !== "true");
      plan(form, 0);
    } else if (drop) {
      event.preventDefault();
      leaveUnheard(form, drop.value);
      plan(form, 0);
    } else if (again) {
      event.preventDefault();
      for (const input of unheard(form)) if (input.value === again.dataset.heardAgain) input.remove();
      plan(form, 0);
    } else if (target.closest("[data-redraw]")) {
      field(form, "draw").value = String(Math.floor(Math.random() * MAX_SEED));
      plan(form, 0);
    } else if (target.closest("[data-clear]")) {
      event.preventDefault();
      clear(form);
      forget(form, target.closest("button").formAction);
      plan(form, 0);
    }
  });
  document.addEventListener("submit", (event) => {
    const form = formOf(event.target);
    const button = form?.querySelector("button.primary");
    if (!button) return;
    if (button.ariaDisabled === "true") event.preventDefault();
    button.ariaDisabled = "true";
  });
  const again = () => { for (const button of document.querySelectorAll("[data-order] button.primary")) button.ariaDisabled = null; };
  addEventListener("pageshow", again);
  for (const type of ["sendError", "timeout"]) document.addEventListener(`htmx:${type}`, again);
  whenShown(() => {
    const form = orderForm();
    if (!form || form.dataset.read) return;
    form.dataset.read = "yes";
    if (form.elements.namedItem("draw")) for (const button of document.querySelectorAll("[data-redraw]")) button.hidden = false;
    plan(form, 0);
  });
}

/** @returns {HTMLFormElement|null} */
const orderForm = () => document.querySelector("[data-order]");

/** @param {EventTarget|null} target @returns {HTMLFormElement|null} */
const formOf = (target) => /** @type {Element} */ (target).closest?.("[data-order]") ?? null;

/** @param {HTMLFormElement} form @param {string} name @returns {any} */
const field = (form, name) => form.elements.namedItem(name);

/** @param {HTMLFormElement} form @param {string} prompt */
function write(form, prompt) {
  field(form, "prompt").value = prompt;
  field(form, "prompt").focus();
  plan(form, 0);
}

/** @param {HTMLFormElement} form @param {Record<string, any>} values @param {boolean} on set them, or leave them open */
function pin(form, values, on) {
  for (const [name, value] of Object.entries(values)) {
    if (Array.isArray(value)) for (const one of value) (box(form, name, one) ?? {}).checked = on;
    else if (field(form, name)) field(form, name).value = on ? String(value) : "";
  }
}

/** @param {HTMLFormElement} form @param {string} name @param {string} value @returns {HTMLInputElement|null} */
const box = (form, name, value) => form.querySelector(`[name="${name}"][value="${CSS.escape(value)}"]`);

/** Hidden fields: words not to be listened to. @param {HTMLFormElement} form @returns {HTMLInputElement[]} */
const unheard = (form) => [...form.querySelectorAll('input[name="unheard"]')];

/** @param {HTMLFormElement} form @param {string} words */
function leaveUnheard(form, words) {
  const input = Object.assign(document.createElement("input"), { type: "hidden", name: "unheard", value: words });
  form.append(input);
}

/** @param {HTMLFormElement} form */
function clear(form) {
  for (const input of unheard(form)) input.remove();
  for (const control of form.querySelectorAll(".tuning :is(input, select)")) {
    if (control.type === "checkbox") control.checked = false;
    else if (control.name !== "generator") control.value = "";
  }
}

/** Has the server forget them too; nothing depends on it. @param {HTMLFormElement} form @param {string} address */
function forget(form, address) {
  const body = new URLSearchParams({ csrfmiddlewaretoken: field(form, "csrfmiddlewaretoken").value });
  fetch(address, { method: "POST", body, redirect: "manual" }).catch(() => {});
}

/** @param {HTMLFormElement} form @param {number} pause milliseconds */
function plan(form, pause) {
  clearTimeout(timer);
  timer = setTimeout(() => ask(form), pause);
}

/** @param {HTMLFormElement} form */
async function ask(form) {
  asking?.abort();
  const place = document.querySelector("[data-understood]");
  if (!place) return;
  const mine = (asking = new AbortController());
  try {
    const response = await fetch(place.dataset.understood, {
      method: "POST",
      body: new FormData(form),
      headers: { "X-Part": "1", "X-XSRF-TOKEN": cookie(document.querySelector("meta[name=csrf-cookie]").content) },
      signal: mine.signal,
    });
    if (response.ok) show(form, place, await response.text());
    else if (response.status === 429) plan(form, 1000 * (Number(response.headers.get("Retry-After")) || 5));
  } catch {
    // the next key asks again; ordering does not depend on it
  }
}

/** @param {string} name */
const cookie = (name) => document.cookie.split("; ").find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";

/** @param {HTMLFormElement} form @param {Element} place @param {string} part */
function show(form, place, part) {
  const focused = place.contains(document.activeElement) ? document.activeElement.dataset.fields : null;
  place.innerHTML = part.trim();
  const chips = /** @type {HTMLElement[]} */ ([...place.querySelectorAll("[data-fields]")]);
  chips.find((chip) => chip.dataset.fields === focused)?.focus();
  showInFields(form, chips);
}

/** Fields that are open say what is taken for them. @param {HTMLFormElement} form @param {HTMLElement[]} chips */
function showInFields(form, chips) {
  for (const label of form.querySelectorAll("[data-heard]")) label.removeAttribute("data-heard");
  for (const chip of chips) {
    for (const [name, value] of Object.entries(JSON.parse(chip.dataset.fields))) {
      if (Array.isArray(value)) {
        for (const one of value) box(form, name, one)?.closest("label")?.setAttribute("data-heard", "");
        continue;
      }
      const control = field(form, name);
      if (control instanceof HTMLSelectElement) sayOpen(control, String(value));
      else if (control) control.placeholder = String(value);
    }
  }
}

/** @param {HTMLSelectElement} select whose first choice leaves it open @param {string} value taken for it */
function sayOpen(select, value) {
  const open = select.options[0];
  open.dataset.label ??= open.text;
  const taken = [...select.options].find((option) => option.value === value);
  open.text = taken && value ? `${taken.text} · ${open.dataset.label}` : open.dataset.label;
}
