/**
 * A piece is heard while it is made: its first section at once, and the finished file from the same place on.
 *
 *   form[data-listen-early]  orders the first section (its value: the job; data-status: where the API says how far that
 *                            is); its button is aria-busy until it sounds, and aria-pressed while it does
 *
 * @import { Player } from "./player.js"
 * @import { Poller } from "./poller.js"
 * @import { Status } from "./types.js"
 */
import { Ended, made, Refused } from "./preview.js";
import { SectionSound } from "./preview_sound.js";
import { whenShown } from "./sharing.js";

const AHEAD = 2; // seconds from the end of a job to the place at which its file begins: it is fetched meanwhile
const LOOKED_AT = 1; // seconds before that place by which the loudness of both is compared
const STEP = 8; // milliseconds
const LATE = 0.2; // seconds; what is further behind jumps
const CLOSE = 0.004; // seconds between both that nobody hears
const CATCHES_UP = 1500; // milliseconds
const CROSSING = 0.1; // seconds: the same notes, so that both together are as loud all along
const LEFT = 0.5; // seconds of the section, at least, for that; else the file follows on its end
const PATIENCE = 8000; // milliseconds that a file is waited for
const BYTES = 60_000; // of a second of a file, at most
const HEAD = 600_000; // bytes before its sound, at most: its picture
const SOFTER = 0.8; // than rendered, at first: the finished piece may be louder, and a preview peaks near full scale
const LEAST = 0.4; // gain that a preview may come down to

/** @param {Player} player of finished files @param {Poller} poller @param {(text: string) => void} hint @param {() => void} lost tells that the server cannot be reached */
export function earlyListening(player, poller, hint, lost) {
  const sound = new SectionSound();
  sound.loops = false;
  let job = ""; // that somebody listens to
  let asking = new AbortController();
  let asksLoop = ""; // where the API says what of the piece goes round, if it is a loop
  let handing = false; // to the player
  let isOver = false; // the section, before the piece is made
  /** @type {AudioBuffer|null} */
  let heard = null;
  /** @type {{lead: number, length: number}|null} */
  let facts = null;

  document.addEventListener("click", (event) => {
    const button = /** @type {Element} */ (event.target).closest?.("[data-listen-early] button");
    if (!button) return;
    event.preventDefault();
    const { form } = /** @type {HTMLButtonElement} */ (button);
    const again = job === form.dataset.listenEarly;
    stop();
    sound.wake();
    sound.setGain(SOFTER * player.volume);
    player.pause();
    if (!again) listen(form);
  });
  poller.addEventListener("state", ({ detail }) => {
    const ended = detail.finished.find(({ jobId }) => jobId === job);
    if (ended?.state === "error") stop();
    else if (ended && !handing) takeOver(ended);
  });
  poller.addEventListener("signed-out", stop);
  player.addEventListener("change", () => player.playing && !handing && stop());
  player.addEventListener("volume", () => facts && !handing && sound.setGain(SOFTER * player.volume));
  sound.addEventListener("stopped", () => { isOver = facts !== null; });
  document.addEventListener("exchanged", show);
  whenShown(show);

  function stop() {
    asking.abort();
    [job, heard, facts, handing, isOver] = ["", null, null, false, false];
    sound.stop();
    show();
  }

  /** @param {HTMLFormElement} form */
  async function listen(form) {
    asking = new AbortController();
    const { signal } = asking;
    job = form.dataset.listenEarly;
    asksLoop = form.dataset.loop ?? "";
    show();
    try {
      const body = new FormData(form);
      const answer = await fetch(form.action, { method: "POST", body, headers: { "X-Quiet": "1" }, signal });
      if (answer.status === 422) throw new Refused((await answer.json()).message);
      if (answer.status !== 202) throw new Ended("");
      const preview = await made(form.dataset.status, (await answer.json()).number, signal);
      const file = await fetch(preview.url, { signal });
      if (!file.ok) throw new Ended("");
      const buffer = await sound.decoded(await file.arrayBuffer());
      if (signal.aborted) return;
      [heard, facts] = [buffer, preview];
      sound.play(preview.section, buffer, preview, "now");
      hint("");
      show();
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Ended) return poller.now(); // which tells of the end: the piece is played as it is
      stop();
      if (error instanceof Refused) hint(error.message);
      else lost();
    }
  }

  /** The finished file goes on where the first section is. @param {Status} status */
  async function takeOver(status) {
    handing = true;
    if (!facts) asking.abort(); // it was done before anything of it was heard
    const { signal } = facts ? asking : new AbortController();
    const place = () => (isOver ? facts.length : sound.place);
    const at = facts ? Math.min(place() + AHEAD, facts.length) : 0;
    const loop = await goesRound();
    const track = { id: status.jobId, title: status.title, src: status.resultUrl, href: status.pageUrl, length: 0, loop };
    player.stand(track, [], at);
    if (facts) {
      sound.setGain(player.volume * (await quotient(track.src, at, signal)), AHEAD / 2);
      await until(() => signal.aborted || (player.isReady && place() >= at));
      if (signal.aborted) return;
    }
    const element = player.audio;
    const joins = facts && place() < facts.length - LEFT;
    if (joins && place() - at > LATE) player.seek(place());
    if (joins) element.volume = 0;
    player.resume();
    await until(() => signal.aborted || (player.playing && Math.abs(player.time - at) > CLOSE) || !player.wanted);
    if (joins) await join(element, place, signal);
    if (!signal.aborted) stop();
  }

  /** What plays silently catches up with what is heard, and is heard instead of it.
   * @param {Player["audio"]} element @param {() => number} place @param {AbortSignal} signal */
  async function join(element, place, signal) {
    if (element instanceof HTMLMediaElement) await catchUp(element, place, signal);
    else element.joinAt(place());
    const began = performance.now();
    if (!signal.aborted) sound.setGain(0, CROSSING);
    await until(() => {
      const share = (performance.now() - began) / (1000 * CROSSING);
      element.volume = player.volume * Math.min(1, share);
      return share >= 1 || signal.aborted;
    });
    element.volume = player.volume;
  }

  /** @param {HTMLMediaElement} element @param {() => number} place @param {AbortSignal} signal */
  async function catchUp(element, place, signal) {
    await until(() => {
      const behind = place() - element.currentTime;
      element.playbackRate = Math.min(2, Math.max(0.5, 1 + 4 * behind));
      return Math.abs(behind) < CLOSE || place() > facts.length - LEFT / 2 || signal.aborted;
    }, CATCHES_UP);
    element.playbackRate = 1;
  }

  /** @returns {Promise<{start: number, length: number}|null>} what of the finished file goes round; null: nothing */
  async function goesRound() {
    if (!asksLoop) return null;
    try {
      return (await (await fetch(asksLoop)).json()).loop;
    } catch {
      return null;
    }
  }

  /** How much louder the finished file is than what is heard, by their samples before that place; 1: not known.
   * @param {string} src @param {number} at seconds @param {AbortSignal} signal @returns {Promise<number>} */
  async function quotient(src, at, signal) {
    try {
      const last = HEAD + Math.ceil(BYTES * at);
      const answer = await fetch(src, { headers: { Range: `bytes=0-${last}` }, signal });
      const file = await sound.decoded(await answer.arrayBuffer());
      const from = Math.max(0, at - LOOKED_AT);
      const found = Math.sqrt(power(file, from, at) / power(heard, facts.lead + from, facts.lead + at));
      return Number.isFinite(found) ? Math.min(1 / peak(heard), Math.max(LEAST, found)) : 1;
    } catch {
      return 1;
    }
  }

  function show() {
    for (const form of document.querySelectorAll("[data-listen-early]")) {
      const button = form.querySelector("button");
      const mine = form.dataset.listenEarly === job;
      button.setAttribute("aria-pressed", String(mine && heard !== null));
      button.ariaBusy = mine && heard === null ? "true" : null;
    }
  }
}

/** @param {AudioBuffer} buffer @param {number} from seconds @param {number} to @returns {number} mean square of what is there */
function power(buffer, from, to) {
  let sum = 0;
  let count = 0;
  for (let channel = 0; channel < buffer.numberOfChannels; channel += 1) {
    const samples = buffer.getChannelData(channel).subarray(from * buffer.sampleRate, to * buffer.sampleRate);
    for (const sample of samples) sum += sample * sample;
    count += samples.length;
  }
  return sum / count;
}

/** @param {AudioBuffer} buffer @returns {number} its largest sample */
function peak(buffer) {
  let largest = 0;
  for (let channel = 0; channel < buffer.numberOfChannels; channel += 1) {
    for (const sample of buffer.getChannelData(channel)) largest = Math.max(largest, Math.abs(sample));
  }
  return largest;
}

/** @param {() => boolean} holds @param {number} [patience] milliseconds @returns {Promise<void>} when that holds, or then */
async function until(holds, patience = PATIENCE) {
  for (const began = Date.now(); !holds() && Date.now() - began < patience; ) await new Promise((done) => setTimeout(done, STEP));
}
