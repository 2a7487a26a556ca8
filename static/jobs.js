/** What moves on the pages: one question feeds the header and every part of the page that shows a job, in every tab. */
/** @import { FirstState } from "./jobs/types.js" */
import { Bar } from "./jobs/bar.js";
import { boost } from "./jobs/boost.js";
import { Connection } from "./jobs/connection.js";
import { followEngines } from "./jobs/engines.js";
import { filters } from "./jobs/filters.js";
import { quietForms, turnHeart } from "./jobs/forms.js";
import { Indicator } from "./jobs/indicator.js";
import { mediaKeys } from "./jobs/media.js";
import { menus } from "./jobs/menu.js";
import { Notifier } from "./jobs/notifier.js";
import { Pace } from "./jobs/pace.js";
import { Player } from "./jobs/player.js";
import { Poller } from "./jobs/poller.js";
import { Regions } from "./jobs/regions.js";
import { Tabs } from "./jobs/tabs.js";

const first = firstState();
const tabs = new Tabs(first.owner);
const poller = new Poller(first.urls.active, first, tabs);
const player = new Player(/** @type {HTMLAudioElement} */ (document.getElementById("audio")), first.owner, tabs);
const bar = new Bar(player);
const notifier = new Notifier(tabs);
const indicator = new Indicator((status) => notifier.ended(status));
const connection = new Connection();
const regions = new Regions(() => poller.now());
const pace = new Pace((state) => {
  indicator.update(state);
  regions.update(state);
});

poller.addEventListener("state", ({ detail }) => {
  connection.works();
  pace.set(detail);
});
poller.addEventListener("trouble", ({ detail }) => {
  connection.fails(detail);
  pace.stop();
});
poller.addEventListener("recovered", () => connection.works(true));
poller.addEventListener("signed-out", () => {
  connection.signedOut();
  pace.stop();
  player.clear();
});
tabs.addEventListener("message", ({ detail }) => {
  if (detail.dismissed) indicator.dismiss(detail.dismissed);
  if (detail.loggedOut) poller.now();
});

/** Another page has come: listeners are on the document or on what stays, and the rest is tied to it here. */
function shown(/** @type {FirstState} */ state) {
  indicator.attach(state);
  connection.attach(state);
  regions.attach(state);
  notifier.attach(state);
  bar.attach(document.querySelector("[data-bar]"), state.words);
  pace.set(state, false);
  if (new URLSearchParams(location.search).has("watch")) history.replaceState(history.state, "", location.pathname);
}

boost({
  shown() {
    const state = firstState();
    shown(state);
    poller.adopt(state);
    hint("");
    announce(document.title, document.querySelector(".messages")?.textContent ?? "");
  },
  found: (part) => announce(part.querySelector("h2")?.textContent ?? ""),
  added: (node) => bar.mark(node),
  failed: () => hint(first.words.unreachable),
});
quietForms((form) => {
  const notice = form.closest("[data-notice]")?.dataset.notice;
  if (form.matches("[data-favourite]")) turnHeart(form);
  else if (form.matches("[data-dismiss]")) {
    indicator.dismiss(notice);
    tabs.tell({ dismissed: notice });
  } else {
    if (form.matches("[data-renew]")) regions.renew(form.closest("[data-part]"));
    poller.now();
  }
}, () => hint(first.words.unreachable));
document.addEventListener("submit", ({ target }) => {
  if (!(/** @type {Element} */ (target).matches("form[action*='/logout']"))) return;
  player.clear();
  tabs.tell({ loggedOut: true });
});
filters();
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

shown(first);
poller.start();
tabs.start();
