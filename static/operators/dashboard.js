const LONGEST_WAIT = 60; // seconds between two tries while the site does not answer

/**
 * Keeps the operators' dashboard up to date: exchanges what has changed, and leaves alone where somebody is, what they
 * have opened and what they have marked. Rests in a hidden tab, and while the box is not ticked.
 */
const live = document.querySelector("#live");
const box = document.querySelector("#updating input");
const status = document.querySelector("#updating [role=status]");
const pause = Number(live.dataset.seconds);
let timer = 0;
let failures = 0;

document.querySelector("#updating").hidden = false;
box.addEventListener("change", () => (box.checked ? refresh() : clearTimeout(timer)));
document.addEventListener("visibilitychange", () => document.hidden || refresh());
plan(pause);

/** @param {number} seconds */
function plan(seconds) {
  clearTimeout(timer);
  timer = setTimeout(refresh, seconds * 1000);
}

async function refresh() {
  clearTimeout(timer);
  if (document.hidden || !box.checked) return;
  const part = await load();
  if (part) {
    failures = 0;
    exchange(part);
  }
  say(part ? "" : part === null ? status.dataset.signedOut : status.dataset.trouble);
  if (part !== null) plan(part ? pause : Math.min(pause * 2 ** failures++, LONGEST_WAIT));
}

/** @returns {Promise<DocumentFragment|null|undefined>} null: signed out; undefined: not to be had now */
async function load() {
  try {
    const response = await fetch(live.dataset.address, { redirect: "manual", signal: AbortSignal.timeout(10_000) });
    if (response.type === "opaqueredirect" || response.status === 403) return null;
    if (!response.ok) return undefined;
    const holder = document.createElement("template");
    holder.innerHTML = await response.text();
    return holder.content;
  } catch {
    return undefined;
  }
}

/** @param {DocumentFragment} part */
function exchange(part) {
  for (const fresh of part.querySelectorAll("[id]")) {
    const old = document.getElementById(fresh.id);
    const opened = old?.querySelector("details")?.open;
    if (opened) fresh.querySelector("details").open = true;
    if (!old || old.isEqualNode(fresh) || marked(old)) continue;
    const here = old.contains(document.activeElement) ? document.activeElement : null;
    old.replaceWith(fresh);
    if (here) stay(fresh, here);
  }
}

/** @param {Element} part */
function marked(part) {
  const selection = getSelection();
  return selection && !selection.isCollapsed && selection.containsNode(part, true);
}

/** @param {HTMLElement} part @param {Element} before what had the focus in what was there before */
function stay(part, before) {
  const same = before.matches("summary")
    ? part.querySelector("summary")
    : part.querySelector(`a[href="${CSS.escape(before.getAttribute("href") ?? "")}"]`);
  (same ?? part).focus({ preventScroll: true });
}

/** @param {string} text announced only when it changes */
function say(text) {
  if (status.textContent !== text) status.textContent = text;
}
