/** @import { Status } from "./types.js" */

const NIL = "00000000-0000-0000-0000-000000000000"; // the job of a <template>

/** @param {number} seconds @returns {string} "0:42" */
export const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

/** @param {Status} status @returns {string} names one attempt's end */
export const mark = (status) => `${status.jobId}:${status.attempt}`;

/** @param {string} state @returns {"live"|"done"|"error"} */
export const kind = (state) => (state === "done" || state === "error" ? state : "live");

/**
 * A copy of a <template>, made out for one job.
 * @param {string} id @param {Status} status @param {Record<string, string>} words @returns {HTMLElement}
 */
export function copyOf(id, status, words) {
  const holder = document.createElement("template");
  holder.innerHTML = document.getElementById(id).innerHTML.replaceAll(NIL, status.jobId);
  const copy = /** @type {HTMLElement} */ (holder.content.firstElementChild);
  if (copy.dataset.notice) copy.dataset.notice = mark(status);
  fill(copy, status, words);
  return copy;
}

/**
 * Put a status into the places below `root` that show some of it.
 * @param {HTMLElement} root @param {Status} status @param {Record<string, string>} words
 */
export function fill(root, status, words) {
  if (root.dataset.state) root.dataset.state = status.state;
  for (const place of [root, ...root.querySelectorAll("[data-show]")]) {
    SHOW[/** @type {HTMLElement} */ (place).dataset.show]?.(place, status, words);
  }
}

/** @param {Element} place @param {string|null} text null: nothing to say */
function write(place, text) {
  place.hidden = text === null;
  if (text !== null && place.textContent !== text) place.textContent = text;
}

const SHOW = {
  title: (place, status) => write(place, status.title),
  stage: (place, status) => write(place, status.stageLabel),
  message: (place, status) => write(place, status.error?.message ?? null),
  percent: (place, status) => write(place, status.progress === null ? null : `${status.progress}%`),
  left: (place, status, words) =>
    write(place, status.etaSeconds === null ? null : words.left.replace("{time}", clock(status.etaSeconds))),
  place: (place, { queuePosition }, words) =>
    write(place, queuePosition === null ? null : queuePosition === 1 ? words.next : words.place.replace("{n}", queuePosition > 100 ? "100+" : queuePosition)),
  working: (place, status) => { place.hidden = status.state === "pending"; },
  noWorkers: (place, status) => { place.hidden = status.workers > 0; },
  retry: (place, status) => { place.hidden = !status.error?.retryable; },
  file: (place, status) => { place.href = `${status.resultUrl}${status.resultUrl.includes("?") ? "&" : "?"}download=1`; },
  player: (place, status) => { place.dataset.title = status.title; },
  bar: (place, status) => {
    place.setAttribute("aria-label", status.title);
    const progress = status.state === "pending" ? 0 : status.progress;
    if (progress === null) place.removeAttribute("value");
    else place.value = progress;
  },
};
