/**
 * Notes as text, as jobs/music/note_text.py has them: "1: C4 1, E4 0.5, - 0.5, 4: G4 1 v96".
 *
 * @typedef {{start: number, length: number, pitch: number, velocity: number}} Note beats from the section's start, MIDI
 */

const USUAL = 88; // velocity
const STEPS = { C: 0, D: 2, E: 4, F: 5, G: 7, A: 9, B: 11 };
const SIGNS = { "#": 1, "♯": 1, b: -1, "♭": -1 };
const NOTE = /^(?:([\d.]+) ?: ?)?(?:([A-G])([#b♯♭]?)(-?\d+)|-)(?: ([\d.]+))?(?: v(\d+))?$/i;

/** @param {string} text @returns {Note[]} without what is no note, of which the server will speak */
export function readNotes(text) {
  const notes = [];
  let now = 0;
  for (const word of text.split(/[,|\n]/)) {
    const [whole, beat, letter, sign, octave, length, velocity] = NOTE.exec(word.trim().replace(/\s+/g, " ")) ?? [];
    if (!whole) continue;
    const note = { start: beat ? Number(beat) - 1 : now, length: Number(length ?? 1), pitch: 0, velocity: Number(velocity ?? USUAL) };
    now = note.start + note.length;
    if (!letter) continue;
    note.pitch = STEPS[letter.toUpperCase()] + (SIGNS[sign] ?? 0) + 12 * (Number(octave) + 1);
    notes.push(note);
  }
  return notes.sort(inOrder);
}

/** @param {Note[]} notes @param {number} bar beats @param {string[]} names of the pitch classes @returns {string} a line for each bar */
export function writeNotes(notes, bar, names) {
  const bars = new Map();
  for (const note of notes.toSorted(inOrder)) {
    const at = Math.floor((note.start + 1e-6) / bar);
    const loud = note.velocity === USUAL ? "" : ` v${note.velocity}`;
    bars.set(at, [...(bars.get(at) ?? []), `${inBeats(note.start + 1)}: ${nameOf(note.pitch, names)} ${inBeats(note.length)}${loud}`]);
  }
  return [...bars.values()].map((words) => words.join(", ")).join("\n") || "-";
}

/** @param {number} pitch @param {string[]} names */
export const nameOf = (pitch, names) => `${names[pitch % 12]}${Math.floor(pitch / 12) - 1}`;

/** @param {number} beats @returns {string} as short as it is exact enough */
export const inBeats = (beats) => String(Math.round(beats * 1e4) / 1e4);

/** @param {Note} one @param {Note} other */
const inOrder = (one, other) => one.start - other.start || one.length - other.length || one.pitch - other.pitch;
