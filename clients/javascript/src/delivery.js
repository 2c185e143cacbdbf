/** @import { AnyEvent, Listeners } from "../types/index.js" */
import { TidingsError } from "./errors.js";

/**
 * Brings each event to its listeners once and in order. An event waits until the listeners of the one before it,
 * promises included, are done; how many may wait, and how many ids are remembered, is bounded.
 */
export class Delivery {
  /** @type {Map<string, Set<(...args: any[]) => unknown>>} */
  #listeners = new Map();
  /** @type {Set<string>} */
  #seen = new Set();
  /** @type {AnyEvent[]} */
  #waiting = [];
  #busy = false;
  /** Called when the client is closed, with the reason: loops and promises that wait for an event end.
   * @type {Set<(reason: string) => void>} */
  ends = new Set();
  #rememberIds;
  #bufferLimit;

  /** @param {{ rememberIds: number, bufferLimit: number }} limits */
  constructor({ rememberIds, bufferLimit }) {
    this.#rememberIds = rememberIds;
    this.#bufferLimit = bufferLimit;
  }

  /**
   * @param {string} name
   * @param {(...values: any[]) => unknown} listener
   * @returns {() => void}
   */
  on(name, listener) {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  /** @param {AnyEvent} event */
  accept(event) {
    if (event.id !== undefined) {
      if (this.#seen.has(event.id)) return;
      this.#seen.add(event.id);
      if (this.#seen.size > this.#rememberIds) this.#seen.delete(/** @type {string} */ (this.#seen.values().next().value));
    }
    this.#waiting.push(event);
    if (this.#waiting.length > this.#bufferLimit) {
      const dropped = /** @type {AnyEvent} */ (this.#waiting.shift());
      this.report(new TidingsError("buffer_overflow", `${dropped.type} ${dropped.id ?? ""} was dropped: listeners are too slow`));
    }
    if (!this.#busy) void this.#deliver();
  }

  /**
   * Forget what waits: a closed client calls no listener any more.
   * @param {string} reason
   */
  clear(reason) {
    this.#waiting = [];
    for (const end of [...this.ends]) end(reason);
  }

  /**
   * Call the listeners of something that is not an event, at once.
   * @template {"status" | "error"} K
   * @param {K} name
   * @param {Parameters<Listeners[K]>[0]} value
   */
  tell(name, value) {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) {
      try {
        listener(value);
      } catch (error) {
        console.error(error);
      }
    }
  }

  /** @param {TidingsError} error */
  report(error) {
    if (this.#listeners.get("error")?.size) this.tell("error", error);
    else console.error(error);
  }

  async #deliver() {
    this.#busy = true;
    for (let event; (event = this.#waiting.shift()); ) {
      // A ping is no news: only who names it hears it.
      for (const name of event.type === "system.ping" ? [event.type] : [event.type, "*"]) {
        for (const listener of [...(this.#listeners.get(name) ?? [])]) {
          try {
            await listener(event.data, event);
          } catch (error) {
            this.report(new TidingsError("listener_failed", `A listener of ${event.type} failed: ${error}`, error));
          }
        }
      }
    }
    this.#busy = false;
  }
}
