/** @import { FirstState, Status } from "./types.js" */
/** @import { Tabs } from "./tabs.js" */
import { visit } from "./navigation.js";
import { mark } from "./status_view.js";

/** Tells of what has ended while nobody looks: in the title of every tab, and by the system where a person wants that. */
export class Notifications {
  #tabs;
  #unseen = 0;

  /** @param {Tabs} tabs of which the leading one speaks */
  constructor(tabs) {
    this.#tabs = tabs;
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) return;
      this.#unseen = 0;
      this.#badge();
    });
    document.addEventListener("click", ({ target }) => {
      if (/** @type {Element} */ (target).closest("[data-notify]")) this.#ask();
    });
  }

  /** A page is there. @param {FirstState} first */
  attach({ words }) {
    this.words = words;
    this.#offer();
  }

  /** @param {Status} status of a job that has just ended, and was not cancelled */
  ended(status) {
    if (!document.hidden) return;
    this.#unseen += 1;
    this.#badge();
    if (this.#tabs.leading && permission() === "granted") this.#notify(status);
  }

  /** @param {Status} status */
  #notify(status) {
    const title = this.words[status.state === "done" ? "ready" : "failed"].replace("{title}", status.title);
    const body = status.state === "done" ? status.prompt : status.error.message;
    try {
      const notification = new Notification(title, { body, tag: mark(status), icon: document.querySelector("link[rel=icon]").href });
      notification.addEventListener("click", () => {
        notification.close();
        focus();
        visit(status.pageUrl);
      });
    } catch {
      // some phones leave it to applications that were installed
    }
  }

  /** Asked for by a click only, and offered only while there is something to wait for. */
  async #ask() {
    const answer = await Notification.requestPermission();
    document.querySelector("[data-announce]").textContent = this.words[answer === "granted" ? "willNotify" : "willNotNotify"];
    const had = document.activeElement?.matches("[data-notify]");
    this.#offer();
    if (had) document.getElementById("main").focus({ preventScroll: true });
  }

  #offer() {
    document.querySelector("[data-notify]").hidden = permission() !== "default";
  }

  #badge() {
    const title = document.title.replace(/^\(\d+\) /, "");
    document.title = this.#unseen ? `(${this.#unseen}) ${title}` : title;
  }
}

/** @returns {string} "unsupported" where there is no asking */
function permission() {
  const phone = /** @type {any} */ (navigator).userAgentData?.mobile;
  return globalThis.Notification && isSecureContext && !phone ? Notification.permission : "unsupported";
}
