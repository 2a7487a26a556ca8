/**
 * Changing the page without leaving it: htmx fetches the next one and puts its #page in the place of this one, so that the
 * audio element beside it goes on playing. Whatever is no page of this release for this person is loaded whole.
 */

// What is loaded as it always was: files, other applications, what signs somebody in or out, forms that a script sends.
const WHOLE = [
  "a[download]", "a[href^='/admin/']", "a[href^='/api/']", "form[action^='/accounts/']", "form[action^='/admin/']",
  "form[data-quiet]", "a[data-prompt]", "[data-whole]",
].join();

const SENT = "form[method=post]"; // once at a time

/** @typedef {{shown: () => void, found: (part: Element) => void, added: (node: Element) => void, failed: () => void}} Listener */

/**
 * @param {Listener} listener shown: another page is there; found: a part of it, which was asked for; added: something came into this one; failed: a page was not to
 * be had, and this one stays
 */
export function enableNavigation({ shown, found, added, failed }) {
  const { htmx } = /** @type {any} */ (globalThis);
  if (!htmx) return; // links load their pages whole, and the player offers to go on
  const release = document.querySelector("script[data-release]").getAttribute("src");
  const owner = page().dataset.owner;
  /** @type {Map<string, number>} how far down each page was left */
  const left = new Map();
  let here = address();
  let back = false;
  history.scrollRestoration = "manual";
  addEventListener("pagehide", () => { history.scrollRestoration = "auto"; });
  addEventListener("pageshow", () => { history.scrollRestoration = "manual"; });

  on("beforeProcessNode", ({ target }) => {
    if (/** @type {Element} */ (target).matches(WHOLE)) /** @type {Element} */ (target).setAttribute("hx-boost", "false");
  });
  on("confirm", (event) => {
    const { elt } = event.detail;
    if (elt.matches("form[aria-busy]")) event.preventDefault(); // it is on its way already
  });
  on("beforeRequest", ({ detail }) => { if (detail.elt.matches(SENT)) detail.elt.ariaBusy = "true"; });
  on("afterRequest", ({ detail }) => { if (detail.elt.matches(SENT)) detail.elt.ariaBusy = null; });
  for (const type of ["sendError", "timeout"]) on(type, failed);

  on("beforeSwap", ({ detail }) => {
    const { xhr, serverResponse } = detail;
    const ours = serverResponse.includes(`src="${release}"`) && serverResponse.includes(`data-owner="${owner}"`);
    if (ours) {
      if (detail.target !== page()) return;
      left.set(here, scrollY);
      document.documentElement.lang = /<html lang="([\w-]+)"/.exec(serverResponse)?.[1] ?? document.documentElement.lang;
      return;
    }
    detail.shouldSwap = false;
    if (xhr.status < 400) location.assign(xhr.responseURL || location.href);
    else if (xhr.status === 403) location.reload(); // somebody else has signed in, or nobody is
    else failed();
  });
  on("afterSwap", ({ target }) => {
    here = address();
    if (target !== page()) return found(target);
    shown();
    if (back) scrollTo(0, left.get(here) ?? 0);
    back = false;
    if (document.activeElement === document.body) document.getElementById("main").focus({ preventScroll: true });
  });
  on("historyCacheMiss", (event) => {
    event.preventDefault(); // ours goes the way of all pages
    back = true;
    htmx.ajax("GET", address(), { target: "#page", select: "#page", swap: "outerHTML" }).catch(() => { back = false; });
  });

  new MutationObserver((changes) => {
    for (const node of changes.flatMap(({ addedNodes }) => [...addedNodes])) {
      if (!(node instanceof Element) || !node.isConnected || node === page()) continue;
      htmx.process(node);
      added(node);
    }
  }).observe(document.body, { childList: true, subtree: true });
}

/** Go to a page of this site, as a click on a link would. @param {string} url */
export function visit(url) {
  const link = document.createElement("a");
  link.href = url;
  link.hidden = true;
  page().append(link);
  /** @type {any} */ (globalThis).htmx?.process(link);
  link.click();
}

/** @returns {HTMLElement} */
const page = () => document.getElementById("page");
const address = () => location.pathname + location.search;

/** @param {string} type @param {(event: any) => void} listener */
function on(type, listener) {
  document.addEventListener(`htmx:${type}`, listener);
}
