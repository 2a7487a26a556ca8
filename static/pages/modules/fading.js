/** One track goes over into the next: both sound for a while, on two audio elements, at the same power all along. */
import { browserMemory } from "./memory.js";

const KEPT = "musicsite-fade";
const STEP = 50; // milliseconds
export const LONGEST = 8; // seconds

/** @returns {number} seconds for which tracks overlap; 0: they do not */
export function fadeSeconds() {
  return Math.min(LONGEST, Math.max(0, Number(browserMemory.read(KEPT)) || 0));
}

/** @param {number} seconds */
export const keepFadeSeconds = (seconds) => browserMemory.write(KEPT, seconds);

/**
 * Fade one element out and another one in.
 * @param {HTMLAudioElement} from @param {HTMLAudioElement} to @param {number} seconds
 * @param {() => number} volume of the player, which may be changed meanwhile
 * @param {() => void} ended is told once, when only the second one is heard
 * @returns {() => void} ends it at once
 */
export function fade(from, to, seconds, volume, ended) {
  const began = performance.now();
  const step = () => {
    const share = Math.min(1, (performance.now() - began) / (1000 * seconds));
    from.volume = volume() * Math.cos((share * Math.PI) / 2);
    to.volume = volume() * Math.sin((share * Math.PI) / 2);
    if (share === 1) end();
  };
  const timer = setInterval(step, STEP);
  const end = () => {
    clearInterval(timer);
    from.pause();
    from.removeAttribute("src");
    from.load();
    to.volume = volume();
    ended();
  };
  step();
  return end;
}
