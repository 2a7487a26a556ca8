/**
 * One section that sounds alone: in a loop or once, and exchanged for a later rendering of it at a bar line.
 *
 * @typedef {object} Facts
 * @property {number} lead seconds of the sound before the section begins
 * @property {number} length seconds of the section; what follows is its ring
 * @property {number} bars of it
 *
 * @typedef {Facts & {section: number, buffer: AudioBuffer, begins: number, followed: boolean, repeats: boolean}} Piece
 *   begins: when its section began, by the clock of the context; followed: what comes after it is set; repeats: itself
 */

const SOON = 0.03; // seconds until something can sound
const AHEAD = 1.5; // seconds before its end that it is set what follows: a tab that is not seen looks once a second
const FADE = 0.012; // seconds, time constant
const TICK = 100; // milliseconds

/** Events: "time" (detail: section, share that was heard) · "ending" (a section that is not looped needs what follows) · "stopped". */
export class SectionSound extends EventTarget {
  loops = true;
  /** @type {AudioContext|null} */
  #context = null;
  /** @type {Piece|null} */
  #now = null;
  /** @type {Piece|null} what #now goes over to */
  #next = null;
  /** @type {GainNode|null} what all of it goes through */
  #out = null;
  /** @type {Map<AudioBufferSourceNode, GainNode>} */
  #sources = new Map();
  #timer = 0;
  #exchangeAt = 0; // when #next begins

  get section() {
    return (this.#next ?? this.#now)?.section ?? -1;
  }

  /** In a click: browsers let nothing sound that nobody has asked for. */
  wake() {
    this.#context ??= new AudioContext();
    if (!this.#out) (this.#out = new GainNode(this.#context)).connect(this.#context.destination);
    this.#context.resume();
  }

  /** @returns {number} seconds since the section began, by what is heard, also after its end */
  get place() {
    return this.#now ? this.#context.currentTime - (this.#context.outputLatency || 0) - this.#now.begins : 0;
  }

  /** Become as loud as that. @param {number} gain 1: as rendered @param {number} [seconds] until then */
  setGain(gain, seconds = 0) {
    const { currentTime } = this.#context;
    this.#out.gain.cancelScheduledValues(currentTime);
    this.#out.gain.setValueAtTime(this.#out.gain.value, currentTime);
    this.#out.gain.linearRampToValueAtTime(gain, currentTime + seconds);
  }

  /** @param {ArrayBuffer} bytes @returns {Promise<AudioBuffer>} */
  decoded(bytes) {
    return this.#context.decodeAudioData(bytes);
  }

  /**
   * @param {number} section @param {AudioBuffer} buffer @param {Facts} facts
   * @param {"now"|"bar"|"end"} when at once; at the next bar line of what sounds; or at its end, over its ring
   */
  play(section, buffer, { lead, length, bars }, when) {
    const soon = this.#context.currentTime + SOON;
    const piece = { section, buffer, lead, length, bars, begins: soon + lead, followed: false, repeats: false };
    const now = this.#next ?? this.#now;
    if (!now || when === "now") {
      this.#fade(soon);
      this.#start(piece, soon, 0);
      this.#now = piece;
      this.#next = null;
    } else {
      const bar = now.length / now.bars;
      const ends = now.repeats ? 2 * now.bars : now.bars; // a repetition that is set is played
      const passed = when === "end" ? ends : Math.max(0, Math.ceil((soon - now.begins) / bar));
      const at = Math.max(soon, now.begins + passed * bar);
      const place = when === "end" || passed >= bars ? 0 : (passed * length) / bars;
      if (when === "bar") this.#fade(at);
      piece.begins = at - place;
      now.followed = true;
      this.#start(piece, at, lead + place);
      this.#next = piece;
      this.#exchangeAt = at;
    }
    this.#timer ||= setInterval(() => this.#tick(), TICK);
  }

  stop() {
    if (this.#context) this.#fade(this.#context.currentTime);
    clearInterval(this.#timer);
    this.#timer = 0;
    this.#now = this.#next = null;
    this.dispatchEvent(new Event("stopped"));
  }

  /** @param {Piece} piece @param {number} at @param {number} offset seconds into the buffer */
  #start({ buffer }, at, offset) {
    const source = new AudioBufferSourceNode(this.#context, { buffer });
    const gain = new GainNode(this.#context);
    source.connect(gain).connect(this.#out);
    source.onended = () => this.#sources.delete(source);
    this.#sources.set(source, gain);
    source.start(at, offset);
  }

  /** Whatever sounds, or will from then on, falls silent. @param {number} at */
  #fade(at) {
    for (const [source, gain] of this.#sources) {
      gain.gain.setTargetAtTime(0, at, FADE);
      source.stop(at + 8 * FADE);
    }
  }

  #tick() {
    const time = this.#context.currentTime;
    if (this.#next && time >= this.#exchangeAt) {
      this.#now = this.#next;
      this.#next = null;
    }
    const now = this.#now;
    const ends = now.begins + now.length;
    if (!now.followed && time > ends - AHEAD && this.loops) {
      this.#start(now, Math.max(ends, time), now.lead);
      now.followed = now.repeats = true;
    }
    if (now.repeats && time >= ends) {
      now.begins = ends;
      now.followed = this.#next !== null;
      now.repeats = false;
    } else if (!this.loops && !this.#next) {
      if (!now.followed) this.dispatchEvent(new Event("ending"));
      if (!this.#sources.size) return this.stop();
    }
    const share = Math.min(1, Math.max(0, (time - now.begins) / now.length));
    this.dispatchEvent(new CustomEvent("time", { detail: { section: now.section, share } }));
  }
}
