/** @import { State } from "./types.js" */
/** @import { Tabs } from "./tabs.js" */

const LONGEST_WAIT = 4; // seconds between two tries while the server cannot be reached: it is noticed soon that it is back
const PATIENCE = 10; // seconds that an answer may take
const LESS_PATIENCE = 4; // while the server cannot be reached
const HIDDEN_LEAST = 5; // seconds between two questions while no tab is looked at
const HIDDEN_MOST = 15;
const IDLE_LEAST = 2.5; // seconds: while a person is busy here, what they order on another device appears soon
const IDLE_SHARE = 1 / 12; // of the time for which nobody has touched the page

/**
 * Asks how far the jobs are, where this tab leads, and tells whoever listens in every tab.
 *
 * While jobs are made the server says when to ask again, and that is soon when an end is near. Where there are none, the
 * ticker follows what the person does. A hidden tab asks rarely, and aims at the predicted end.
 *
 * Events: "state" (detail: State) · "trouble" (detail: "offline"|"away"|"busy") · "recovered" · "signed-out".
 */
export class Poller extends EventTarget {
  #url;
  #tabs;
  /** @type {State} */
  #state;
  #etag = "";
  #timer = 0;
  #due = 0; // when the next question is worth while, as of performance.now()
  #failures = 0;
  #signedOut = false;
  #touched = performance.now();
  #wantsMore = false;
  /** @type {AbortController|null} */
  #asking = null;

  /** @param {string} url @param {State} first @param {Tabs} tabs */
  constructor(url, first, tabs) {
    super();
    this.#url = url;
    this.#tabs = tabs;
    this.#state = first;
  }

  start() {
    this.#tabs.addEventListener("lead", () => this.#asking || this.#plan());
    this.#tabs.addEventListener("follow", () => { this.#rest(); this.#plan(); });
    this.#tabs.addEventListener("message", ({ detail }) => this.#hear(detail));
    addEventListener("online", () => this.now());
    addEventListener("offline", () => this.#failures && this.#tell("trouble", "offline"));
    addEventListener("pageshow", (event) => event.persisted && this.now());
    addEventListener("pagehide", () => this.#rest());
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#plan() : this.now()));
    for (const type of ["pointerdown", "keydown", "wheel", "focus"]) addEventListener(type, () => this.#touch(), { passive: true });
    this.adopt(this.#state);
  }

  /** Another page has come, with what the server knew a moment ago. @param {State} first */
  adopt(first) {
    this.#rest();
    this.#etag = "";
    this.#signedOut = false;
    this.#state = first;
    this.#plan(first.pollAfterSeconds);
  }

  /** Ask at once, and want an answer even if nothing has changed; ask again if a question is on its way already. */
  now() {
    this.#etag = "";
    if (!this.#tabs.leading && document.hidden) return this.#tabs.tell({ ask: true });
    if (!this.#tabs.leading) this.#tabs.lead();
    if (this.#asking && !this.#failures) this.#wantsMore = true;
    else this.#ask();
  }

  #rest() {
    clearTimeout(this.#timer);
    this.#asking?.abort();
    this.#asking = null;
  }

  /** Somebody is at the page: what they did elsewhere meanwhile shows now. */
  #touch() {
    const idle = (performance.now() - this.#touched) / 1000;
    this.#touched = performance.now();
    if (idle > 2 * IDLE_LEAST && !this.#state.jobs.length && !this.#failures && !this.#signedOut) this.now();
  }

  /** Set the clock. @param {number} [hint] seconds that the server or a failure asks for; else the last one holds */
  #plan(hint) {
    clearTimeout(this.#timer);
    if (this.#signedOut) return;
    const now = performance.now();
    if (hint !== undefined) this.#due = now + hint * 1000;
    const wait = this.#wait(Math.max(0, (this.#due - now) / 1000));
    if (wait === Infinity) return;
    if (this.#tabs.leading) this.#timer = setTimeout(() => this.#ask(), wait * 1000);
    else if (!document.hidden) this.#timer = setTimeout(() => this.#tabs.lead(), (wait + PATIENCE) * 1000); // it is silent
  }

  /** @param {number} hint @returns {number} seconds */
  #wait(hint) {
    if (this.#failures) return document.hidden ? Math.max(hint, HIDDEN_MOST) : hint;
    const { jobs } = this.#state;
    if (jobs.length && document.hidden) {
      const nearest = Math.min(...jobs.map(({ etaSeconds }) => etaSeconds ?? HIDDEN_MOST));
      return Math.max(hint, Math.min(HIDDEN_MOST, Math.max(HIDDEN_LEAST, nearest)));
    }
    if (jobs.length) return hint;
    if (document.hidden) return Infinity; // it asks when it is shown
    const idle = (performance.now() - this.#touched) / 1000;
    return Math.min(hint, Math.max(IDLE_LEAST, idle * IDLE_SHARE));
  }

  async #ask() {
    clearTimeout(this.#timer);
    this.#asking?.abort();
    const asking = (this.#asking = new AbortController());
    this.#wantsMore = false;
    const patience = setTimeout(() => asking.abort(), 1000 * (this.#failures ? LESS_PATIENCE : PATIENCE));
    let response = null;
    let state = null;
    try {
      response = await fetch(`${this.#url}?since=${encodeURIComponent(this.#state.cursor)}`, {
        headers: this.#etag ? { "If-None-Match": this.#etag } : {},
        signal: asking.signal,
      });
      if (response.ok) state = settled(await response.json());
    } catch {
      response = null;
    }
    clearTimeout(patience);
    if (this.#asking !== asking) return; // the page was left meanwhile, or another tab leads
    this.#asking = null;
    if (response?.status === 401) this.#refused();
    else if (state || response?.status === 304) this.#answered(response, state);
    else this.#failed(response);
  }

  /** @param {Response} response @param {State|null} state null: nothing has changed */
  #answered(response, state) {
    if (this.#failures) this.#tellAll("recovered");
    this.#failures = 0;
    this.#signedOut = false;
    if (state) {
      this.#etag = response.headers.get("ETag") ?? "";
      this.#state = state;
    }
    this.#tabs.tell(state ? { state } : { same: true });
    if (state) this.#tell("state", state);
    if (this.#wantsMore) this.#ask();
    else this.#plan(this.#state.pollAfterSeconds);
  }

  /** @param {Response|null} response null: there was none */
  #failed(response) {
    const wait = Math.min(2 ** this.#failures, LONGEST_WAIT) * (0.75 + Math.random() / 4);
    this.#failures += 1;
    this.#tellAll("trouble", navigator.onLine ? (response ? "busy" : "away") : "offline");
    // One that has asked too often is told when it may ask again. To others it is a guess, and the server may be back before.
    this.#plan(response?.status === 429 ? Math.max(wait, Number(response.headers.get("Retry-After")) || 0) : wait);
  }

  #refused() {
    this.#signedOut = true;
    this.#failures = 0;
    this.#tellAll("signed-out");
  }

  /** Another tab told something. @param {{state?: State, same?: true, ask?: true, event?: string, detail?: string}} message */
  #hear({ state, same, ask, event, detail }) {
    if (this.#tabs.leading) { // it asks for itself, and what another one has heard may be older than what it knows
      if (ask) this.now();
      return;
    }
    if (state) {
      this.#signedOut = false;
      this.#state = state;
      this.#etag = "";
      this.#tell("state", state);
    }
    if (state || same) {
      this.#failures = 0;
      if (!this.#asking) this.#plan(this.#state.pollAfterSeconds);
    }
    if (event) this.#tell(event, detail);
    if (event === "trouble") this.#plan(LONGEST_WAIT);
    if (event === "signed-out") this.#signedOut = true;
  }

  /** @param {string} type @param {string} [detail] */
  #tellAll(type, detail) {
    this.#tell(type, detail);
    this.#tabs.tell({ event: type, detail });
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
