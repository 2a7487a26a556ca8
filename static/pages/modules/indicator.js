/** @import { FirstState, State, Status } from "./types.js" */
import { copyOf, fill, mark } from "./status_view.js";

const MOST_NOTICES = 4;

/** The header's part: a row for each job that is being made, a notice for each that has just ended. */
export class Indicator {
  told = new Set();
  /** @type {Set<string>|null} ids of the jobs that were shown last */
  known = null;

  /** @param {(status: Status) => void} ended hears of each end that is news */
  constructor(ended) {
    this.ended = ended;
  }

  /** A page is there, and this is what it shows. @param {FirstState} first */
  attach(first) {
    this.root = /** @type {HTMLElement} */ (document.querySelector("[data-indicator]"));
    this.words = first.words;
    this.rows = this.root.querySelector("[data-rows]");
    this.notices = this.root.querySelector("[data-notices]");
    for (const attempt of [...first.dismissed, ...first.finished.map(mark)]) this.told.add(attempt);
    this.announcer = document.querySelector("[data-announce]");
    const ordered = this.known && first.jobs.findLast(({ jobId }) => !this.known.has(jobId));
    if (ordered) this.#announce("started", ordered);
    this.known = new Set(first.jobs.map((status) => status.jobId));
  }

  /** @param {State} state */
  update(state) {
    this.#showRows(state.jobs);
    for (const status of state.finished) if (!this.told.has(mark(status))) this.#tell(status);
    for (const status of state.jobs) {
      if (!this.known.has(status.jobId)) this.#announce("started", status);
      for (const notice of this.notices.querySelectorAll(`[data-notice^="${status.jobId}:"]`)) notice.remove();
    }
    this.known = new Set(state.jobs.map((status) => status.jobId));
    this.#settle();
  }

  /** @param {string} attempt a mark; its notice is not wanted any more */
  dismiss(attempt) {
    this.told.add(attempt);
    this.notices.querySelector(`[data-notice="${attempt}"]`)?.remove();
    this.#settle();
  }

  /** @param {Status[]} jobs */
  #showRows(jobs) {
    const old = new Map([...this.rows.children].map((row) => [row.dataset.job, row]));
    for (const status of jobs) {
      const row = old.get(status.jobId);
      if (row) fill(row, status, this.words);
      else this.rows.append(copyOf("row-template", status, this.words));
      old.delete(status.jobId);
    }
    for (const row of old.values()) row.remove();
    this.root.querySelector("[data-count]").textContent = String(jobs.length);
    this.root.querySelector("[data-making]").hidden = jobs.length === 0;
    for (const form of this.root.querySelectorAll("[data-several]")) form.hidden = jobs.length < 2;
  }

  /** @param {Status} status of a job that has ended */
  #tell(status) {
    this.told.add(mark(status));
    if (status.error?.code === "cancelled") return;
    const ready = status.state === "done";
    this.#announce(ready ? "ready" : "failed", status);
    this.ended(status);
    if (document.querySelector(`[data-page][data-job="${status.jobId}"]`)) return; // the page itself shows it
    this.notices.append(copyOf(!ready ? "failed-template" : status.exportOf ? "exported-template" : "ready-template", status, this.words));
    while (this.notices.children.length > MOST_NOTICES) this.notices.firstElementChild.remove();
  }

  /** @param {"started"|"ready"|"failed"} word @param {Status} status */
  #announce(word, status) {
    this.announcer.textContent = this.words[word].replace("{title}", status.title);
  }

  #settle() {
    this.root.hidden = !this.root.querySelector(":scope > :not([data-notices], [hidden]), [data-notice]");
  }
}
