/**
 * The page on which a track is changed in parts: a section is heard as the form stands, within a second, and what is
 * changed while it sounds is heard from the next bar on. Without scripts the same buttons lead to a link.
 *
 *   [data-hears]        the row of the buttons; data-status: where the API says how far the section is
 *   button[name=hear]   its value is the number of the section; aria-busy while it is made; --heard: the share
 *
 * @import { Player } from "./player.js"
 */
import { momentHere } from "./moments.js";
import { SectionSound } from "./preview_sound.js";
import { whenShown } from "./sharing.js";

const SETTLES = 150; // milliseconds after a change until it is heard: somebody may go on moving a slider
const SOONEST = 180; // milliseconds in which hardly any section is made
const ASKS = 35; // milliseconds between two questions whether it is made
const SELDOM = 500; // the same after
const LONG = 3000; // milliseconds

/** @param {Player} player of whole tracks, which is silent meanwhile @param {(text: string) => void} hint */
export function previews(player, hint) {
  const sound = new SectionSound();
  let track = "";
  let ahead = -1; // the section that is asked for, to follow the one that sounds
  let settling = 0;
  /** @type {number|null} seconds of the piece at which a section was heard last, after whatever the player has played */
  let stands = null;
  let asking = new AbortController();

  document.addEventListener("click", (event) => {
    const button = /** @type {Element} */ (event.target).closest?.("[data-hears] [name=hear]");
    if (!button) return;
    event.preventDefault();
    sound.wake();
    sound.setGain(player.volume);
    player.pause();
    const at = Number(button.value);
    if (sound.section === at || isMade(at)) stop();
    else hear(at, sound.section < 0 ? "now" : "bar");
  });
  document.addEventListener("change", ({ target }) => {
    if (/** @type {Element} */ (target).matches?.("[data-hear-loops]")) sound.loops = target.checked;
    else if (target.form?.matches("[data-desk]") && target.name !== "open" && sound.section >= 0) {
      clearTimeout(settling);
      settling = setTimeout(() => sound.section >= 0 && hear(sound.section, "bar"), SETTLES);
    }
  });
  player.addEventListener("change", () => {
    if (!player.playing) return;
    stands = null;
    stop();
  });
  momentHere((piece) => stands ?? (player.track?.id === piece ? player.time : 0));
  sound.addEventListener("time", ({ detail }) => {
    show(detail.section, detail.share);
    const { start, seconds } = buttons()[detail.section]?.dataset ?? {};
    if (start) stands = Number(start) + detail.share * Number(seconds);
  });
  sound.addEventListener("stopped", () => show(-1, 0));
  sound.addEventListener("ending", () => {
    const next = sound.section + 1;
    if (ahead !== next && buttons()[next]) hear(next, "end");
  });
  /** @type {Element|null} */
  let shown = null;
  whenShown(() => {
    const row = document.querySelector("[data-hears]");
    if (row === shown) return;
    shown = row;
    if (row) {
      row.querySelector(".hear-loop").hidden = false;
      row.querySelector("[data-hear-loops]").checked = sound.loops;
    }
    if (sound.section < 0) return;
    if (row?.dataset.piece !== track || !buttons()[sound.section]) stop();
    else hear(sound.section, "bar"); // a step was kept, and may have changed it
  });

  function stop() {
    asking.abort();
    clearTimeout(settling);
    ahead = -1;
    for (const button of buttons()) button.ariaBusy = null;
    sound.stop();
  }

  /** @param {number} section @param {"now"|"bar"|"end"} when */
  async function hear(section, when) {
    const row = document.querySelector("[data-hears]");
    asking.abort();
    asking = new AbortController();
    const { signal } = asking;
    ahead = when === "end" ? section : -1;
    track = row.dataset.piece;
    for (const button of buttons()) button.ariaBusy = String(Number(button.value) === section);
    try {
      const facts = await rendered(row, section, signal);
      const buffer = await sound.decoded(await (await fetch(facts.url, { signal })).arrayBuffer());
      if (signal.aborted) return;
      sound.play(section, buffer, facts, when);
      ahead = -1;
      hint("");
    } catch (error) {
      if (signal.aborted) return;
      hint(error instanceof Refused ? error.message : row.dataset.lost); // what does not follow now is not asked for again
    }
    for (const button of buttons()) button.ariaBusy = null;
  }
}

/** What the server says of it in words. */
export class Refused extends Error {}

/** There is nothing to wait for any more: the job has ended, and it with it. */
export class Ended extends Refused {}

/**
 * Order the section as the form stands, and wait until it is made.
 * @param {HTMLElement} row @param {number} section @param {AbortSignal} signal
 */
async function rendered(row, section, signal) {
  const button = /** @type {HTMLButtonElement} */ (row.querySelector(`[name=hear][value="${section}"]`));
  const body = new FormData(button.form);
  body.set("hear", String(section));
  const answer = await fetch(button.formAction, { method: "POST", body, headers: { "X-Quiet": "1" }, signal });
  if (answer.status === 409) throw new Refused(row.dataset.late);
  if (answer.status === 422) throw new Refused((await answer.json()).message);
  if (answer.status !== 202) throw new Error(String(answer.status));
  const ordered = await answer.json();
  return made(row.dataset.status, ordered.number, signal);
}

/**
 * Wait until what was ordered is made; raises Refused where it never will be.
 * @param {string} status where the API says how far it is @param {number} number of the order @param {AbortSignal} signal
 */
export async function made(status, number, signal) {
  const began = Date.now();
  for (let pause = SOONEST; ; pause = Date.now() - began < LONG ? ASKS : SELDOM) {
    await new Promise((done) => setTimeout(done, pause));
    const answer = await fetch(status, { signal });
    if (answer.status === 404) throw new Ended("");
    if (!answer.ok) throw new Error(String(answer.status)); // the session is over, or the site away
    const now = await answer.json();
    if (now.number !== number) throw new Refused(""); // another tab wants to hear something
    if (now.state === "error") throw new Refused(now.error.message);
    if (now.state === "done") return now;
  }
}

/** @returns {HTMLButtonElement[]} */
function buttons() {
  return [...document.querySelectorAll("[data-hears] [name=hear]")];
}

/** @param {number} section @returns {boolean} it is being made */
function isMade(section) {
  return buttons()[section]?.ariaBusy === "true";
}

/** @param {number} section that sounds; -1: none @param {number} share of it that was heard */
function show(section, share) {
  for (const button of buttons()) {
    const sounds = Number(button.value) === section;
    button.setAttribute("aria-pressed", String(sounds));
    button.style.setProperty("--heard", sounds ? `${100 * share}%` : "0%");
  }
}
