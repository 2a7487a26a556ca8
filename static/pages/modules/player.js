import { fade, fadeSeconds } from "./fading.js";
import { isGone } from "./gone.js";
import { LoopAudio } from "./loop_audio.js";
import { browserMemory, tabMemory } from "./memory.js";

/**
 * What plays: an audio element outside the part of the page that navigation exchanges, so that nothing interrupts it. A
 * second one takes over where the person wants tracks to overlap (fading.js), a third where a track is a loop.
 *
 * How a page hands a track over (bar.js listens, also to what comes into the page later):
 *
 *   [data-track]      the track, on any element around or equal to the others: its job's id, and beside it data-title,
 *                     data-src (audio), data-href (page); in seconds data-length, data-loop-start and data-loop-length
 *   [data-play]       a button: plays the track, or pauses it where it is the one that plays (parts/play.html)
 *   [data-seek="12.5"] a button: plays the track from that second
 *   [data-seek-wave]  a picture of the sound: a click plays from there
 *   .wave-played      inside [data-track]: gets --played, the share that was heard ("42%")
 *   [data-playlist]   around several [data-track]: what is played next after one of them, in the order of the page
 *
 * @import { Tabs } from "./tabs.js"
 * @import { Track } from "./types.js"
 */

const KEPT = "musicsite-playing"; // in the tab's storage, so that a page that is loaded whole can go on at 0:42
const LOUDNESS = "musicsite-volume"; // in the browser's, for all tabs
const ROUND = "musicsite-repeat"; // whether loops go round, in the browser's, too
const RESTART = 3; // seconds into a track, after which “previous” means its beginning
const SAVE_EVERY = 5; // seconds
const RETRY = 2500; // milliseconds between two tries while the sound cannot be fetched

/** Events: "change" (the track, whether it plays, the queue, a trouble) · "time" · "volume" · "skipped" (a track that is no longer there). Never plays by itself. */
export class Player extends EventTarget {
  /** @type {Track[]} */
  queue = [];
  at = -1;
  /** @type {""|"waiting"|"gone"|"elsewhere"} why it does not play although somebody wants it */
  trouble = "";
  wanted = false; // the person wants it to play: true also while it cannot
  repeats = browserMemory.read(ROUND)?.repeats !== false; // loops go round
  /** @type {HTMLAudioElement|LoopAudio} what plays the track: whoever hands one over turns it up, and else nobody but this */
  audio;
  #element; // what plays a track that is no loop
  #round = new LoopAudio();
  #other; // the element that takes over where tracks overlap
  /** @type {(() => void)|null} ends at once that they do */
  #endFade = null;
  #volume = 1;
  #muted = false;
  #owner;
  #position = 0; // seconds; where it was heard last
  #saved = 0; // seconds; the position that was kept last
  #retry = 0;
  #tabs;

  /**
   * @param {HTMLAudioElement} audio @param {HTMLAudioElement} other @param {string} owner whoever is signed in: nobody finds another's queue
   * @param {Tabs} tabs of which only one plays
   */
  constructor(audio, other, owner, tabs) {
    super();
    this.#tabs = tabs;
    this.audio = this.#element = audio;
    this.#other = other;
    this.#owner = owner;
    const loudness = browserMemory.read(LOUDNESS);
    this.#volume = Math.min(1, Math.max(0, Number(loudness?.volume ?? 1) || 0));
    this.#muted = loudness?.muted === true;
    this.#applyVolume();
    for (const one of [audio, other, this.#round]) this.#listen(one);
    tabs.addEventListener("message", ({ detail }) => this.#hear(detail));
    addEventListener("pagehide", () => this.#keep());
    addEventListener("online", () => this.#retry && this.#again());
    this.#restore();
  }

  /** @param {HTMLAudioElement|LoopAudio} audio of which only what it says as the one that plays counts */
  #listen(audio) {
    const on = (/** @type {string} */ type, /** @type {() => void} */ act) => audio.addEventListener(type, () => audio === this.audio && act());
    for (const type of ["play", "pause", "durationchange"]) on(type, () => this.#changed());
    on("playing", () => this.#recovered());
    on("timeupdate", () => this.#moved());
    on("ended", () => this.#ended());
    on("error", () => this.#broken());
  }

  /** @returns {Track|null} */
  get track() {
    return this.queue[this.at] ?? null;
  }

  get playing() {
    return !this.audio.paused;
  }

  get isReady() {
    return this.audio.readyState > 2;
  }

  /** @returns {number} seconds */
  get time() {
    return this.audio.readyState ? this.audio.currentTime : this.#position;
  }

  /** @returns {number} seconds; 0: not known */
  get length() {
    return (this.audio.readyState && Number.isFinite(this.audio.duration) && this.audio.duration) || this.track?.length || 0;
  }

  get volume() {
    return this.#muted ? 0 : this.#volume;
  }

  /** Play a track. With a list, that becomes the queue; without one the track is put in after the one that plays.
   * @param {Track} track @param {Track[]} [list] @param {number} [from] seconds */
  play(track, list = [], from = undefined) {
    this.stand(track, list, from);
    this.resume();
  }

  /** As `play`, but that it begins with `resume`, without delay once it `isReady`. */
  stand(track, list = [], from = undefined) {
    const here = this.track?.id === track.id;
    if (list.length > 1) {
      this.queue = list;
      this.at = list.findIndex(({ id }) => id === track.id);
    } else if (!here) {
      const known = this.queue.findIndex(({ id }) => id === track.id);
      if (known < 0) this.queue.splice(this.at + 1, 0, track);
      this.at = known < 0 ? this.at + 1 : known;
    }
    if (!here) this.#load(from ?? 0);
    else if (from !== undefined) this.seek(from);
    this.audio.preload = "auto";
  }

  resume() {
    if (!this.track) return;
    this.wanted = true;
    this.trouble = this.trouble === "waiting" ? "waiting" : "";
    this.#tabs.tell({ plays: this.track.id });
    if (this.audio.error) this.#again();
    else this.#start();
    this.#changed();
  }

  pause() {
    this.wanted = false;
    this.#endFade?.();
    this.audio.pause();
    this.#changed();
  }

  toggle() {
    if (this.wanted || this.playing) this.pause();
    else this.resume();
  }

  next() {
    if (this.at + 1 < this.queue.length) this.jump(this.at + 1);
  }

  previous() {
    if (this.time > RESTART || this.at < 1) this.seek(0);
    else this.jump(this.at - 1);
  }

  /** @param {number} at in the queue */
  jump(at) {
    this.at = at;
    this.#load(0);
    this.resume();
  }

  /** @param {number} seconds */
  seek(seconds) {
    this.#endFade?.();
    this.#position = Math.max(0, Math.min(seconds, this.length || seconds));
    this.audio.currentTime = this.#position; // before anything is loaded this is where it will begin
    this.#tell("time");
  }

  /** @param {number} volume 0 … 1 */
  setVolume(volume) {
    this.#volume = volume;
    this.#muted = volume === 0;
    this.#keepVolume();
  }

  mute() {
    if (this.#volume === 0) [this.#volume, this.#muted] = [0.5, false];
    else this.#muted = !this.#muted;
    this.#keepVolume();
  }

  /** Let loops go round, or end where they would begin again. @param {boolean} repeats */
  setRepeats(repeats) {
    const { time, wanted } = this;
    this.repeats = repeats;
    browserMemory.write(ROUND, { repeats });
    this.#load(time);
    if (wanted) this.#start();
    this.#changed();
  }

  /** @param {number} at in the queue */
  remove(at) {
    this.queue.splice(at, 1);
    if (at < this.at) this.at -= 1;
    else if (at === this.at) return this.#replace();
    this.#changed();
  }

  /** @param {string} id of a track that there is no more */
  forget(id) {
    const at = this.queue.findIndex((track) => track.id === id);
    if (at >= 0) this.remove(at);
  }

  /** Stop, and leave nothing behind. */
  clear() {
    this.wanted = false;
    this.queue = [];
    this.at = -1;
    this.trouble = "";
    this.#unload();
    this.#changed();
    tabMemory.remove(KEPT);
  }

  /** Tracks may have been renamed. @param {Map<string, string>} titles by id */
  retitle(titles) {
    const renamed = this.queue.filter(({ id, title }) => titles.has(id) && titles.get(id) !== title);
    for (const track of renamed) track.title = titles.get(track.id);
    if (renamed.length) this.#changed();
  }

  /** The one that played was taken out: what follows takes its place, and plays if that did. */
  #replace() {
    if (!this.queue.length) return this.clear();
    const wanted = this.wanted && this.at < this.queue.length;
    this.at = Math.min(this.at, this.queue.length - 1);
    this.#load(0);
    if (wanted) this.resume();
    else this.pause();
  }

  /** @param {number} from seconds */
  #load(from) {
    this.#endFade?.();
    this.#begin(from);
  }

  /** The element takes the track. @param {number} from seconds */
  #begin(from) {
    this.#stopRetrying();
    this.trouble = "";
    this.#choose();
    this.#position = from;
    this.audio.src = this.track.src;
    if (from) this.audio.currentTime = from;
  }

  /** By what the track is played: a loop by what has no gap. */
  #choose() {
    const { loop } = this.track;
    const chosen = loop && this.repeats ? this.#round : this.#element;
    if (loop) this.#round.loop = loop;
    if (chosen === this.audio) return;
    this.#unload();
    this.audio = chosen;
    this.#applyVolume();
  }

  #unload() {
    this.#stopRetrying();
    this.#endFade?.();
    this.audio.pause();
    this.audio.removeAttribute("src");
    this.audio.load();
    this.#position = 0;
  }

  #start() {
    this.audio.play().catch((error) => {
      if (error.name === "NotAllowedError") this.pause();
    });
  }

  #moved() {
    if (this.audio.readyState) this.#position = this.audio.currentTime;
    if (Math.abs(this.#position - this.#saved) >= SAVE_EVERY) this.#keep();
    this.#tell("time");
    this.#overlap();
  }

  /** Near its end a track fades away while the next one begins, where the person wants that. */
  #overlap() {
    const left = this.length - this.time;
    const seconds = Math.min(fadeSeconds(), this.length / 2);
    if (this.audio === this.#round || (this.queue[this.at + 1]?.loop && this.repeats)) return;
    if (this.#endFade || !this.wanted || this.at + 1 >= this.queue.length || !(left > 0 && left <= seconds)) return;
    [this.#element, this.#other] = [this.#other, this.#element];
    this.audio = this.#element;
    this.at += 1;
    this.#endFade = fade(this.#other, this.#element, left, () => this.#volume, () => { this.#endFade = null; });
    this.#begin(0);
    this.resume();
  }

  #ended() {
    if (this.at + 1 < this.queue.length) return this.next();
    this.wanted = false;
    this.seek(0);
    this.#changed();
  }

  #recovered() {
    this.#stopRetrying();
    this.trouble = "";
    this.#changed();
  }

  /** The sound could not be fetched: the track is gone, or the network is, and then it goes on when that is back. */
  async #broken() {
    const { track } = this;
    if (!track || this.audio.error?.code === MediaError.MEDIA_ERR_ABORTED) return;
    this.trouble = "waiting";
    this.#changed();
    const gone = await isGone(track);
    if (track !== this.track || !this.audio.error) return;
    if (gone && this.at + 1 < this.queue.length) {
      this.remove(this.at);
      this.#tell("skipped");
    } else if (gone) {
      this.trouble = "gone";
      this.wanted = false;
      this.#changed();
    } else this.#retry = setTimeout(() => this.#again(), RETRY);
  }

  #again() {
    this.#stopRetrying();
    if (!this.track) return;
    const from = this.#position;
    this.audio.load();
    this.audio.currentTime = from;
    if (this.wanted) this.#start();
  }

  #stopRetrying() {
    clearTimeout(this.#retry);
    this.#retry = 0;
  }

  #changed() {
    this.#keep();
    this.#tell("change");
  }

  /** @param {{plays?: string, loggedOut?: true}} message of another tab */
  #hear({ plays, loggedOut }) {
    if (loggedOut) this.clear();
    if (!plays || (!this.playing && !this.wanted)) return;
    this.pause();
    this.trouble = "elsewhere";
    this.#changed();
  }

  #keep() {
    if (!this.track) return;
    const { queue, at } = this;
    this.#saved = this.#position;
    tabMemory.write(KEPT, { owner: this.#owner, queue, at, time: this.#position });
  }

  #keepVolume() {
    this.#applyVolume();
    browserMemory.write(LOUDNESS, { volume: this.#volume, muted: this.#muted });
    this.#tell("volume");
  }

  #applyVolume() {
    for (const audio of [this.#element, this.#other, this.#round]) audio.muted = this.#muted;
    if (!this.#endFade) this.audio.volume = this.#volume;
  }

  #restore() {
    const kept = tabMemory.read(KEPT);
    if (!kept) return;
    if (kept.owner !== this.#owner || !kept.queue?.[kept.at]) return tabMemory.remove(KEPT);
    this.queue = kept.queue;
    this.at = kept.at;
    this.#load(Number(kept.time) || 0);
  }

  /** @param {string} type */
  #tell(type) {
    this.dispatchEvent(new Event(type));
  }
}
