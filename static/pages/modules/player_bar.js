/** @import { Player } from "./player.js" */
/** @import { Track } from "./types.js" */
import { fadeSeconds, keepFadeSeconds } from "./fading.js";
import { clock } from "./status_view.js";

const STEP = 5; // seconds that an arrow key moves
const LEAP = 15; // seconds that a page key moves
/** @type {Map<string, string>} what was fetched of tracks' waveforms */
const waves = new Map();

/** The bar at the foot of every page, and the play buttons anywhere on it: what they show, and what they do. */
export class PlayerBar {
  #player;
  #words;
  #dragged = false;
  #openQueue = false;
  /** @type {HTMLElement} */
  #root;

  /** @param {Player} player */
  constructor(player) {
    this.#player = player;
    player.addEventListener("change", () => this.#show());
    player.addEventListener("time", () => this.#showTime());
    player.addEventListener("volume", () => this.#showVolume());
    document.addEventListener("click", (event) => this.#handOver(event));
    document.addEventListener("play", ({ target }) => this.#onePlays(target), true);
  }

  /** The page has changed: this is its bar. @param {HTMLElement} root @param {Record<string, string>} words */
  attach(root, words) {
    this.#root = root;
    this.#words = words;
    const on = (/** @type {string} */ name, /** @type {() => void} */ act) => this.#part(name).addEventListener("click", act);
    on("toggle", () => this.#player.toggle());
    on("next", () => this.#player.next());
    on("previous", () => this.#player.previous());
    on("mute", () => this.#player.mute());
    on("repeat", () => this.#player.setRepeats(!this.#player.repeats));
    on("close", () => this.#close());
    const seek = this.#slider("seek");
    seek.addEventListener("input", () => { this.#dragged = true; this.#showTime(); });
    seek.addEventListener("change", () => { this.#dragged = false; this.#player.seek(Number(seek.value)); });
    const volume = this.#slider("volume");
    volume.addEventListener("input", () => this.#player.setVolume(Number(volume.value) / 100));
    const overlap = this.#slider("fade");
    overlap.value = String(fadeSeconds());
    overlap.addEventListener("input", () => { keepFadeSeconds(Number(overlap.value)); this.#showFade(); });
    this.#showFade();
    root.addEventListener("keydown", (event) => this.#key(event));
    const queue = /** @type {HTMLDetailsElement} */ (this.#part("queue"));
    queue.open = this.#openQueue;
    queue.addEventListener("toggle", () => { this.#openQueue = queue.open; });
    this.#part("list").addEventListener("click", ({ target }) => this.#inQueue(/** @type {HTMLElement} */ (target)));
    this.#dragged = false;
    this.#show();
    this.#showVolume();
  }

  /** Something came into the page: its buttons show what plays. @param {ParentNode} [inside] */
  mark(inside = document) {
    const { track, playing, wanted } = this.#player;
    for (const button of inside.querySelectorAll("[data-play]")) {
      const owner = /** @type {HTMLElement} */ (button).closest("[data-track]");
      const on = (playing || wanted) && owner?.dataset.track === track?.id;
      button.toggleAttribute("data-playing", on);
      button.setAttribute("aria-label", this.#words[on ? "pause" : "play"].replace("{title}", owner?.dataset.title ?? ""));
    }
    this.#showTime();
  }

  #close() {
    this.#player.clear();
    document.getElementById("main")?.focus({ preventScroll: true });
  }

  #show() {
    const { track, playing, wanted, queue, at } = this.#player;
    this.#root.hidden = !track;
    document.querySelector("[data-to-player]").hidden = !track;
    this.mark();
    if (!track) return;
    const title = /** @type {HTMLAnchorElement} */ (this.#part("title"));
    title.textContent = track.title;
    title.href = track.href;
    this.#root.toggleAttribute("data-playing", playing || wanted);
    this.#label("toggle", playing || wanted ? "pauseThis" : "playThis");
    this.#part("repeat").hidden = !track.loop;
    this.#part("repeat").setAttribute("aria-pressed", String(this.#player.repeats));
    this.#part("next").disabled = at + 1 >= queue.length;
    this.#part("note").textContent = this.#note();
    this.#showQueue();
    this.#showWave(track);
    this.#showTime();
  }

  #note() {
    const { trouble, playing, wanted, time } = this.#player;
    if (trouble) return this.#words[trouble];
    return !playing && !wanted && time >= 1 ? this.#words.resume.replace("{time}", clock(Math.floor(time))) : "";
  }

  #showTime() {
    const { track, time, length, playing, wanted } = this.#player;
    if (track && this.#root) {
      const seek = this.#slider("seek");
      const at = this.#dragged ? Number(seek.value) : time;
      seek.max = String(length || 1);
      seek.value = String(at);
      seek.setAttribute("aria-valuetext", this.#words.position.replace("{time}", clock(Math.floor(at))).replace("{length}", clock(Math.round(length))));
      this.#part("time").textContent = clock(Math.floor(at));
      this.#part("length").textContent = length ? clock(Math.round(length)) : "";
      this.#part("wave").style.setProperty("--played", `${length ? (100 * at) / length : 0}%`);
      if (!playing && !wanted) this.#part("note").textContent = this.#note();
    }
    for (const place of document.querySelectorAll("main [data-track]:has(.wave-played)")) this.#showPlace(place);
  }

  /** @param {HTMLElement} place that shows one track in full: how far it was heard, and which section that is */
  #showPlace(place) {
    const { track, time, length } = this.#player;
    const here = place.dataset.track === track?.id;
    place.querySelector(".wave-played").style.setProperty("--played", here && length ? `${(100 * time) / length}%` : "0%");
    const sections = [...place.querySelectorAll("[data-seek]")];
    const starts = sections.map((section) => Number(section.dataset.seek));
    sections.forEach((section, n) => {
      section.toggleAttribute("data-now", here && time >= starts[n] && time < (starts[n + 1] ?? Infinity));
    });
  }

  #showVolume() {
    if (!this.#root) return;
    const { volume } = this.#player;
    this.#slider("volume").value = String(Math.round(volume * 100));
    this.#root.toggleAttribute("data-muted", volume === 0);
    this.#label("mute", volume === 0 ? "unmute" : "mute");
  }

  #showFade() {
    const { value } = this.#slider("fade");
    const text = Number(value) ? this.#words.seconds.replace("{n}", value) : this.#words.off;
    this.#part("fade-value").textContent = text;
    this.#slider("fade").setAttribute("aria-valuetext", text);
  }

  #showQueue() {
    const { queue, at } = this.#player;
    const list = this.#part("list");
    const rows = /** @type {HTMLElement[]} */ ([...list.children]);
    if (rows.length !== queue.length || rows.some((row, n) => row.dataset.of !== queue[n].id)) {
      list.replaceChildren(...queue.map((track) => this.#row(track)));
    }
    [...list.children].forEach((row, n) => {
      row.querySelector("[data-jump]").ariaCurrent = n === at ? "true" : null;
      row.querySelector("[data-jump]").textContent = queue[n].title;
      row.querySelector("[data-remove]").setAttribute("aria-label", this.#words.remove.replace("{title}", queue[n].title));
    });
    this.#part("count").textContent = String(queue.length);
  }

  /** @param {Track} track @returns {HTMLElement} */
  #row(track) {
    const row = this.#root.querySelector("template").content.firstElementChild.cloneNode(true);
    row.dataset.of = track.id;
    return row;
  }

  /** @param {Track} track */
  async #showWave(track) {
    const places = this.#part("wave").querySelectorAll("[data-wave]");
    if (this.#part("wave").dataset.shows === track.id) return;
    this.#part("wave").dataset.shows = track.id;
    for (const place of places) place.replaceChildren();
    if (!waves.has(track.id)) waves.set(track.id, await fetched(`${track.href}parts/wave`));
    if (this.#player.track !== track) return;
    for (const place of this.#part("wave").querySelectorAll("[data-wave]")) place.innerHTML = waves.get(track.id);
  }

  /** @param {MouseEvent} event a click anywhere on the page */
  #handOver(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    const place = /** @type {HTMLElement|null} */ (target.closest("[data-track]"));
    if (!place) return;
    const track = trackOf(place);
    const section = /** @type {HTMLElement|null} */ (target.closest("[data-seek]"));
    const wave = target.closest("[data-seek-wave]");
    if (target.closest("[data-play]")) {
      if (this.#player.track?.id === track.id && (this.#player.playing || this.#player.wanted)) this.#player.pause();
      else this.#player.play(track, listAround(place));
    } else if (section) this.#player.play(track, [], Number(section.dataset.seek));
    else if (wave) {
      const { left, width } = wave.getBoundingClientRect();
      const length = this.#player.track?.id === track.id ? this.#player.length : track.length;
      this.#player.play(track, [], ((event.clientX - left) / width) * length);
    }
  }

  /** @param {HTMLElement} target in the list of the queue */
  #inQueue(target) {
    const row = target.closest("li");
    if (!row) return;
    const at = [...row.parentElement.children].indexOf(row);
    if (target.closest("[data-jump]")) this.#player.jump(at);
    else if (target.closest("[data-remove]")) this.#player.remove(at);
    else return;
    const rows = this.#part("list").children;
    rows[Math.min(at, rows.length - 1)]?.querySelector("button").focus();
  }

  /** @param {KeyboardEvent} event in the bar; letters count only here, so that they disturb nobody */
  #key(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.ctrlKey || event.altKey || event.metaKey || target.closest("[data-bar-queue]")) return;
    const slides = target.matches("[data-bar-volume]");
    const player = this.#player;
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowLeft: () => player.seek(player.time - STEP),
      ArrowRight: () => player.seek(player.time + STEP),
      PageDown: () => player.seek(player.time - LEAP),
      PageUp: () => player.seek(player.time + LEAP),
      n: () => player.next(),
      p: () => player.previous(),
      m: () => player.mute(),
    };
    if (!target.closest("a, button, summary")) keys[" "] = () => player.toggle();
    if (slides) for (const key of ["ArrowLeft", "ArrowRight", "PageUp", "PageDown"]) delete keys[key];
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  }

  /** A player of the browser's own began somewhere on the page. @param {EventTarget|null} target */
  #onePlays(target) {
    if (target instanceof HTMLAudioElement && !target.matches("#audio, #audio-next") && this.#player.playing) this.#player.pause();
  }

  /** @param {string} name @param {string} word */
  #label(name, word) {
    const text = this.#words[word];
    const button = this.#part(name);
    button.setAttribute("aria-label", text);
    button.title = text;
  }

  /** @param {string} name @returns {any} */
  #part(name) {
    return this.#root.querySelector(`[data-bar-${name}]`);
  }

  /** @param {string} name @returns {HTMLInputElement} */
  #slider(name) {
    return this.#part(name);
  }
}

/** @param {HTMLElement} place @returns {Track} */
export function trackOf(place) {
  const { track, title, src, href, length, loopStart, loopLength } = place.dataset;
  const loop = Number(loopLength) ? { start: Number(loopStart), length: Number(loopLength) } : null;
  return { id: track, title, src, href, length: Number(length) || 0, loop };
}

/** @param {HTMLElement} place @returns {Track[]} what the page shows together with it, each once */
function listAround(place) {
  const list = place.closest("[data-playlist]");
  if (!list) return [];
  const tracks = [...list.querySelectorAll("[data-track]")].map((one) => trackOf(/** @type {HTMLElement} */ (one)));
  return [...new Map(tracks.map((track) => [track.id, track])).values()];
}

/** @param {string} url @returns {Promise<string>} HTML of this site's own; "" where it is not to be had */
async function fetched(url) {
  try {
    const response = await fetch(url);
    return response.ok ? await response.text() : "";
  } catch {
    return "";
  }
}
