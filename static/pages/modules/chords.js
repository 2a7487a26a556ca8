/**
 * While somebody writes chords the server says how it reads them, below the field; a click on one of them sounds.
 *
 *   [data-chords="<key>"]  the field; beside it, around [data-chords-heard], is where the answer goes
 *   [data-pitches]         a chord of the answer: MIDI numbers
 */
const PAUSE = 350; // milliseconds after the last key
const RINGS = 1.4; // seconds

/** @type {AbortController|null} */
let asking = null;
let timer = 0;
/** @type {AudioContext|null} */
let sound = null;

export function chordFields() {
  for (const type of ["input", "focusin"]) {
    document.addEventListener(type, ({ target }) => {
      const field = /** @type {HTMLTextAreaElement} */ (target);
      if (field.matches?.("[data-chords]")) plan(field, type === "input" ? PAUSE : 0);
    });
  }
  document.addEventListener("click", ({ target }) => {
    const chord = /** @type {HTMLElement|null} */ (/** @type {Element} */ (target).closest("[data-pitches]"));
    if (chord) play(chord.dataset.pitches.split(" ").map(Number));
  });
}

/** @param {HTMLTextAreaElement} field @param {number} pause milliseconds */
function plan(field, pause) {
  clearTimeout(timer);
  timer = setTimeout(() => ask(field), pause);
}

/** @param {HTMLTextAreaElement} field */
async function ask(field) {
  asking?.abort();
  asking = new AbortController();
  const query = new URLSearchParams({ text: field.value, key: field.dataset.chords });
  try {
    const response = await fetch(`${field.form.dataset.chordsUrl}?${query}`, { signal: asking.signal });
    if (response.ok) show(field, await response.text());
    else if (response.status === 429) plan(field, 1000 * (Number(response.headers.get("Retry-After")) || 5));
  } catch {
    // the next key asks again, and the form is checked when it is sent
  }
}

/** @param {HTMLTextAreaElement} field @param {string} part */
function show(field, part) {
  const place = field.closest("[data-chords-field]").querySelector("[data-chords-heard]");
  if (place.innerHTML !== part.trim()) place.innerHTML = part.trim();
  field.setAttribute("aria-invalid", String(Boolean(place.querySelector(".chords-wrong"))));
}

/** @param {number[]} pitches */
function play(pitches) {
  sound ??= new AudioContext();
  sound.resume();
  const now = sound.currentTime;
  for (const pitch of pitches) {
    const [voice, loudness] = [sound.createOscillator(), sound.createGain()];
    voice.type = "triangle";
    voice.frequency.value = 440 * 2 ** ((pitch - 69) / 12);
    loudness.gain.setValueAtTime(0, now);
    loudness.gain.linearRampToValueAtTime(0.4 / pitches.length, now + 0.01);
    loudness.gain.exponentialRampToValueAtTime(0.001, now + RINGS);
    voice.connect(loudness).connect(sound.destination);
    voice.start(now);
    voice.stop(now + RINGS);
  }
}
