/**
 * @import { AnyEvent, Listeners } from "../types/index.js"
 * @import { Step } from "./positions.js"
 */
import { TidingsError } from "./errors.js";

/**
 * Takes steps one after another: an event goes to its listeners, and whatever else a step asks for is done after
 * it. A step waits until the one before is done, promises included; how many events may wait is bounded.
 */
export class Delivery {
  /** @type {Map<string, Set<(...args: any[]) => unknown>>} */
  #listeners = new Map();
  /** @type {Partial<Step>[]} */
  #waiting = [];
  #busy = false;
  /** Called when the client is closed, with the reason: loops and promises that wait for an event end.
   * @type {Set<(reason: string) => void>} */
  ends = new Set();
  #bufferLimit;
  #finish;

  /**
   * @param {number} bufferLimit
   * @param {(step: Partial<Step>) => unknown} finish what a step asks for besides its event
   */
  constructor(bufferLimit, finish) {
    this.#bufferLimit = bufferLimit;
    this.#finish = finish;
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

  /** @param {Partial<Step>[]} steps */
  take(steps) {
    for (const step of steps) {
      this.#waiting.push(step);
      const [oldest, ...others] = this.#waiting.filter(({ event }) => event);
      if (oldest && others.length >= this.#bufferLimit) {
        this.#waiting.splice(this.#waiting.indexOf(oldest), 1);
        this.report(new TidingsError("buffer_overflow", `${oldest.event.type} ${oldest.event.id ?? ""} was dropped: listeners are too slow`));
      }
      if (!this.#busy) void this.#deliver();
    }
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
   * @template {"status" | "error" | "inbox"} K
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
    for (let step; (step = this.#waiting.shift()); ) {
      if (step.event) await this.#call(step.event);
      await this.#finish(step);
    }
    this.#busy = false;
  }

  /** @param {AnyEvent} event */
  async #call(event) {
    // A ping and a recovery belong to no channel: only who names them hears them.
    for (const name of event.channel ? [event.type, "*"] : [event.type]) {
      for (const listener of [...(this.#listeners.get(name) ?? [])]) {
        try {
          await listener(event.data, event);
        } catch (error) {
          this.report(new TidingsError("listener_failed", `A listener of ${event.type} failed: ${error}`, error));
        }
      }
    }
  }
}
