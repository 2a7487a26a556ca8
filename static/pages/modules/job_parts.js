/** @import { FirstState, State, Status } from "./types.js" */
import { fill, kind } from "./status_view.js";

const TRY_AGAIN = 3000; // milliseconds

/**
 * The parts of a page that show one job each: [data-job] with [data-part], the address of that part as the server
 * renders it. While a job is being made its numbers are filled in; when it ends (or begins again) the part is
 * exchanged, and nothing else on the page.
 */
export class JobParts {
  /** @param {() => void} askAgain for the state, when a part was not to be had */
  constructor(askAgain) {
    this.askAgain = askAgain;
    this.loading = new Set();
    this.isHeldUp = false; // somebody writes in a part that is due
    document.addEventListener("focusout", () => {
      if (this.isHeldUp) setTimeout(askAgain);
      this.isHeldUp = false;
    });
  }

  /** @param {FirstState} first of the page that is there now */
  attach(first) {
    this.words = first.words;
  }

  /** @param {State} state */
  update(state) {
    const known = new Map([...state.finished, ...state.jobs].map((status) => [status.jobId, status]));
    for (const part of document.querySelectorAll("[data-part]")) this.#refresh(part, known.get(part.dataset.job));
    for (const list of document.querySelectorAll("[data-cards]")) this.#addNew(list, state.jobs);
  }

  /** @param {HTMLElement} part @param {Status|undefined} status */
  #refresh(part, status) {
    const shown = kind(part.dataset.state);
    const again = status && shown !== "live" && Number(part.dataset.attempt) !== status.attempt; // ended anew
    const changed = !status ? shown === "live" : kind(status.state) !== shown || again;
    if (changed && isWrittenIn(part)) this.isHeldUp = true;
    else if (changed) this.#exchange(part);
    else if (status && shown === "live") fill(part, status, this.words);
  }

  /** A form in it has changed what it shows. @param {HTMLElement} part */
  renew(part) {
    this.#exchange(part);
  }

  /** @param {HTMLElement} list @param {Status[]} jobs */
  #addNew(list, jobs) {
    for (const { jobId, exportOf } of jobs) {
      if (exportOf || list.querySelector(`[data-job="${jobId}"]`)) continue;
      const part = document.createElement("div");
      part.dataset.part = list.dataset.cards.replace("00000000-0000-0000-0000-000000000000", jobId);
      part.dataset.job = jobId;
      list.prepend(part);
      list.parentElement.querySelector("[data-empty]")?.remove();
      this.#exchange(part);
    }
  }

  /** @param {HTMLElement} part */
  async #exchange(part) {
    if (this.loading.has(part)) return;
    this.loading.add(part);
    const fresh = await load(part.dataset.part);
    this.loading.delete(part);
    if (fresh === undefined) setTimeout(this.askAgain, TRY_AGAIN);
    else if (fresh === null) part.remove();
    else {
      const hadFocus = part.contains(document.activeElement);
      part.replaceWith(fresh);
      if (hadFocus) fresh.querySelector("a, button")?.focus();
      document.dispatchEvent(new Event("exchanged"));
    }
  }
}

/** @param {Element} part */
const isWrittenIn = (part) => part.contains(document.activeElement) && document.activeElement.matches("input:not([type=range]), textarea");

/** @param {string} url @returns {Promise<Element|null|undefined>} null: it is gone; undefined: not to be had now */
async function load(url) {
  try {
    const response = await fetch(url, { redirect: "error" });
    if (response.status === 404) return null;
    if (!response.ok) return undefined;
    const holder = document.createElement("template");
    holder.innerHTML = await response.text();
    return holder.content.firstElementChild;
  } catch {
    return undefined;
  }
}
