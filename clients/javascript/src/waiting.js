/** @import { Delivery } from "./delivery.js" */
import { TidingsError } from "./errors.js";

/**
 * The next event of a name for which `where` holds.
 * @param {Delivery} delivery
 * @param {any} name
 * @param {{ where?: (data: any, event: any) => boolean, signal?: AbortSignal }} [options]
 * @returns {Promise<any>}
 */
export const once = (delivery, name, { where = () => true, signal } = {}) =>
  new Promise((resolve, reject) => {
    const abort = () => finish(reject, signal?.reason);
    const close = (/** @type {string} */ reason) => finish(reject, new TidingsError("closed", reason));
    const stop = delivery.on(name, (/** @type {any} */ data, /** @type {any} */ event) => {
      if (where(data, event)) finish(resolve, event);
    });
    /** @param {(value: any) => void} settle @param {unknown} value */
    const finish = (settle, value) => {
      stop();
      delivery.ends.delete(close);
      signal?.removeEventListener("abort", abort);
      settle(value);
    };
    delivery.ends.add(close);
    signal?.addEventListener("abort", abort);
    if (signal?.aborted) abort();
  });

/**
 * Events one by one. The delivery waits for the loop as it waits for a listener's promise, so nothing piles up here.
 * @param {Delivery} delivery
 * @param {any} name
 * @returns {AsyncIterableIterator<any>}
 */
export const iterate = (delivery, name) => {
  /** @type {any} came before the loop asked for it */
  let arrived = null;
  /** @type {((result: IteratorResult<any>) => void) | null} the loop waits */
  let give = null;
  /** @type {(() => void) | null} lets the delivery go on */
  let release = null;
  let ended = false;
  const over = /** @type {IteratorResult<any>} */ ({ value: undefined, done: true });
  const letGo = () => {
    release?.();
    release = null;
  };
  const stop = delivery.on(
    name,
    /** @type {any} */ (
      (/** @type {any} */ _data, /** @type {any} */ event) =>
        new Promise((done) => {
          release = () => done(undefined);
          if (give) give({ value: event, done: false });
          else arrived = event;
          give = null;
        })
    ),
  );
  const end = () => {
    ended = true;
    stop();
    delivery.ends.delete(end);
    letGo();
    give?.(over);
    give = null;
  };
  delivery.ends.add(end);
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: async () => {
      if (arrived) {
        const value = arrived;
        arrived = null;
        return { value, done: false };
      }
      letGo();
      if (ended) return over;
      return new Promise((resolve) => (give = resolve));
    },
    return: async () => {
      end();
      return over;
    },
  };
};
