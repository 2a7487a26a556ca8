/** @import { Track } from "./types.js" */

/** @param {Track} track @returns {Promise<boolean>} the server is there, and says that the track is not */
export async function isGone({ id, src }) {
  try {
    const { status } = await fetch(src, { method: "HEAD" });
    if (status < 400 || status >= 500 || status === 429) return false;
    const job = await fetch(`/api/music/${id}/status`); // whoever is signed out finds no file either
    return job.ok || job.status === 404;
  } catch {
    return false;
  }
}
