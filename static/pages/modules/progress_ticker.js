/** @import { State, Status } from "./types.js" */
import { kind, mark } from "./status_view.js";

const SLOW = 1; // seconds between two answers from which on it is worth while to go on in between
const LEEWAY = 1.5; // times the pause, after which nothing goes on without an answer
const MOST = 97; // percent that only an answer exceeds

/**
 * Goes on between two answers of the server: the time that is left runs, the bar advances as that predicts, and no bar of
 * an attempt goes back.
 */
export class ProgressTicker {
  #show;
  #timer = 0;
  #answered = 0;
  /** @type {State|null} */
  #state = null;
  /** @type {Map<string, number>} percent that was shown, by attempt */
  #shown = new Map();

  /** @param {(state: State) => void} show */
  constructor(show) {
    this.#show = show;
  }

  /** @param {State} state @param {boolean} [show] */
  set(state, show = true) {
    this.stop();
    this.#state = state;
    this.#answered = performance.now();
    if (show) this.#show({ ...state, jobs: state.jobs.map((status) => this.#forward(status)) });
    if (state.jobs.length && state.pollAfterSeconds >= SLOW) this.#timer = setInterval(() => this.#tick(), 1000);
  }

  stop() {
    clearInterval(this.#timer);
  }

  #tick() {
    const seconds = (performance.now() - this.#answered) / 1000;
    if (seconds > LEEWAY * this.#state.pollAfterSeconds) this.stop();
    else if (!document.hidden) {
      const jobs = this.#state.jobs.map((status) => this.#forward(later(status, seconds)));
      this.#show({ ...this.#state, jobs, finished: [] });
    }
  }

  /** @param {Status} status @returns {Status} */
  #forward(status) {
    if (status.progress === null || kind(status.state) !== "live") return status;
    const progress = Math.max(status.progress, this.#shown.get(mark(status)) ?? 0);
    this.#shown.set(mark(status), progress);
    return { ...status, progress };
  }
}

/** @param {Status} status @param {number} seconds @returns {Status} as it is to be expected that many seconds later */
export function later(status, seconds) {
  const { progress, etaSeconds } = status;
  if (etaSeconds === null) return status;
  const left = Math.max(1, Math.round(etaSeconds - seconds));
  if (status.state === "pending" || progress === null) return { ...status, etaSeconds: left };
  const expected = Math.floor(progress + (100 - progress) * Math.min(1, seconds / etaSeconds));
  return { ...status, etaSeconds: left, progress: Math.max(progress, Math.min(MOST, expected)) };
}
