/** @import { Link } from "./link.js" */
import { TidingsError } from "./errors.js";

// The three actions are safe to repeat, so a question that was lost with its connection, or answered with one of
// API Gateway's frames that name no request, is simply asked again.
const ASK_AGAIN_MS = 5_000;

/** @typedef {{ message: object, resolve: (data: any) => void, reject: (error: Error) => void, deadline: number, error: TidingsError, timer?: ReturnType<typeof setTimeout> | undefined }} Pending */

/** Questions to the server and the promises that wait for their answers, matched by `request_id`. */
export class Requests {
  /** @type {Map<string, Pending>} */
  #pending = new Map();
  #count = 0;
  #timeoutMs;
  #link;

  /**
   * @param {number} timeoutMs
   * @param {() => Link | null} link the connection to ask on, if there is one
   */
  constructor(timeoutMs, link) {
    this.#timeoutMs = timeoutMs;
    this.#link = link;
  }

  /**
   * @param {string} action
   * @param {string} [channel]
   * @returns {Promise<any>}
   */
  ask(action, channel) {
    const id = `r${++this.#count}`;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, {
        message: { action, channel, request_id: id },
        resolve,
        reject,
        deadline: Date.now() + this.#timeoutMs,
        error: new TidingsError("timeout", `${action} ${channel ?? ""} was not answered`),
      });
      this.#send(id);
    });
  }

  /** Ask everything again that has no answer yet: there is a new connection. */
  resend() {
    for (const id of this.#pending.keys()) this.#send(id);
  }

  /**
   * @param {{ type: string, data: { request_id?: string, code?: string, message?: string } }} reply
   * @returns {boolean} whether it answered one of our questions
   */
  settle({ type, data }) {
    const pending = this.#pending.get(data.request_id ?? "");
    if (!pending) return false;
    if (type === "system.error") {
      pending.error = new TidingsError(data.code ?? "error", data.message ?? "The server refused");
      if (data.code !== "rate_limited" && data.code !== "internal_error") this.#end(data.request_id).reject(pending.error);
    } else {
      this.#end(data.request_id).resolve(data);
    }
    return true;
  }

  /** @param {string} reason */
  fail(reason) {
    for (const id of [...this.#pending.keys()]) this.#end(id).reject(new TidingsError("closed", reason));
  }

  /** @param {string} id */
  #send(id) {
    const pending = /** @type {Pending} */ (this.#pending.get(id));
    const left = pending.deadline - Date.now();
    if (left <= 0) {
      this.#end(id).reject(pending.error);
      return;
    }
    clearTimeout(pending.timer);
    pending.timer = setTimeout(() => this.#send(id), Math.min(ASK_AGAIN_MS, left));
    this.#link()?.send(pending.message);
  }

  /**
   * @param {string | undefined} id
   * @returns {Pending}
   */
  #end(id) {
    const pending = /** @type {Pending} */ (this.#pending.get(/** @type {string} */ (id)));
    this.#pending.delete(/** @type {string} */ (id));
    clearTimeout(pending.timer);
    return pending;
  }
}
