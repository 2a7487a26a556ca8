/**
 * The tabs that one person has open in one browser. One of them leads, which is the one that asks the server; what it
 * hears it tells the others. The tab that is looked at leads, and where the leader is closed another one follows at once.
 *
 * Events: "lead" · "follow" · "message" (detail: what another tab told).
 */
export class Tabs extends EventTarget {
  leading = false;
  #name;
  /** @type {BroadcastChannel|null} */
  #channel = null;
  /** @type {AbortController|null} of the wish to lead that is open */
  #wish = null;
  /** @type {(() => void)|null} lets another tab lead */
  #release = null;

  /** @param {string} owner whoever is signed in; tabs of somebody else are none of ours */
  constructor(owner) {
    super();
    this.#name = `musicsite-${owner}`;
  }

  start() {
    this.#open();
    addEventListener("pagehide", () => this.#close()); // what stays open would keep the page out of the browser's cache
    addEventListener("pageshow", (event) => event.persisted && this.#open());
  }

  /** @param {object} message */
  tell(message) {
    this.#channel?.postMessage(message);
  }

  /** Take the lead, also from a tab that has it. */
  lead() {
    if (!this.leading) this.#stand(true);
  }

  #open() {
    if (globalThis.BroadcastChannel) {
      this.#channel = new BroadcastChannel(this.#name);
      this.#channel.addEventListener("message", ({ data }) => this.#say("message", data));
    }
    this.#stand(!document.hidden);
  }

  #close() {
    this.#wish?.abort();
    this.#wish = null;
    this.#release?.();
    this.#release = null;
    this.leading = false;
    this.#channel?.close();
    this.#channel = null;
  }

  /** @param {boolean} steal */
  #stand(steal) {
    this.#wish?.abort();
    if (!this.#channel || !navigator.locks) return this.#lead(); // each tab is on its own
    const wish = (this.#wish = new AbortController());
    const options = steal ? { steal } : { signal: wish.signal };
    navigator.locks.request(this.#name, options, () => this.#hold(wish)).catch(() => {
      if (this.#wish !== wish) return;
      this.#follow(); // another tab is looked at now; this one waits in line again
      this.#stand(false);
    });
  }

  /** @param {AbortController} wish @returns {Promise<void>|undefined} as long as it is open, this tab leads */
  #hold(wish) {
    if (wish.signal.aborted) return undefined;
    const held = new Promise((release) => { this.#release = /** @type {() => void} */ (release); });
    this.#lead();
    return /** @type {Promise<void>} */ (held);
  }

  #lead() {
    this.leading = true;
    this.#say("lead");
  }

  #follow() {
    this.leading = false;
    this.#release = null;
    this.#say("follow");
  }

  /** @param {string} type @param {unknown} [detail] */
  #say(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
