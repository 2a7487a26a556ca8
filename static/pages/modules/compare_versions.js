/** Two versions of a track: whichever is started while the other plays goes on where that one is, in its own time. */

export function comparedVersions() {
  document.addEventListener("play", ({ target }) => {
    const other = otherOf(/** @type {HTMLAudioElement} */ (target));
    if (other && !other.paused) goOver(other, /** @type {HTMLAudioElement} */ (target));
  }, true);
  for (const type of ["play", "pause"]) document.addEventListener(type, ({ target }) => showSwitch(/** @type {Element} */ (target)), true);
  document.addEventListener("click", ({ target }) => {
    const button = /** @type {Element} */ (target).closest("[data-compare-switch]");
    const playing = button && soundsOf(button).find((sound) => !sound.paused);
    if (playing) otherOf(playing).play().catch(() => {});
  });
}

/** The first goes on until the second is heard. @param {HTMLAudioElement} from @param {HTMLAudioElement} to */
function goOver(from, to) {
  to.volume = from.volume;
  to.currentTime = samePlace(from, to);
  to.addEventListener("playing", () => from.pause(), { once: true });
}

/** @param {HTMLAudioElement} from @param {HTMLAudioElement} to @returns {number} seconds in the second, at the same place of the same section */
export function samePlace(from, to) {
  const [before, after] = [placesOf(from), placesOf(to)];
  const same = before.length === after.length;
  const [here, there] = same ? [before, after] : [[0, before.at(-1)], [0, after.at(-1)]];
  const at = Math.max(0, here.findLastIndex((second, index) => second <= from.currentTime && index < here.length - 1));
  const share = (from.currentTime - here[at]) / (here[at + 1] - here[at] || 1);
  return there[at] + Math.min(1, share) * (there[at + 1] - there[at]);
}

/** @param {HTMLAudioElement} sound @returns {number[]} seconds */
const placesOf = (sound) => sound.dataset.places.split(" ").map(Number);

/** @param {Element} part @returns {HTMLAudioElement[]} */
const soundsOf = (part) => [...(part.closest("[data-compare]")?.querySelectorAll("audio") ?? [])];

/** @param {HTMLAudioElement} sound @returns {HTMLAudioElement|undefined} */
const otherOf = (sound) => soundsOf(sound).find((other) => other !== sound);

/** @param {Element} part */
function showSwitch(part) {
  const button = part.closest("[data-compare]")?.querySelector("[data-compare-switch]");
  if (button) button.hidden = !soundsOf(part).some((sound) => !sound.paused);
}
