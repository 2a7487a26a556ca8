/** The page without a network: what is kept on the device, to be played. */
import { canKeep, keptTracks } from "./modules/kept_tracks.js";

const place = /** @type {HTMLElement} */ (document.querySelector("[data-kept-tracks]"));
const tracks = canKeep() ? await keptTracks() : [];
for (const { title, src } of tracks) {
  const row = place.querySelector("template").content.firstElementChild.cloneNode(true);
  row.querySelector("strong").textContent = title;
  row.querySelector("audio").src = src;
  row.querySelector("audio").setAttribute("aria-label", title);
  place.querySelector("ol").append(row);
}
place.hidden = !tracks.length;
document.addEventListener("play", ({ target }) => {
  for (const audio of document.querySelectorAll("audio")) if (audio !== target) audio.pause();
}, true);
