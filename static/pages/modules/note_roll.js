/**
 * The piano roll of the page on which a track is changed in parts. The server draws it; here its notes are drawn, moved,
 * lengthened, made louder and deleted, by mouse, by touch and by keys. What is in it stands in the text field, which is what is sent.
 */
/** @import { Note } from "./note_text.js" */
import { inBeats, nameOf, readNotes, writeNotes } from "./note_text.js";

const SVG = "http://www.w3.org/2000/svg";
const STROKE = 6; // pixels
const EDGE = 10; // pixels from a note's end in which it is lengthened
const SHORTEST = 0.05; // beats
const NEAR = 24; // pixels from its stroke in which a note's velocity is taken
const AT_TOP = 16; // pixels from the stroke's end in which a finger takes it: elsewhere it moves the page
const LOUDEST = 127;
const LOUDER = 8; // of 127, with each key
const OVER = 3000; // milliseconds without a tap, after which another rhythm begins

/** What the server says of its picture. @typedef {{beats: number, bar: number, low: number, high: number, bpm: number, beat: number, lane: number, strokes: number, names: string[], chords: [number, string][], words: Record<string, string>}} Facts */

/** A note that is held by the pointer: as it was, and where it was taken. @typedef {{note: Note, before: Note, x: number, y: number, stretches: boolean}} Held */

class NoteRoll {
  /** @type {Note[]} */
  #notes;
  /** @type {Note|null} */
  #selected = null;
  /** @type {Held|null} */
  #held = null;
  #isStriking = false; // the pointer sets how loud the selected note is
  #cursor = { beat: 0, pitch: 60 };
  #isDrawing = false;
  /** @type {{first: number, latest: number, from: number, notes: Note[]}|null} the rhythm that is tapped */
  #taps = null;

  /** @param {HTMLElement} roll */
  constructor(roll) {
    /** @type {Facts} */
    this.facts = JSON.parse(roll.dataset.noteRoll);
    this.roll = roll;
    this.panel = roll.closest("section");
    this.lanes = roll.querySelector(".note-lanes");
    this.place = roll.querySelector("[data-notes]");
    this.strokes = roll.querySelector(".note-strokes");
    this.text = this.panel.querySelector("textarea");
    this.snap = this.panel.querySelector("[data-snap]");
    this.said = this.panel.querySelector("[data-note-said]");
    this.#notes = readNotes(this.text.value);
    const [first] = this.#notes;
    if (first) this.#cursor = { beat: first.start, pitch: first.pitch };
    else this.#cursor.pitch = Math.round((this.facts.low + this.facts.high) / 2);
    this.#enable();
    this.#draw();
    roll.scrollTop = this.#y(this.#cursor.pitch) - roll.clientHeight / 2;
  }

  #enable() {
    const { roll, panel, lanes, strokes } = this;
    for (const part of panel.querySelectorAll("[data-note-tools], [data-note-help]")) part.hidden = false;
    const text = panel.querySelector("[data-note-text]");
    text.open = Boolean(text.querySelector(".errors"));
    roll.setAttribute("role", "application");
    roll.setAttribute("aria-describedby", "note-help");
    roll.addEventListener("keydown", (event) => this.#key(event));
    roll.addEventListener("focus", () => this.#say());
    lanes.addEventListener("pointerdown", (event) => this.#take(event));
    lanes.addEventListener("pointermove", (event) => this.#drag(event));
    for (const type of ["pointerup", "pointercancel"]) lanes.addEventListener(type, () => this.#let());
    strokes.addEventListener("pointerdown", (event) => this.#beginStroke(event));
    strokes.addEventListener("touchstart", (event) => { if (this.#struckAt(event.touches[0], true)) event.preventDefault(); }, { passive: false });
    strokes.addEventListener("pointermove", (event) => this.#isStriking && this.#strike(event));
    for (const type of ["pointerup", "pointercancel"]) strokes.addEventListener(type, () => this.#endStroke());
    lanes.addEventListener("click", (event) => this.#tap(event));
    lanes.addEventListener("dblclick", () => this.#delete());
    lanes.addEventListener("touchstart", (event) => { if (this.#at(event.touches[0])) event.preventDefault(); }, { passive: false });
    panel.addEventListener("click", ({ target, timeStamp }) => this.#press(target.closest("[data-note]")?.dataset.note, timeStamp));
    this.text.addEventListener("input", () => {
      if (this.#isDrawing) return;
      this.#notes = readNotes(this.text.value);
      this.#selected = null;
      this.#draw();
    });
  }

  // -- by pointer

  /** @param {PointerEvent} event */
  #take(event) {
    if (event.button) return;
    const note = this.#at(event);
    if (!note && event.pointerType === "touch") return; // the page is moved by it, or it is a tap
    const { x, y } = this.#inside(event);
    if (note) this.#hold(note, x, y, x > (note.start + note.length) * this.facts.beat - Math.min(EDGE, (note.length * this.facts.beat) / 3));
    else this.#hold(this.#add(this.#beatAt(x), this.#pitchAt(y)), x, y, true);
    this.lanes.setPointerCapture(event.pointerId);
    this.roll.focus({ preventScroll: true });
    event.preventDefault();
  }

  /** @param {Note} note @param {number} x @param {number} y @param {boolean} stretches */
  #hold(note, x, y, stretches) {
    this.#held = { note, before: { ...note }, x, y, stretches };
    this.#select(note);
  }

  /** @param {PointerEvent} event */
  #drag(event) {
    const held = this.#held;
    if (!held) return;
    const { x, y } = this.#inside(event);
    const beats = (x - held.x) / this.facts.beat;
    const { note, before } = held;
    if (held.stretches) note.length = this.#length(this.#onGrid(before.start + before.length + beats) - before.start);
    else {
      note.start = this.#within(this.#onGrid(before.start + beats) || 0);
      note.pitch = this.#playable(before.pitch - Math.round((y - held.y) / this.facts.lane));
    }
    this.#select(note);
  }

  #let() {
    if (!this.#held) return;
    this.#held = null;
    this.#changed();
  }

  /** How loud a note is lies below the lanes: it is drawn up and down. @param {PointerEvent} event */
  #beginStroke(event) {
    const note = this.#struckAt(event, event.pointerType === "touch");
    if (event.button || !note) return;
    this.#isStriking = true;
    this.#select(note);
    this.#strike(event);
    this.strokes.setPointerCapture(event.pointerId);
    this.roll.focus({ preventScroll: true });
    event.preventDefault();
  }

  /** Whose stroke is taken there. @param {{clientX: number, clientY: number}} place @param {boolean} byTouch @returns {Note|undefined} */
  #struckAt(place, byTouch) {
    const x = this.#inside(place).x;
    const away = (/** @type {Note} */ { start }) => Math.abs(start * this.facts.beat - x);
    const isNear = (/** @type {Note} */ note) => away(note) <= NEAR && (!byTouch || Math.abs(this.#height(note) - this.#above(place.clientY)) <= AT_TOP);
    if (this.#selected && isNear(this.#selected)) return this.#selected;
    return this.#notes.filter(isNear).toSorted((one, other) => away(one) - away(other))[0];
  }

  #height = (/** @type {Note} */ note) => Math.round((this.facts.strokes * note.velocity) / LOUDEST); // of its stroke
  #above = (/** @type {number} */ clientY) => this.strokes.getBoundingClientRect().bottom - clientY; // pixels over their feet

  /** @param {PointerEvent} event */
  #strike({ clientY }) {
    this.#selected.velocity = audible((LOUDEST * this.#above(clientY)) / this.facts.strokes);
    this.#draw();
  }

  #endStroke() {
    if (!this.#isStriking) return;
    this.#isStriking = false;
    this.#changed();
  }

  /** A tap on nothing, which no drag has begun. @param {MouseEvent} event */
  #tap(event) {
    if (/** @type {PointerEvent} */ (event).pointerType !== "touch") return;
    const note = this.#at(event);
    const { x, y } = this.#inside(event);
    if (note) return this.#select(note);
    this.#select(this.#add(this.#beatAt(x), this.#pitchAt(y)));
    this.#changed();
  }

  // -- by keys and buttons

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const step = this.#step;
    const [beats, pitches] = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, 1], ArrowDown: [0, -1], PageUp: [0, 12], PageDown: [0, -12] }[event.key] ?? [];
    if (beats !== undefined) this.#go(beats, pitches, event.shiftKey);
    else if (event.key === "Home" || event.key === "End") this.#find(event.key === "Home" ? this.#notes[0] : this.#notes.at(-1));
    else if (event.code === "KeyN") this.#find(this.#notes.find(({ start }) => start > this.#cursor.beat + 1e-6));
    else if (event.code === "KeyP") this.#find(this.#notes.findLast(({ start }) => start < this.#cursor.beat - 1e-6));
    else if (event.key === "Enter" || event.key === " ") this.#press("add");
    else if (event.key === "Delete" || event.key === "Backspace") this.#press("delete");
    else if (event.key === "+" || event.key === "=") this.#press("longer");
    else if (event.key === "-") this.#press("shorter");
    else if (event.code === "KeyL") this.#press("louder");
    else if (event.code === "KeyS") this.#press("softer");
    else return;
    event.preventDefault();
  }

  /** @param {string|undefined} what @param {number} [time] milliseconds */
  #press(what, time = 0) {
    if (!what) return;
    if (what === "tap") return this.#tapped(time);
    if (what === "delete") return this.#delete();
    if (what === "add") {
      if (!this.#selected) this.#select(this.#add(this.#cursor.beat, this.#cursor.pitch));
    } else if (!this.#selected) return this.#tell(this.facts.words.none);
    else if (what === "louder" || what === "softer") {
      this.#selected.velocity = audible(this.#selected.velocity + (what === "louder" ? LOUDER : -LOUDER));
    } else {
      this.#selected.length = this.#length(this.#selected.length + (what === "longer" ? this.#step : -this.#step));
      this.#select(this.#selected);
    }
    this.#changed();
  }

  /** A rhythm is tapped from the cursor on, on its pitch: each note lasts until the next. @param {number} time */
  #tapped(time) {
    const { bpm, bar } = this.facts;
    const last = this.#taps?.notes.at(-1);
    if (!last || time - this.#taps.latest > OVER) this.#taps = { first: time, latest: time, from: this.#cursor.beat, notes: [] };
    const beat = this.#taps.from + this.#onGrid(((time - this.#taps.first) / 60000) * bpm);
    this.#taps.latest = time;
    if (beat >= this.facts.beats) return;
    if (last && this.#taps.notes.length) last.length = Math.max(SHORTEST, Math.min(beat - last.start, bar));
    const note = this.#add(beat, this.#cursor.pitch);
    this.#taps.notes.push(note);
    this.#select(note);
    this.#changed();
  }

  /** Move the cursor, or with it the note that is there. @param {number} beats @param {number} pitches @param {boolean} carries */
  #go(beats, pitches, carries) {
    const note = carries ? this.#selected : null;
    const beat = this.#within(this.#onGrid(this.#cursor.beat + beats));
    const pitch = this.#playable(this.#cursor.pitch + pitches);
    if (note) {
      Object.assign(note, { start: beat, pitch });
      this.#select(note);
      return this.#changed();
    }
    this.#cursor = { beat, pitch };
    this.#selected = this.#notes.find((other) => other.pitch === pitch && other.start <= beat + 1e-6 && beat < other.start + other.length - 1e-6) ?? null;
    this.#draw();
    this.#say();
  }

  /** @param {Note|undefined} note */
  #find(note) {
    if (!note) return this.#tell(this.facts.words.none);
    this.#select(note);
    this.#say();
  }

  #delete() {
    if (!this.#selected) return this.#tell(this.facts.words.none);
    const text = `${this.#words(this.#selected)}: ${this.facts.words.deleted}`;
    this.#notes = this.#notes.filter((note) => note !== this.#selected);
    this.#selected = null;
    this.#changed(text);
  }

  // -- notes

  /** @param {number} beat @param {number} pitch @returns {Note} */
  #add(beat, pitch) {
    const note = { start: beat, length: Math.max(this.#step, SHORTEST), pitch, velocity: 88 };
    this.#notes = [...this.#notes.filter(({ start, pitch: other }) => start !== beat || other !== pitch), note];
    return note;
  }

  /** @param {Note} note */
  #select(note) {
    this.#selected = note;
    this.#cursor = { beat: note.start, pitch: note.pitch };
    this.#draw();
  }

  /** They are in the text, and the page knows of it. @param {string} [text] to say instead of the note */
  #changed(text) {
    this.#notes.sort((one, other) => one.start - other.start || one.pitch - other.pitch);
    this.text.value = writeNotes(this.#notes, this.facts.bar, this.facts.names);
    this.#isDrawing = true;
    for (const type of ["input", "change"]) this.text.dispatchEvent(new Event(type, { bubbles: true })); // it is heard, too
    this.#isDrawing = false;
    this.#draw();
    if (text) this.#tell(text);
    else this.#say();
  }

  get #step() {
    return Number(this.snap.value);
  }

  /** @param {number} beat */
  #onGrid(beat) {
    return Math.round(beat / this.#step) * this.#step;
  }

  /** @param {number} beat */
  #within(beat) {
    return Math.round(Math.max(0, Math.min(beat, this.facts.beats - Math.max(this.#step, SHORTEST))) * 1e4) / 1e4;
  }

  /** @param {number} beats */
  #length(beats) {
    return Math.max(SHORTEST, Math.min(Math.round(beats * 1e4) / 1e4 || this.#step, 64));
  }

  /** @param {number} pitch */
  #playable(pitch) {
    return Math.max(this.facts.low, Math.min(pitch, this.facts.high));
  }

  /** @param {{clientX: number, clientY: number}} event */
  #inside({ clientX, clientY }) {
    const { left, top } = this.lanes.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  }

  /** @param {number} x @returns {number} the beat of the grid before it */
  #beatAt(x) {
    return this.#within(Math.floor(x / this.facts.beat / this.#step + 1e-6) * this.#step);
  }

  /** @param {number} y */
  #pitchAt(y) {
    return this.#playable(this.facts.high - Math.floor(y / this.facts.lane));
  }

  /** @param {number} pitch */
  #y(pitch) {
    return (this.facts.high - pitch) * this.facts.lane;
  }

  /** @param {{clientX: number, clientY: number}} event @returns {Note|undefined} the one that lies there, of several the last drawn */
  #at(event) {
    const { x, y } = this.#inside(event);
    const beat = x / this.facts.beat, pitch = this.facts.high - Math.floor(y / this.facts.lane);
    return this.#notes.findLast((note) => note.pitch === pitch && note.start <= beat && beat <= note.start + Math.max(note.length, 4 / this.facts.beat));
  }

  // -- what is seen and heard of it

  #draw() {
    const { beat, lane } = this.facts;
    const marks = this.#notes.map((note) => rect(note === this.#selected ? "picked" : "", note.start * beat, this.#y(note.pitch) + 1, Math.max(4, note.length * beat - 1), lane - 2));
    if (!this.#selected) marks.push(rect("note-cursor", this.#cursor.beat * beat, this.#y(this.#cursor.pitch), Math.max(6, this.#step * beat), lane));
    this.place.replaceChildren(...marks);
    this.strokes.replaceChildren(...this.#notes.map((note) => this.#stroke(note)));
    if (!this.#held && !this.#isStriking) this.#follow();
  }

  /** @param {Note} note */
  #stroke(note) {
    const height = this.#height(note);
    return rect(note === this.#selected ? "picked" : "", note.start * this.facts.beat, this.facts.strokes - height, STROKE, height);
  }

  /** The roll shows where the cursor is. */
  #follow() {
    const { roll } = this;
    const x = this.#cursor.beat * this.facts.beat;
    const y = this.#y(this.#cursor.pitch);
    const [width, height] = [roll.clientWidth - 60, roll.clientHeight - 40];
    if (x < roll.scrollLeft || x > roll.scrollLeft + width) roll.scrollLeft = x - width / 2;
    if (y < roll.scrollTop || y > roll.scrollTop + height) roll.scrollTop = y - height / 2;
  }

  /** @param {Note|{start: number, pitch: number, length?: number, velocity?: number}} note */
  #words({ start, pitch, length, velocity }) {
    const { bar, chords, names, words } = this.facts;
    const values = {
      pitch: nameOf(pitch, names),
      bar: Math.floor((start + 1e-6) / bar) + 1,
      beat: inBeats((start % bar) + 1),
      length: inBeats(length ?? 0),
      velocity,
      chord: chords.findLast(([from]) => from <= start + 1e-6)?.[1] ?? "",
    };
    return (length ? words.note : words.empty).replace(/\{(\w+)\}/g, (_, name) => values[name]);
  }

  #say() {
    this.#tell(this.#words(this.#selected ?? { start: this.#cursor.beat, pitch: this.#cursor.pitch }));
  }

  /** @param {string} text */
  #tell(text) {
    this.said.textContent = text;
  }
}

/** @param {number} velocity @returns {number} the nearest one that can be heard */
const audible = (velocity) => Math.max(1, Math.min(Math.round(velocity), LOUDEST));

/** @param {string} name @param {number} x @param {number} y @param {number} width @param {number} height */
function rect(name, x, y, width, height) {
  const mark = document.createElementNS(SVG, "rect");
  for (const [attribute, value] of Object.entries({ x, y, width, height, rx: 4, class: name })) if (value !== "") mark.setAttribute(attribute, String(value));
  return mark;
}

/** @param {HTMLElement} roll */
export function enableNoteRoll(roll) {
  if (roll.getAttribute("role") !== "application") new NoteRoll(roll);
}
