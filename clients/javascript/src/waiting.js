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
  /** @type {(event?: any) => void} */
  let give = () => {};
  /** @type {(value?: any) => void} */
  let release = () => {};
  let ended = false;
  const wait = () => new Promise((resolve) => (give = resolve));
  let arrival = wait();
  const stop = delivery.on(
    name,
    /** @type {any} */ (
      (/** @type {any} */ _data, /** @type {any} */ event) =>
        new Promise((resolve) => {
          release = resolve;
          give(event);
        })
    ),
  );
  const end = () => {
    ended = true;
    give();
  };
  delivery.ends.add(end);
  return (async function* () {
    try {
      for (let event; !ended && (event = await arrival); release()) {
        arrival = wait();
        yield event;
      }
    } finally {
      stop();
      delivery.ends.delete(end);
      release();
    }
  })();
};
