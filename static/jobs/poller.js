/** @import { State } from "./types.js" */

const LONGEST_WAIT = 10; // seconds between two tries while the server cannot be reached
const HIDDEN_WAIT = 15; // seconds between two questions of a tab that nobody sees
const PATIENCE = 10; // seconds that an answer may take

/**
 * Asks how far the jobs are while there are any, and tells whoever listens.
 *
 * Events: "state" (detail: State) · "trouble" · "recovered" · "signed-out". One failed question is not an error: it is
 * asked again after 1, 2, 4, 8, 10 … seconds, and at once when the tab is shown, restored or back online.
 */
export class Poller extends EventTarget {
  #url;
  #cursor;
  #etag = "";
  #timer = 0;
  #failures = 0;
  #active;
  #pause;
  #wantsMore = false;
  /** @type {AbortController|null} */
  #asking = null;

  /** @param {string} url @param {State} first */
  constructor(url, first) {
    super();
    this.#url = url;
    this.#cursor = first.cursor;
    this.#active = first.jobs.length > 0;
    this.#pause = first.pollAfterSeconds;
  }

  start() {
    addEventListener("online", () => this.now());
    addEventListener("pageshow", (event) => event.persisted && this.now());
    addEventListener("pagehide", () => this.#rest());
    document.addEventListener("visibilitychange", () => document.hidden || this.now());
    if (this.#active) this.#plan(this.#pause);
  }

  /** Ask at once, and want an answer even if nothing has changed; ask again if a question is on its way already. */
  now() {
    this.#etag = "";
    if (this.#asking) this.#wantsMore = true;
    else this.#ask();
  }

  /** Another page has come, with what the server knew a moment ago. @param {State} first */
  adopt(first) {
    this.#rest();
    this.#etag = "";
    this.#cursor = first.cursor;
    this.#active = first.jobs.length > 0;
    if (this.#active) this.#plan(first.pollAfterSeconds);
  }

  #rest() {
    clearTimeout(this.#timer);
    this.#asking?.abort();
    this.#asking = null;
  }

  /** @param {number} seconds */
  #plan(seconds) {
    clearTimeout(this.#timer);
    const wait = document.hidden ? Math.max(seconds, HIDDEN_WAIT) : seconds;
    this.#timer = setTimeout(() => this.#ask(), wait * 1000);
  }

  async #ask() {
    clearTimeout(this.#timer);
    const asking = (this.#asking = new AbortController());
    this.#wantsMore = false;
    let response;
    let state = null;
    try {
      response = await fetch(`${this.#url}?since=${encodeURIComponent(this.#cursor)}`, {
        headers: this.#etag ? { "If-None-Match": this.#etag } : {},
        signal: AbortSignal.any([asking.signal, AbortSignal.timeout(PATIENCE * 1000)]),
      });
      if (response.ok) state = settled(await response.json());
    } catch {
      response = null;
    }
    if (this.#asking !== asking) return; // the page was left meanwhile
    this.#asking = null;
    if (response?.status === 401) this.#signedOut();
    else if (state || response?.status === 304) this.#answered(response, state);
    else this.#failed(Number(response?.headers.get("Retry-After")) || 0);
  }

  /** @param {Response} response @param {State|null} state null: nothing has changed */
  #answered(response, state) {
    if (this.#failures) this.#tell("recovered");
    this.#failures = 0;
    if (state) {
      this.#etag = response.headers.get("ETag") ?? "";
      this.#cursor = state.cursor;
      this.#active = state.jobs.length > 0;
      this.#pause = state.pollAfterSeconds;
      this.#tell("state", state);
    }
    if (this.#wantsMore) this.#ask();
    else if (this.#active) this.#plan(this.#pause);
  }

  /** @param {number} atLeast seconds that the server asked for */
  #failed(atLeast) {
    const wait = Math.min(2 ** this.#failures, LONGEST_WAIT) * (0.75 + Math.random() / 4);
    this.#failures += 1;
    this.#tell("trouble");
    this.#plan(Math.max(wait, atLeast));
  }

  #signedOut() {
    this.#active = false;
    this.#tell("signed-out");
  }

  /** @param {string} type @param {unknown} [detail] */
  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/**
 * A job that ended while the server looked is in both lists; its end is what counts.
 * @param {State} state @returns {State}
 */
function settled(state) {
  const ended = new Set(state.finished.map(({ jobId }) => jobId));
  return { ...state, jobs: state.jobs.filter(({ jobId }) => !ended.has(jobId)) };
}
