/** What only the pages need on which a track is changed in parts, or its versions are compared: fetched with the first of them. */
import { arrangementPage } from "./arrangement.js";
import { chordFields } from "./chords.js";
import { comparedVersions } from "./compare_versions.js";
import { energyCurve, showEnergy } from "./energy_curve.js";
import { whenShown } from "./sharing.js";

arrangementPage();
chordFields();
comparedVersions();
energyCurve();
whenShown(() => {
  for (const row of document.querySelectorAll("[data-energy]:not([data-drawn])")) showEnergy(/** @type {HTMLElement} */ (row));
  for (const roll of document.querySelectorAll("[data-note-roll]:not([role=application])")) drawNotes(/** @type {HTMLElement} */ (roll));
});
// An answer to what was sent keeps the place: what it says above is not left out of sight.
document.addEventListener("htmx:afterSwap", ({ target }) => {
  const answered = /** @type {Element} */ (target);
  if (answered.matches("#page, #desk")) answered.querySelector(".desk > .faster, .desk > .edit-errors")?.scrollIntoView({ block: "nearest" });
});

/** What draws notes is fetched by whoever asks for some. @param {HTMLElement} roll */
async function drawNotes(roll) {
  (await import("./note_roll.js")).enableNoteRoll(roll);
}
