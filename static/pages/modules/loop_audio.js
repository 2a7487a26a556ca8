/**
 * What goes round without a gap: the sound decoded whole and played by Web Audio, behind the face of an audio element.
 *
 * It has of HTMLAudioElement what player.js uses, and its events. The audio element's own `loop` leaves a gap.
 *
 * @typedef {{start: number, length: number}} Loop seconds
 */

const TELL_EVERY = 250; // milliseconds, as audio elements do
const BROKEN = 2; // MediaError.MEDIA_ERR_NETWORK

export class LoopAudio extends EventTarget {
  /** @type {Loop} */
  loop = { start: 0, length: 0 };
  /** @type {{code: number}|null} */
  error = null;
  paused = true;
  /** @type {AudioContext|null} */
  #context = null;
  /** @type {GainNode|null} */
  #gain = null;
  /** @type {AudioBuffer|null} */
  #buffer = null;
  /** @type {Promise<AudioBuffer>|null} */
  #fetching = null;
  /** @type {AudioBufferSourceNode|null} */
  #source = null;
  #src = "";
  #from = 0; // seconds of the sound at which it was started
  #since = 0; // of the context's clock, at that moment
  #volume = 1;
  #muted = false;
  #telling = 0;

  get src() {
    return this.#src;
  }

  set src(src) {
    this.#stop();
    [this.#src, this.#buffer, this.#fetching, this.error, this.#from] = [src, null, null, null, 0];
    this.paused = true;
  }

  get readyState() {
    return this.#buffer ? HTMLMediaElement.HAVE_ENOUGH_DATA : HTMLMediaElement.HAVE_NOTHING;
  }

  get duration() {
    return this.#buffer ? this.#end : NaN;
  }

  get currentTime() {
    if (!this.#source) return this.#from;
    const now = this.#from + this.#context.currentTime - this.#since;
    return now < this.#end ? now : this.loop.start + ((now - this.loop.start) % this.loop.length);
  }

  set currentTime(seconds) {
    this.#from = Math.max(0, seconds);
    if (this.#source) this.#begin();
    this.#tell("timeupdate");
  }

  /** Go on so that this place is what is heard now. @param {number} seconds */
  joinAt(seconds) {
    this.currentTime = seconds + (this.#context.outputLatency || 0);
  }

  get volume() {
    return this.#volume;
  }

  set volume(volume) {
    this.#volume = volume;
    this.#turn();
  }

  get muted() {
    return this.#muted;
  }

  set muted(muted) {
    this.#muted = muted;
    this.#turn();
  }

  /** Begins as soon as the sound is there. Rejects as an audio element where the browser does not allow it. */
  async play() {
    this.paused = false;
    this.#tell("play");
    const { src } = this;
    this.#context ??= new AudioContext();
    const allowed = this.#context.resume();
    if (!this.#buffer) {
      try {
        const fetching = (this.#fetching ??= this.#fetched(src));
        this.#buffer = await fetching;
      } catch {
        if (src === this.#src) this.#fail();
        return;
      } finally {
        if (src === this.#src) this.#fetching = null;
      }
    }
    await allowed;
    if (this.paused || src !== this.#src || this.#source) return;
    this.#begin();
    for (const type of ["durationchange", "playing"]) this.#tell(type);
    clearInterval(this.#telling);
    this.#telling = setInterval(() => this.#tell("timeupdate"), TELL_EVERY);
  }

  pause() {
    if (this.paused) return;
    this.#from = this.currentTime;
    this.#stop();
    this.paused = true;
    this.#tell("pause");
  }

  /** @param {string} when "auto": fetches the sound before anybody plays it */
  set preload(when) {
    if (when !== "auto" || this.#buffer) return;
    this.#context ??= new AudioContext();
    this.#fetching ??= this.#fetched(this.#src);
    this.#fetching.then((buffer) => { this.#buffer ??= buffer; }, () => {}); // what fails is said by play
  }

  /** Once more, after an error. */
  load() {
    this.error = null;
  }

  /** @param {string} name */
  removeAttribute(name) {
    if (name === "src") this.src = "";
  }

  get #end() {
    return this.loop.start + this.loop.length;
  }

  /** @param {string} src @returns {Promise<AudioBuffer>} */
  async #fetched(src) {
    const response = await fetch(src);
    if (!response.ok) throw new Error(String(response.status));
    const buffer = await this.#context.decodeAudioData(await response.arrayBuffer());
    if (src !== this.#src) throw new Error("another one is wanted");
    return buffer;
  }

  #begin() {
    this.#source?.stop();
    this.#source?.disconnect();
    this.#gain ??= this.#connected();
    const { start } = this.loop;
    this.#source = new AudioBufferSourceNode(this.#context, { buffer: this.#buffer, loop: true, loopStart: start, loopEnd: this.#end });
    this.#source.connect(this.#gain);
    this.#from = Math.min(this.#from, this.#end);
    this.#source.start(0, this.#from);
    this.#since = this.#context.currentTime;
  }

  #connected() {
    const gain = new GainNode(this.#context);
    gain.connect(this.#context.destination);
    this.#gain = gain;
    this.#turn();
    return gain;
  }

  #turn() {
    if (this.#gain) this.#gain.gain.value = this.#muted ? 0 : this.#volume;
    this.#tell("volumechange");
  }

  #stop() {
    clearInterval(this.#telling);
    this.#source?.stop();
    this.#source?.disconnect();
    this.#source = null;
  }

  #fail() {
    this.#stop();
    this.error = { code: BROKEN };
    this.paused = true;
    this.#tell("error");
  }

  /** @param {string} type */
  #tell(type) {
    this.dispatchEvent(new Event(type));
  }
}
