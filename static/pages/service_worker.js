/**
 * Answers where there is no network, and never before it was tried: pages by the one offline page, its scripts and styles
 * and the tracks that the person keeps (modules/kept_tracks.js) by what lies in a cache. No other page is ever kept, so
 * that nothing of anybody is left after a log-out. OFFLINE: the address of that page, of this release.
 */
/* global OFFLINE */
const SHELL = "musicsite-offline"; // the cache of the offline page and what it needs
const TRACK = /^\/tracks\/[\w-]+\/audio$/;

addEventListener("install", (event) => event.waitUntil(install().then(() => self.skipWaiting())));
addEventListener("activate", (event) => event.waitUntil(self.registration.navigationPreload?.enable()));
addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate" && request.destination === "document") event.respondWith(page(event));
  else if (TRACK.test(pathname)) event.respondWith(track(request));
  else if (pathname.startsWith("/static/")) event.respondWith(fetch(request).catch(() => ofShell(request.url)));
});

/** The offline page as nobody gets it, and what it names. */
async function install() {
  const cache = await caches.open(SHELL);
  const earlier = await cache.keys();
  const needed = await gather(cache, new URL(OFFLINE, location.origin).href, new Set());
  for (const request of earlier) if (!needed.has(request.url)) await cache.delete(request);
}

/** @param {Cache} cache @param {string} url @param {Set<string>} seen @returns {Promise<Set<string>>} all that was put into it */
async function gather(cache, url, seen) {
  if (seen.has(url)) return seen;
  seen.add(url);
  const response = await fetch(url, { credentials: "omit", cache: "no-cache" });
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  const text = await response.clone().text();
  await cache.put(url, response);
  const type = response.headers.get("Content-Type") ?? "";
  const named = type.includes("html") ? /(?:src|href)="(\/static\/[^"#]+)/g : type.includes("javascript") ? /from\s*"(\.[^"]+)"/g : null;
  for (const [, path] of named ? text.matchAll(named) : []) await gather(cache, new URL(path, url).href, seen);
  return seen;
}

/** @param {FetchEvent} event of going to a page */
async function page({ preloadResponse, request }) {
  try {
    return (await preloadResponse) ?? (await fetch(request));
  } catch {
    return ofShell(new URL(OFFLINE, location.origin).href);
  }
}

/** @param {string} url @returns {Promise<Response>} */
async function ofShell(url) {
  return (await (await caches.open(SHELL)).match(url)) ?? Response.error();
}

/** The sound of a track; one that is no longer there for this person is kept no longer. @param {Request} request */
async function track(request) {
  try {
    const response = await fetch(request);
    if (response.status === 404) for (const name of await caches.keys()) await (await caches.open(name)).delete(request.url);
    return response;
  } catch {
    const kept = await caches.match(request.url);
    return kept ? inPart(kept, request.headers.get("Range")) : Response.error();
  }
}

/** @param {Response} whole @param {string|null} range the header @returns {Promise<Response>} the bytes that are asked for */
async function inPart(whole, range) {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(range ?? "") ?? [];
  if (!first && !last) return whole;
  const body = await whole.blob();
  const start = first ? Number(first) : Math.max(0, body.size - Number(last));
  const end = first && last ? Math.min(Number(last), body.size - 1) : body.size - 1;
  const headers = new Headers(whole.headers);
  if (start > end) return new Response(null, { status: 416, headers: { "Content-Range": `bytes */${body.size}` } });
  headers.set("Content-Range", `bytes ${start}-${end}/${body.size}`);
  headers.set("Content-Length", String(end - start + 1));
  return new Response(body.slice(start, end + 1), { status: 206, headers });
}
