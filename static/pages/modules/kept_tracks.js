/**
 * The tracks played last, kept by the browser so that they play without a network: only where the person has said so. There
 * is a cache of theirs as long as they want that; it goes when they switch it off, when they log out, and when the next page
 * is somebody else's or nobody's. What lies in it is given out by service_worker.js, offline alone.
 */
/** @import { Player } from "./player.js" */
/** @import { Track } from "./types.js" */
const OF = "musicsite-tracks-"; // before the person, in the name of a cache
const MOST = 20; // tracks
const LARGEST = 150e6; // bytes of all of them
const DATED = ["X-Title", "X-Href"]; // headers of ours on what is kept, percent-encoded

/** @typedef {{title: string, href: string, src: string, size: number}} Kept */

/** Whether the browser can: over plain HTTP it does not. */
export const canKeep = () => "caches" in globalThis && "serviceWorker" in navigator;

/** Leave nothing of others. @param {string} owner whoever is signed in; "": nobody */
export async function keepOnlyOf(owner) {
  if (!canKeep()) return;
  for (const name of await caches.keys()) if (name.startsWith(OF) && name !== OF + owner) await caches.delete(name);
}

/** @param {string} owner @param {Player} player whose tracks are kept while they play, where the owner wants it */
export function keepWhatPlays(owner, player) {
  let last = "";
  player.addEventListener("change", () => {
    const { track, playing } = player;
    if (!playing || !track || track.id === last) return;
    last = track.id;
    keep(owner, { ...track }).catch(() => {}); // no network, or no room: it is not kept
  });
  document.addEventListener("submit", ({ target, submitter }) => {
    for (const id of deletedBy(/** @type {HTMLFormElement} */ (target), submitter)) forget(owner, `/tracks/${id}/audio`);
  });
}

/** @param {HTMLFormElement} form that is sent @param {any} button @returns {FormDataEntryValue[]} the tracks that go with it */
function deletedBy(form, button) {
  if (form.id === "chosen") return button?.value === "delete" ? new FormData(form).getAll("track") : [];
  return /\/tracks\/([\w-]+)\/(?:delete|purge)$/.exec(form.action)?.slice(1) ?? [];
}

/** @param {string} owner @returns {Promise<boolean>} */
export const isKeeping = (owner) => caches.has(OF + owner);

/** @param {string} owner @param {boolean} on whether the tracks that are played are kept from now on; false: none is any more */
export async function setKeeping(owner, on) {
  if (on) await caches.open(OF + owner);
  else await caches.delete(OF + owner);
}

/** @returns {Promise<Kept[]>} the latest first */
export async function keptTracks() {
  const kept = [];
  for (const name of await caches.keys()) {
    if (!name.startsWith(OF)) continue;
    const cache = await caches.open(name);
    for (const { url } of await cache.keys()) {
      const { headers } = await cache.match(url);
      const [title, href] = DATED.map((header) => decodeURIComponent(headers.get(header) ?? ""));
      kept.push({ title, href, src: url, size: Number(headers.get("Content-Length")) });
    }
  }
  return kept.reverse();
}

/** @param {string} owner @param {Track} track */
async function keep(owner, { src, title, href }) {
  if (!canKeep() || !(await isKeeping(owner))) return;
  const cache = await caches.open(OF + owner); // deleted meanwhile, it takes what is put into it with it
  const response = (await cache.match(src)) ?? (await fetch(src));
  if (response.status !== 200) return;
  const body = await response.blob();
  const headers = new Headers({ "Content-Type": body.type, "Content-Length": String(body.size), "Accept-Ranges": "bytes" });
  const etag = response.headers.get("ETag");
  if (etag) headers.set("ETag", etag);
  [title, href].forEach((text, n) => headers.set(DATED[n], encodeURIComponent(text)));
  await cache.delete(src); // and to the end: the first is the one that was played longest ago
  await makeRoom(cache, body.size);
  await cache.put(src, new Response(body, { headers }));
}

/** @param {string} owner @param {string} src of a track that was deleted */
async function forget(owner, src) {
  if (canKeep() && (await isKeeping(owner))) await (await caches.open(OF + owner)).delete(src);
}

/** @param {Cache} cache @param {number} size bytes of what comes */
async function makeRoom(cache, size) {
  const kept = [];
  for (const request of await cache.keys()) kept.push({ request, size: Number((await cache.match(request)).headers.get("Content-Length")) });
  let all = kept.reduce((sum, one) => sum + one.size, size);
  while (kept.length && (kept.length >= MOST || all > LARGEST)) {
    const oldest = kept.shift();
    all -= oldest.size;
    await cache.delete(oldest.request);
  }
}

/** The switch in the settings, [data-keeping] with the owner's key in it. */
export async function keepingSwitch() {
  const place = /** @type {HTMLElement|null} */ (document.querySelector("[data-keeping]"));
  if (!place || !canKeep()) return;
  const owner = place.dataset.keeping;
  const box = place.querySelector("input");
  box.checked = await isKeeping(owner);
  place.hidden = false;
  box.onchange = () => setKeeping(owner, box.checked);
}
