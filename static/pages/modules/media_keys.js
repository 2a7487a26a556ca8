/** @import { Player } from "./player.js" */

const STEP = 10; // seconds

/**
 * The keys of keyboards, headphones and lock screens, and what a lock screen shows.
 * @param {Player} player @param {string} picture address of one for the lock screen
 */
export function mediaKeys(player, picture) {
  const session = navigator.mediaSession;
  if (!session) return;
  /** @type {Record<string, (details: MediaSessionActionDetails) => void>} */
  const actions = {
    play: () => player.resume(),
    pause: () => player.pause(),
    stop: () => player.pause(),
    previoustrack: () => player.previous(),
    nexttrack: () => player.next(),
    seekbackward: ({ seekOffset }) => player.seek(player.time - (seekOffset || STEP)),
    seekforward: ({ seekOffset }) => player.seek(player.time + (seekOffset || STEP)),
    seekto: ({ seekTime }) => player.seek(seekTime),
  };
  for (const [name, act] of Object.entries(actions)) {
    try {
      session.setActionHandler(/** @type {MediaSessionAction} */ (name), act);
    } catch {
      // a browser that does not know this key
    }
  }
  let shown = "";
  player.addEventListener("change", () => {
    const { track } = player;
    session.playbackState = track ? (player.playing ? "playing" : "paused") : "none";
    if (!track) session.metadata = null;
    else if (track.id + track.title !== shown) {
      session.metadata = new MediaMetadata({ title: track.title, artist: "Musicsite", artwork: [{ src: picture }] });
    }
    shown = track ? track.id + track.title : "";
    place();
  });
  player.addEventListener("time", place);

  function place() {
    const { length, time } = player;
    if (length && time <= length) session.setPositionState?.({ duration: length, position: time, playbackRate: 1 });
  }
}
