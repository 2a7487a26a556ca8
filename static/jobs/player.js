/**
 * Players with a picture of their sound: the part that was heard is coloured, and a click on the picture or on a section
 * goes there. Works for players that come into the page later, too.
 */
export function players() {
  document.addEventListener("click", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    const player = target.closest("[data-player]");
    const audio = player?.querySelector("audio");
    if (!audio) return;
    const section = target.closest("[data-seek]");
    const wave = target.closest("[data-seek-wave]");
    if (section) playFrom(audio, Number(section.dataset.seek));
    else if (wave) {
      const { left, width } = wave.getBoundingClientRect();
      playFrom(audio, ((event.clientX - left) / width) * lengthOf(audio));
    }
  });
  document.addEventListener("timeupdate", ({ target }) => show(/** @type {HTMLAudioElement} */ (target)), true);
}

/** @param {HTMLAudioElement} audio @param {number} seconds */
function playFrom(audio, seconds) {
  audio.currentTime = seconds; // before anything is loaded this is where it will begin
  audio.play().catch(() => {}); // the player itself shows what is wrong
}

/** @param {HTMLAudioElement} audio @returns {number} seconds */
const lengthOf = (audio) => audio.duration || Number(audio.dataset.length) || 0;

/** @param {HTMLAudioElement} audio */
function show(audio) {
  const played = audio.closest("[data-player]")?.querySelector(".wave-played");
  const length = lengthOf(audio);
  if (!played || !length) return;
  played.style.setProperty("--played", `${(100 * audio.currentTime) / length}%`);
  for (const section of audio.closest("[data-player]").querySelectorAll("[data-seek]")) {
    const next = section.parentElement.nextElementSibling?.firstElementChild;
    const until = next ? Number(next.dataset.seek) : Infinity;
    const here = audio.currentTime >= Number(section.dataset.seek) && audio.currentTime < until;
    section.toggleAttribute("data-now", here);
  }
}
