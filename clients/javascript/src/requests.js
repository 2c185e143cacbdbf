import { TidingsError } from "./errors.js";

// All actions are safe to repeat, so a question that was lost with its connection, or answered with one of
// API Gateway's frames that name no request, is simply asked again.
const ASK_AGAIN_MS = 5_000;

/** @typedef {{ message: object, resolve: (data: any) => void, reject: (error: Error) => void, deadline: number, error: TidingsError, timer?: ReturnType<typeof setTimeout> | undefined }} Pending */

/**
 * Questions to the server and the promises that wait for their answers, matched by `request_id`.
 * @param {(message: object) => void} send on the connection in use, if there is one
 * @param {number} [requestTimeoutMs]
 */
export const questions = (send, requestTimeoutMs = 30_000) => {
  /** @type {Map<string, Pending>} */
  const pending = new Map();
  let count = 0;

  /** @param {string} id */
  const ask = (id) => {
    const one = /** @type {Pending} */ (pending.get(id));
    const left = one.deadline - Date.now();
    if (left <= 0) return end(id)?.reject(one.error);
    clearTimeout(one.timer);
    one.timer = setTimeout(() => ask(id), Math.min(ASK_AGAIN_MS, left));
    send(one.message);
  };

  /** @param {string} id */
  const end = (id) => {
    const one = pending.get(id);
    pending.delete(id);
    clearTimeout(one?.timer);
    return one;
  };

  return {
    /**
     * @param {string} action
     * @param {Record<string, any>} [fields]
     * @param {number} [timeoutMs]
     * @returns {Promise<any>}
     */
    ask: (action, fields, timeoutMs = requestTimeoutMs) =>
      new Promise((resolve, reject) => {
        const id = `r${++count}`;
        const error = new TidingsError("timeout", `${action} ${fields?.channel ?? ""} was not answered`);
        const message = { action, ...fields, request_id: id };
        pending.set(id, { message, resolve, reject, error, deadline: Date.now() + timeoutMs });
        ask(id);
      }),

    /** Ask everything again that has no answer yet: there is a new connection. */
    resend: () => {
      for (const id of pending.keys()) ask(id);
    },

    /**
     * @param {{ type: string, data: any }} reply
     * @returns {boolean} whether it answered one of our questions
     */
    settle: ({ type, data }) => {
      const { request_id: id, code } = data;
      const one = pending.get(id);
      if (!one) return false;
      if (type !== "system.error") end(id)?.resolve(data);
      else {
        one.error = new TidingsError(code, data.message);
        if (code !== "rate_limited" && code !== "internal_error") end(id)?.reject(one.error);
      }
      return true;
    },

    /** @param {string} reason */
    fail: (reason) => {
      for (const id of pending.keys()) end(id)?.reject(new TidingsError("closed", reason));
    },
  };
};
