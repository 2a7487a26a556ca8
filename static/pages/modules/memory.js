/**
 * What a browser keeps for the tab or for all of them, as JSON. One that forbids it throws at the mere mention of its
 * storage, another has no room: then the page itself remembers, until it is left.
 */
class Memory {
  #storage;
  /** @type {Map<string, string>} what the browser would not keep */
  #here = new Map();

  /** @param {() => Storage} storage */
  constructor(storage) {
    this.#storage = storage;
  }

  /** @param {string} key @returns {any} null: nothing, or nothing that can be read */
  read(key) {
    try {
      return JSON.parse(this.#here.get(key) ?? this.#storage().getItem(key));
    } catch {
      return null;
    }
  }

  /** @param {string} key @param {unknown} value */
  write(key, value) {
    const text = JSON.stringify(value);
    try {
      this.#storage().setItem(key, text);
      this.#here.delete(key);
    } catch {
      this.#here.set(key, text);
    }
  }

  /** @param {string} key */
  remove(key) {
    this.#here.delete(key);
    try {
      this.#storage().removeItem(key);
    } catch {
      // it was not there
    }
  }
}

export const tabMemory = new Memory(() => sessionStorage);
export const browserMemory = new Memory(() => localStorage);
