const MOST_IN_SCALE = 20; // sections of a track that are drawn as wide as they are long

/** Buttons [data-copy=<id of a field>] copy what the field holds. */
export function copying() {
  document.addEventListener("click", async ({ target }) => {
    const button = /** @type {HTMLElement} */ (target).closest("[data-copy]");
    if (!button) return;
    const field = /** @type {HTMLInputElement} */ (document.getElementById(button.dataset.copy));
    try {
      await navigator.clipboard.writeText(field.value);
      button.querySelector("span").textContent = button.dataset.copied;
    } catch {
      field.select(); // to be copied by hand
    }
  });
  whenShown(() => {
    for (const button of document.querySelectorAll("[data-copy][hidden]")) button.hidden = false;
  });
}

/** A shared track has a player of its own: a click on the picture of its sound or on a section goes there. */
export function sharedPlayer() {
  document.addEventListener("click", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    const audio = target.closest("[data-shared]")?.querySelector("audio");
    if (!audio) return;
    const section = /** @type {HTMLElement|null} */ (target.closest("[data-seek]"));
    const wave = target.closest("[data-seek-wave]");
    if (section) playFrom(audio, Number(section.dataset.seek));
    else if (wave) {
      const { left, width } = wave.getBoundingClientRect();
      playFrom(audio, ((event.clientX - left) / width) * lengthOf(audio));
    }
  });
  document.addEventListener("timeupdate", ({ target }) => {
    const played = /** @type {HTMLElement|null} */ (target.closest("[data-shared]")?.querySelector(".wave-played"));
    if (played && lengthOf(target)) played.style.setProperty("--played", `${(100 * target.currentTime) / lengthOf(target)}%`);
  }, true);
}

/** The tracks of a shared playlist, one after the other. */
export function sharedList() {
  document.addEventListener("ended", ({ target }) => {
    const players = [.../** @type {HTMLElement} */ (target).closest("[data-shared-list]")?.querySelectorAll("audio") ?? []];
    players[players.indexOf(target) + 1]?.play().catch(() => {});
  }, true);
}

/** In [data-one-plays] the player that was started last is the only one that plays. */
export function onePlays() {
  document.addEventListener("play", ({ target }) => {
    const players = /** @type {HTMLElement} */ (target).closest("[data-one-plays]")?.querySelectorAll("audio") ?? [];
    for (const other of players) if (other !== target) other.pause();
  }, true);
}

/** A link may say where to begin: #t=30, or #t=1:30. */
export function beginAt() {
  const [, minutes, seconds] = /^#t=(?:(\d{1,3}):)?(\d{1,5})$/.exec(location.hash) ?? [];
  const audio = /** @type {HTMLAudioElement|null} */ (document.querySelector("[data-shared] audio"));
  if (audio && seconds) audio.currentTime = 60 * Number(minutes ?? 0) + Number(seconds);
}

/** @param {HTMLAudioElement} audio @param {number} seconds */
function playFrom(audio, seconds) {
  audio.currentTime = seconds; // before anything is loaded this is where it will begin
  audio.play().catch(() => {}); // the player itself shows what is wrong
}

/** @param {HTMLAudioElement} audio @returns {number} seconds */
const lengthOf = (audio) => audio.duration || Number(audio.dataset.length) || 0;

/** Dark or light at once; the server remembers it for this browser. */
export function themes() {
  document.addEventListener("submit", (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (!form.matches(".theme-switch")) return;
    event.preventDefault();
    const { name, value } = /** @type {HTMLButtonElement} */ (event.submitter);
    const body = new FormData(form);
    body.set(name, value);
    const { theme } = document.documentElement.dataset;
    const putBack = () => { if (theme) document.documentElement.dataset.theme = theme; else delete document.documentElement.dataset.theme; };
    document.documentElement.dataset.theme = value;
    const shown = () => [...form.querySelectorAll("button")].find((button) => button.checkVisibility());
    shown()?.focus();
    fetch(form.action, { method: "POST", body, redirect: "manual", keepalive: true }) // sent though the page is left
      .then(({ type }) => type === "opaqueredirect" || putBack())
      .catch(putBack);
  });
}

/** Sections of a track as wide as they are long; those of which one would be hard to hit stay in rows. */
export function inScale() {
  whenShown(() => {
    for (const list of document.querySelectorAll(".sections:not(.in-scale)")) {
      if (list.children.length > MOST_IN_SCALE) continue;
      for (const section of list.querySelectorAll("[data-grow]")) section.style.flex = `${section.dataset.grow} 1 0`;
      list.classList.add("in-scale");
    }
  });
}

/** Now, and after each change of page or of a part of it. @param {() => void} prepare */
export function whenShown(prepare) {
  prepare();
  document.addEventListener("htmx:load", prepare);
}

/** What few pages need is fetched by the first of them that is shown. @param {string} selector of what it is for @param {() => Promise<unknown>} enable */
export function whereThereIs(selector, enable) {
  let enabled = false;
  whenShown(() => {
    if (enabled || !document.querySelector(selector)) return;
    enabled = true;
    enable().catch(() => { enabled = false; }); // no network: the next page tries again
  });
}
