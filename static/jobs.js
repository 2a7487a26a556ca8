/** What moves on the pages: one question feeds the header and every part of the page that shows a job. */
/** @import { FirstState } from "./jobs/types.js" */
import { orderForm, quietForms, turnHeart } from "./jobs/forms.js";
import { Indicator } from "./jobs/indicator.js";
import { menus } from "./jobs/menu.js";
import { players } from "./jobs/player.js";
import { Poller } from "./jobs/poller.js";
import { Regions } from "./jobs/regions.js";

/** @type {FirstState} */
const first = JSON.parse(document.getElementById("first-state").textContent);
const indicator = new Indicator(document.querySelector("[data-indicator]"), first);
const regions = new Regions(first.words, () => poller.now());
const poller = new Poller(first.urls.active, first);
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
});

quietForms((form) => {
  const notice = form.closest("[data-notice]")?.dataset.notice;
  if (form.matches("[data-favourite]")) turnHeart(form);
  else if (form.matches("[data-dismiss]")) {
    indicator.dismiss(notice);
    tellTabs({ dismissed: notice });
  } else poller.now();
});
orderForm();
players();
menus();

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
document.querySelector("[data-login]").href = `${first.urls.login}?next=${encodeURIComponent(location.pathname + location.search)}`;
if (new URLSearchParams(location.search).has("watch")) history.replaceState(null, "", location.pathname);
if (first.jobs.length) tellTabs({ jobs: ids(first) });
poller.start();
