/** @import { FirstState, State, Status } from "./types.js" */
import { copyOf, fill, mark } from "./show.js";

const MOST_NOTICES = 4;

/** The header's region: a row for each job that is being made, a notice for each that has just ended. */
export class Indicator {
  told = new Set();

  /** A page is there, and this is what it shows. @param {FirstState} first */
  attach(first) {
    this.root = /** @type {HTMLElement} */ (document.querySelector("[data-indicator]"));
    this.words = first.words;
    this.rows = this.root.querySelector("[data-rows]");
    this.notices = this.root.querySelector("[data-notices]");
    for (const attempt of [...first.dismissed, ...first.finished.map(mark)]) this.told.add(attempt);
    this.announcer = document.querySelector("[data-announce]");
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

  /** @param {"connection"|"signed-out"} which @param {boolean} shown */
  warn(which, shown) {
    const line = this.root.querySelector(`[data-${which}]`);
    if (shown && line.hidden) this.announcer.textContent = line.textContent.trim();
    line.hidden = !shown;
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
  }

  /** @param {Status} status of a job that has ended */
  #tell(status) {
    this.told.add(mark(status));
    if (status.error?.code === "cancelled") return;
    const ready = status.state === "done";
    this.#announce(ready ? "ready" : "failed", status);
    if (document.querySelector(`[data-page][data-job="${status.jobId}"]`)) return; // the page itself shows it
    this.notices.append(copyOf(ready ? "ready-template" : "failed-template", status, this.words));
    while (this.notices.children.length > MOST_NOTICES) this.#oldestSilent()?.remove();
  }

  #oldestSilent() {
    const silent = [...this.notices.children].find((notice) => notice.querySelector("audio")?.paused !== false);
    return silent ?? this.notices.firstElementChild;
  }

  /** @param {"started"|"ready"|"failed"} word @param {Status} status */
  #announce(word, status) {
    this.announcer.textContent = this.words[word].replace("{title}", status.title);
  }

  #settle() {
    this.root.hidden = !this.root.querySelector(":scope > :not([data-notices]):not([hidden]), [data-notice]");
  }
}
