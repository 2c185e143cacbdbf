/**
 * @import { AnyCatalog, AnyEvent, Channel, ClientOptions, EventType, InboxCounts, InboxPage, Listener, ListenerName, Status, Subscribed, TidingsEvent, Welcome } from "../types/index.js"
 */
import { NEVER_AGAIN, TidingsError } from "./errors.js";
import { counted } from "./inbox.js";
import { memory } from "./memory.js";
import { leave } from "./positions.js";
import { questions } from "./requests.js";
import { headsAre, heard, stands } from "./resume.js";
import { succession } from "./succession.js";
import { iterate, once } from "./waiting.js";

/** One user's events over one connection, replaced as often as needed without losing or repeating an event. */
export class TidingsClient {
  #log;
  #memory;
  #delivery;
  #requests;
  #succession;
  #storage;
  /** @type {Set<Channel>} */
  #wanted;
  /** @type {Status} */
  #status = { state: "closed", reason: "not connected yet" };
  /** @type {InboxCounts | undefined} */
  #counts;
  /** @type {{ promise: Promise<Welcome>, resolve: (welcome: Welcome) => void, reject: (error: Error) => void } | null} */
  #first = null;

  /** @param {ClientOptions} options */
  constructor(options) {
    new URL(options.url); // throws here, where the mistake is, and not in a retry
    if (!(options.WebSocket ?? globalThis.WebSocket))
      throw new TidingsError("no_websocket", "This runtime has no WebSocket. Use Node 22 or newer, or the option WebSocket.");
    const { debug } = options;
    this.#log = debug === true ? (/** @type {string} */ line) => console.debug(`tidings: ${line}`) : debug || (() => {});
    this.#storage = options.storage;
    this.#wanted = new Set(options.channels);
    this.#succession = succession(options, {
      channels: () => this.channels,
      welcomed: (welcome, takesOver) => this.#welcomed(welcome, takesOver),
      received: (message, draining) => this.#received(message, draining),
      tell: (status) => this.#tell(status),
      end: (reason) => this.close(reason),
      log: this.#log,
    });
    this.#requests = questions(this.#succession.send, options.requestTimeoutMs);
    this.#memory = memory(options, this.#requests.ask);
    this.#delivery = this.#memory.delivery;
  }

  get status() {
    return this.#status;
  }

  /** The channels asked for, in the order they were asked for. */
  get channels() {
    return [...this.#wanted];
  }

  /** How many items of the inbox the user has not seen; undefined before the welcome, and without a user. */
  get unseen() {
    return this.#counts?.unseen;
  }

  /**
   * Connect, and stay connected until `close`.
   * @returns {Promise<Welcome>} settled by the first welcome, or by `close`
   */
  connect() {
    if (!this.#first) {
      /** @type {any} */
      const first = {};
      first.promise = new Promise((resolve, reject) => Object.assign(first, { resolve, reject }));
      first.promise.catch(() => {}); // whoever does not wait for it learns of it by the status
      this.#first = first;
      this.#tell({ state: "connecting" });
      const start = () => {
        if (this.#first !== first) return;
        this.#memory.start();
        this.#succession.start();
      };
      if (this.#storage) void this.#memory.load().then(start);
      else start();
    }
    return /** @type {any} */ (this.#first).promise;
  }

  /**
   * Listen to one event type, to all but pings under the name `"*"`, or to what the client tells about itself.
   * @template {ListenerName} N
   * @param {N} name
   * @param {Listener<AnyCatalog, N>} listener
   * @returns {() => void} stop listening
   */
  on(name, listener) {
    return this.#delivery.on(name, listener);
  }

  /**
   * The next event of a type for which `where` holds.
   * @template {EventType} T
   * @param {T} type
   * @param {{ where?: (data: any, event: TidingsEvent<AnyCatalog, T>) => boolean, signal?: AbortSignal }} [options]
   * @returns {Promise<TidingsEvent<AnyCatalog, T>>} rejected by `close`, or by the signal
   */
  once(type, options) {
    return once(this.#delivery, type, /** @type {any} */ (options));
  }

  /**
   * Events one by one, of one type or of all: the next waits until the loop comes back. Ends with `close`.
   * @param {EventType | "*"} [type]
   * @returns {AsyncIterableIterator<any>}
   */
  events(type = "*") {
    return iterate(this.#delivery, type);
  }

  /** @returns {AsyncIterableIterator<AnyEvent>} */
  [Symbol.asyncIterator]() {
    return this.events();
  }

  /**
   * @param {Channel} channel
   * @returns {Promise<Subscribed>} what the server answered; waits through reconnects
   */
  async subscribe(channel) {
    this.#wanted.add(channel);
    try {
      return await this.#requests.ask("subscribe", { channel });
    } catch (error) {
      if (NEVER_AGAIN.includes(/** @type {TidingsError} */ (error).code)) this.#leave(channel);
      throw error;
    }
  }

  /**
   * @param {Channel} channel
   * @returns {Promise<{ channel: Channel }>}
   */
  unsubscribe(channel) {
    this.#leave(channel);
    return this.#requests.ask("unsubscribe", { channel });
  }

  /** @returns {Promise<Channel[]>} what the server holds for this connection */
  async listChannels() {
    return (await this.#requests.ask("list_channels")).channels;
  }

  /**
   * What was addressed to the user, newest first, on whatever device it came.
   * @param {{ limit?: number, before?: number }} [page] `before`: the `through` of the page before
   * @returns {Promise<InboxPage>}
   */
  inbox(page) {
    return this.#requests.ask("inbox", page);
  }

  /**
   * The user has seen the inbox up to this number, on all devices. What was seen stays seen.
   * @param {number} inbox
   * @returns {Promise<{ inbox: number, unseen: number, last: number }>}
   */
  seen(inbox) {
    return this.#requests.ask("seen", { inbox });
  }

  /** End for good, or until `connect` is called again. */
  close(reason = "closed by this program") {
    if (!this.#first) return;
    this.#succession.stop();
    this.#memory.stop();
    this.#delivery.clear(reason);
    this.#requests.fail(reason);
    const first = this.#first;
    this.#first = null;
    first.reject(new TidingsError("closed", reason));
    this.#tell({ state: "closed", reason });
  }

  /** @param {Welcome} welcome @param {boolean} takesOver */
  #welcomed(welcome, takesOver) {
    this.#memory.welcomed(welcome, takesOver);
    const reconciled = this.#reconcile(welcome.channels);
    this.#tell({ state: "open", connectionId: welcome.connection_id });
    this.#first?.resolve(welcome);
    return reconciled;
  }

  /** @param {any} message @param {boolean} draining */
  #received(message, draining) {
    const { type, data } = message ?? {};
    if (typeof type !== "string") {
      // API Gateway's own frames: {"message": "Internal server error", "connectionId": …, "requestId": …}
      this.#delivery.report(new TidingsError("gateway", String(message?.message ?? "not a message")));
      return;
    }
    this.#count(message);
    if (type === "system.ping") {
      this.#delivery.take([{ event: message }]);
      this.#memory.act(headsAre, data.heads);
    }
    // Whatever else the server says by itself belongs to no channel.
    else if (type.startsWith("system.") && !message.channel) {
      // Before whoever asked, and before the next event.
      if (type === "system.subscribed" && this.#wanted.has(data.channel)) this.#memory.act(stands, { streams: data.streams, channels: [data.channel] });
      if (this.#requests.settle(message) || type !== "system.error") return;
      this.#delivery.report(new TidingsError(data.code, data.message));
      // Coming back would push out another of the user's devices, which would come back and push out this one.
      if (data.code === "too_many_connections") this.close(data.message);
    } else if (!draining || !message.channel || this.#wanted.has(message.channel)) this.#memory.act(heard, message);
  }

  /** @param {any} message */
  #count(message) {
    const before = this.#counts;
    this.#counts = counted(before, message);
    if (this.#counts && this.#counts !== before) this.#delivery.tell("inbox", this.#counts);
  }

  /** @param {Channel} channel */
  #leave(channel) {
    this.#wanted.delete(channel);
    this.#memory.act(leave, channel);
  }

  /**
   * Make the server's list ours: it was told before the latest subscribe or unsubscribe.
   * @param {string[]} held
   */
  async #reconcile(held) {
    this.#requests.resend();
    const missing = this.channels.filter((channel) => !held.includes(channel));
    const surplus = /** @type {Channel[]} */ (held).filter((channel) => !this.#wanted.has(channel));
    const asked = [...missing.map((channel) => this.subscribe(channel)), ...surplus.map((channel) => this.unsubscribe(channel))];
    for (const outcome of await Promise.allSettled(asked))
      if (outcome.status === "rejected" && outcome.reason.code !== "closed") this.#delivery.report(outcome.reason);
  }

  /** @param {Status} status */
  #tell(status) {
    this.#status = status;
    this.#log(JSON.stringify(status));
    this.#delivery.tell("status", status);
  }
}
