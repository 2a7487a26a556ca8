/** What moves on the pages: one question feeds the header and every part of the page that shows a job. */
/** @import { FirstState } from "./jobs/types.js" */
import { Bar } from "./jobs/bar.js";
import { boost } from "./jobs/boost.js";
import { followEngines } from "./jobs/engines.js";
import { orderForm, quietForms, turnHeart } from "./jobs/forms.js";
import { Indicator } from "./jobs/indicator.js";
import { mediaKeys } from "./jobs/media.js";
import { menus } from "./jobs/menu.js";
import { Player } from "./jobs/player.js";
import { Poller } from "./jobs/poller.js";
import { Regions } from "./jobs/regions.js";

const first = firstState();
const player = new Player(/** @type {HTMLAudioElement} */ (document.getElementById("audio")), first.owner);
const bar = new Bar(player);
const indicator = new Indicator();
const poller = new Poller(first.urls.active, first);
const regions = new Regions(() => poller.now());
/** @type {BroadcastChannel|null} */
let tabs = null;

poller.addEventListener("state", ({ detail }) => {
  indicator.warn("signed-out", false);
  if (detail.jobs.some(({ jobId }) => !indicator.known.has(jobId))) tellTabs({ jobs: ids(detail) });
  indicator.update(detail);
  regions.update(detail);
});
poller.addEventListener("trouble", () => indicator.warn("connection", true));
poller.addEventListener("recovered", () => indicator.warn("connection", false));
poller.addEventListener("signed-out", () => {
  indicator.warn("connection", false);
  indicator.warn("signed-out", true);
  player.clear();
});

/** Another page has come: listeners are on the document or on what stays, and the rest is tied to it here. */
function shown(/** @type {FirstState} */ state) {
  indicator.attach(state);
  regions.attach(state);
  bar.attach(document.querySelector("[data-bar]"), state.words);
  document.querySelector("[data-login]").href = `${state.urls.login}?next=${encodeURIComponent(location.pathname + location.search)}`;
  if (new URLSearchParams(location.search).has("watch")) history.replaceState(history.state, "", location.pathname);
  if (state.jobs.length) tellTabs({ jobs: ids(state) });
}

boost({
  shown() {
    const state = firstState();
    shown(state);
    poller.adopt(state);
    hint("");
    announce(document.title, document.querySelector(".messages")?.textContent ?? "");
  },
  added: (node) => bar.mark(node),
  failed: () => hint(first.words.unreachable),
});
quietForms((form) => {
  const notice = form.closest("[data-notice]")?.dataset.notice;
  if (form.matches("[data-favourite]")) turnHeart(form);
  else if (form.matches("[data-dismiss]")) {
    indicator.dismiss(notice);
    tellTabs({ dismissed: notice });
  } else poller.now();
}, () => hint(first.words.unreachable));
document.addEventListener("submit", ({ target }) => {
  if (/** @type {Element} */ (target).matches("form[action*='/logout']")) player.logOut();
});
orderForm();
followEngines();
menus();
mediaKeys(player, document.querySelector("link[rel=icon]").href);

/** @returns {FirstState} what the server knew when it wrote this page */
function firstState() {
  return JSON.parse(document.getElementById("first-state").textContent);
}

/** What a browser does by itself for a page that is loaded whole: say that another one is there. @param {string[]} texts */
function announce(...texts) {
  document.querySelector("[data-announce-page]").textContent = texts.map((text) => text.trim()).filter(Boolean).join(". ");
}

/** @param {string} text of what could not be done; "": nothing */
function hint(text) {
  const place = document.querySelector("[data-hint]");
  place.textContent = text;
  place.hidden = !text;
}

/** @param {{jobs: {jobId: string}[]}} state */
function ids(state) {
  return state.jobs.map(({ jobId }) => jobId);
}

/** Other tabs hear of new jobs and dismissals at once; a channel that stays open would keep the page out of the cache. */
function openChannel() {
  tabs = new BroadcastChannel("musicsite");
  tabs.addEventListener("message", ({ data }) => {
    if (data.dismissed) indicator.dismiss(data.dismissed);
    if (data.jobs?.some((/** @type {string} */ id) => !indicator.known.has(id))) poller.now();
  });
}

/** @param {{jobs?: string[], dismissed?: string}} message */
function tellTabs(message) {
  tabs?.postMessage(message);
}

openChannel();
addEventListener("pagehide", () => { tabs?.close(); tabs = null; });
addEventListener("pageshow", (event) => event.persisted && openChannel());
shown(first);
poller.start();
