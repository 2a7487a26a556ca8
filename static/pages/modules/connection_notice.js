/** @import { FirstState } from "./types.js" */

/** The line below the header that says what is wrong with the connection, and what is done about it. */
export class ConnectionNotice {
  #why = "";

  /** A page is there, so the server is. @param {FirstState} first */
  attach({ words, urls }) {
    this.words = words;
    this.line = /** @type {HTMLElement} */ (document.querySelector("[data-connection]"));
    this.out = /** @type {HTMLElement} */ (document.querySelector("[data-signed-out]"));
    this.announcer = document.querySelector("[data-announce]");
    this.out.querySelector("a").href = `${urls.login}?next=${encodeURIComponent(location.pathname + location.search)}`;
    this.#why = "";
  }

  /** @param {"offline"|"away"|"busy"} why */
  fails(why) {
    if (this.#why === why) return;
    this.#why = why;
    this.line.querySelector("span").textContent = this.words[why];
    this.line.hidden = false;
    this.announcer.textContent = this.words[why];
  }

  /** @param {boolean} [again] it did not before: that is worth a word */
  works(again = false) {
    if (again && this.#why) this.announcer.textContent = this.words.back;
    this.#why = "";
    this.line.hidden = true;
    this.out.hidden = true;
  }

  signedOut() {
    this.works();
    this.announcer.textContent = this.out.textContent.trim();
    this.out.hidden = false;
  }
}
