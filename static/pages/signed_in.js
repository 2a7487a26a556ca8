/** What moves on the pages: one question feeds the header and every part of the page that shows a job, in every tab. */
/** @import { FirstState } from "./modules/types.js" */
import { PlayerBar } from "./modules/player_bar.js";
import { enableNavigation } from "./modules/navigation.js";
import { coverWhileAway } from "./modules/restored.js";
import { forgetDrafts } from "./modules/drafts.js";
import { ConnectionNotice } from "./modules/connection_notice.js";
import { engineChoice } from "./modules/engine_choice.js";
import { libraryFilters } from "./modules/library_filters.js";
import { quietForms, turnHeart } from "./modules/quiet_forms.js";
import { keepingSwitch, keepOnlyOf, keepWhatPlays } from "./modules/kept_tracks.js";
import { Indicator } from "./modules/indicator.js";
import { mediaKeys } from "./modules/media_keys.js";
import { menus } from "./modules/menus.js";
import { Notifications } from "./modules/notifications.js";
import { ProgressTicker } from "./modules/progress_ticker.js";
import { Player } from "./modules/player.js";
import { Poller } from "./modules/poller.js";
import { JobParts } from "./modules/job_parts.js";
import { whenShown, whereThereIs } from "./modules/sharing.js";
import { Tabs } from "./modules/tabs.js";

const first = firstState();
const tabs = new Tabs(first.owner);
const poller = new Poller(first.urls.active, first, tabs);
const player = new Player(audio("audio"), audio("audio-next"), first.owner, tabs);
const bar = new PlayerBar(player);
const notifications = new Notifications(tabs);
const indicator = new Indicator((status) => notifications.ended(status));
const connection = new ConnectionNotice();
const jobParts = new JobParts(() => poller.now());
const ticker = new ProgressTicker((state) => {
  indicator.update(state);
  jobParts.update(state);
});

poller.addEventListener("state", ({ detail }) => {
  connection.works();
  ticker.set(detail);
});
poller.addEventListener("trouble", ({ detail }) => {
  connection.fails(detail);
  ticker.stop();
});
poller.addEventListener("recovered", () => connection.works(true));
poller.addEventListener("signed-out", () => {
  connection.signedOut();
  ticker.stop();
  player.clear();
  keepOnlyOf("");
});
tabs.addEventListener("message", ({ detail }) => {
  if (detail.dismissed) indicator.dismiss(detail.dismissed);
  if (detail.loggedOut) {
    forgetDrafts();
    poller.now();
  }
  if (detail.titles) retitle(new Map(detail.titles));
});

/** Another page has come: listeners are on the document or on what stays, and the rest is tied to it here. */
function shown(/** @type {FirstState} */ state) {
  indicator.attach(state);
  connection.attach(state);
  jobParts.attach(state);
  notifications.attach(state);
  bar.attach(document.querySelector("[data-bar]"), state.words);
  ticker.set(state, false);
  if (new URLSearchParams(location.search).has("watch")) history.replaceState(history.state, "", location.pathname);
}

enableNavigation({
  shown() {
    const state = firstState();
    shown(state);
    poller.adopt(state);
    hint("");
    tellTitles();
    announce(document.title, document.querySelector(".messages")?.textContent ?? "");
  },
  found: (part) => announce(part.querySelector("h2")?.textContent ?? ""),
  added: (node) => bar.mark(node),
  failed: () => hint(first.words.unreachable),
});
quietForms({
  sent(form) {
    const notice = form.closest("[data-notice]")?.dataset.notice;
    if (form.matches("[data-favourite]")) turnHeart(form);
    else if (form.matches("[data-dismiss]")) {
      indicator.dismiss(notice);
      tabs.tell({ dismissed: notice });
    } else {
      if (form.matches("[data-renew]")) jobParts.renew(form.closest("[data-part]"));
      poller.now();
    }
  },
  signedOut() {
    hint(first.words.notDone);
    poller.now();
  },
  failed: () => hint(first.words.unreachable),
});
player.addEventListener("skipped", () => hint(first.words.gone));
document.addEventListener("submit", ({ target }) => {
  if (!(/** @type {Element} */ (target).matches("form[action*='/logout']"))) return;
  player.clear();
  keepOnlyOf("");
  tabs.tell({ loggedOut: true });
});
libraryFilters();
whereThereIs("[data-film]", async () => (await import("./modules/film.js")).film());
whereThereIs("#chosen", async () => (await import("./modules/chosen.js")).chosenTracks());
whereThereIs("[data-orderable]", async () => (await import("./modules/ordering.js")).ordering(() => hint(first.words.unreachable)));
engineChoice();
menus();
keepOnlyOf(first.owner);
keepWhatPlays(first.owner, player);
whenShown(keepingSwitch);
whereThereIs("[data-hears]", async () => (await import("./modules/preview.js")).previews(player, hint));
whereThereIs("[data-listen-early]", async () => (await import("./modules/early_listening.js")).earlyListening(player, poller, hint, () => hint(first.words.unreachable)));
mediaKeys(player, document.querySelector("link[rel=icon]").href);

/** @param {string} id @returns {HTMLAudioElement} */
function audio(id) {
  return /** @type {HTMLAudioElement} */ (document.getElementById(id));
}

/** @returns {FirstState} what the server knew when it wrote this page */
function firstState() {
  return JSON.parse(document.getElementById("first-state").textContent);
}

/** What a browser does by itself for a page that is loaded whole: say that another one is there. @param {string[]} texts */
function announce(...texts) {
  document.querySelector("[data-announce-page]").textContent = texts.map((text) => text.trim()).filter(Boolean).join(". ");
}

/** The page has the latest titles: a queue, here or in another tab, may have older ones. */
function tellTitles() {
  const titles = [...document.querySelectorAll("[data-track]")].map(({ dataset }) => [dataset.track, dataset.title]);
  player.retitle(new Map(titles));
  if (titles.length) tabs.tell({ titles });
}

/** Another tab has later titles. @param {Map<string, string>} titles by job */
function retitle(titles) {
  player.retitle(titles);
  for (const part of document.querySelectorAll("[data-part][data-title]")) {
    if ((titles.get(part.dataset.job) ?? part.dataset.title) !== part.dataset.title) jobParts.renew(part);
  }
}

/** @param {string} text of what could not be done; "": nothing */
function hint(text) {
  const place = document.querySelector("[data-hint]");
  place.textContent = text;
  place.hidden = !text;
}

shown(first);
poller.start();
tabs.start();
tellTitles();
coverWhileAway(first.owner);
navigator.serviceWorker?.register(`/service-worker.js?language=${document.documentElement.lang}`).catch(() => {}); // not over plain HTTP
