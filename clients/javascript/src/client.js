/**
 * @import { AnyCatalog, AnyEvent, Channel, ClientOptions, EventType, Listener, ListenerName, Status, Subscribed, TidingsEvent, Welcome } from "../types/index.js"
 */
import { fullJitter } from "./backoff.js";
import { Delivery } from "./delivery.js";
import { TidingsError } from "./errors.js";
import { iterate, once } from "./waiting.js";
import { Link } from "./link.js";
import { Requests } from "./requests.js";
import { onWake } from "./wake.js";

// A connection that lives this long was a success: the next loss starts from a short wait again.
const STABLE_MS = 10_000;
// https://developer.mozilla.org/docs/Web/API/Window/setTimeout#maximum_delay_value
const TIMER_MAX_MS = 2 ** 31 - 1;
const WAKE_GAP_MS = 5_000;
// Clients that connected together must not roll over together: each picks its own moment in this window.
const ROLLOVER_LEAD_MS = 60_000;
const ROLLOVER_SPREAD_MS = 240_000;
const REPLIES = ["connected", "subscribed", "unsubscribed", "channels", "authenticated", "pong", "error"].map((name) => `system.${name}`);

/** One user's events over one connection, replaced as often as needed without losing or repeating an event. */
export class TidingsClient {
  #options;
  #log;
  #delivery;
  #requests;
  /** @type {Set<Channel>} */
  #wanted;
  /** @type {Status} */
  #status = { state: "closed", reason: "not connected yet" };
  /** @type {Link | null} the connection in use */
  #link = null;
  /** @type {Link | null} the one about to take over, or the first */
  #next = null;
  /** @type {Set<Link>} replaced, and still listened to for a moment */
  #draining = new Set();
  /** @type {object | null} stands for the try whose token is being fetched */
  #dialing = null;
  #attempt = 0;
  #refused = false;
  #wokeAt = 0;
  #leadMs = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retryTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #rolloverTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #stableTimer;
  /** @type {(() => void) | undefined} */
  #stopWaking;
  /** @type {{ promise: Promise<Welcome>, resolve: (welcome: Welcome) => void, reject: (error: Error) => void } | null} */
  #first = null;

  /** @param {ClientOptions} options */
  constructor(options) {
    new URL(options.url); // throws here, where the mistake is, and not in a retry
    if (!(options.WebSocket ?? globalThis.WebSocket))
      throw new TidingsError("no_websocket", "This runtime has no WebSocket. Use Node 22 or newer, or give one as the option WebSocket.");
    this.#options = {
      tokenIn: "query",
      keepAliveMs: 0,
      retryBaseMs: 1_000,
      retryCapMs: 30_000,
      refusedCapMs: 300_000,
      requestTimeoutMs: 30_000,
      welcomeTimeoutMs: 15_000,
      overlapMs: 5_000,
      rememberIds: 1_000,
      bufferLimit: 1_000,
      heartbeatSeconds: /** @type {number | null} */ (300),
      answerPings: false,
      debug: /** @type {boolean | ((line: string) => void)} */ (false),
      WebSocket: globalThis.WebSocket,
      random: Math.random,
      ...options,
    };
    this.#wanted = new Set(options.channels);
    const { debug } = this.#options;
    this.#log = typeof debug === "function" ? debug : debug ? (/** @type {string} */ line) => console.debug(`tidings: ${line}`) : () => {};
    this.#delivery = new Delivery(this.#options);
    this.#requests = new Requests(this.#options.requestTimeoutMs, () => this.#link);
  }

  get status() {
    return this.#status;
  }

  /** The channels asked for, in the order they were asked for. */
  get channels() {
    return [...this.#wanted];
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
      this.#stopWaking = onWake(() => this.#wake());
      this.#tell({ state: "connecting" });
      void this.#dial();
    }
    return /** @type {any} */ (this.#first).promise;
  }

  /**
   * Listen to one event type, to all but pings under the name `"*"`, to `status`, or to `error`.
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
      return await this.#requests.ask("subscribe", channel);
    } catch (error) {
      const { code } = /** @type {TidingsError} */ (error);
      if (code === "unknown_channel" || code === "forbidden_channel") this.#wanted.delete(channel);
      throw error;
    }
  }

  /**
   * @param {Channel} channel
   * @returns {Promise<{ channel: Channel }>}
   */
  unsubscribe(channel) {
    this.#wanted.delete(channel);
    return this.#requests.ask("unsubscribe", channel);
  }

  /** @returns {Promise<Channel[]>} what the server holds for this connection */
  async listChannels() {
    return (await this.#requests.ask("list_channels")).channels;
  }

  /** End for good, or until `connect` is called again. */
  close(reason = "closed by this program") {
    if (!this.#first) return;
    this.#stopWaking?.();
    this.#dialing = null;
    this.#clearTimers();
    for (const link of [this.#link, this.#next, ...this.#draining]) link?.close();
    this.#link = this.#next = null;
    this.#draining.clear();
    this.#delivery.clear(reason);
    this.#requests.fail(reason);
    const first = this.#first;
    this.#first = null;
    this.#attempt = 0;
    first.reject(new TidingsError("closed", reason));
    this.#tell({ state: "closed", reason });
  }

  async #dial() {
    clearTimeout(this.#retryTimer);
    this.#retryTimer = undefined;
    const dial = (this.#dialing = {});
    try {
      const { token, tokenIn, ...options } = this.#options;
      const url = new URL(options.url);
      const protocols = [];
      if (token !== undefined) {
        const value = typeof token === "string" ? token : await token({ attempt: this.#attempt, refused: this.#refused });
        if (this.#dialing !== dial) return;
        if (value === null) return this.close("no token: nobody is signed in");
        if (tokenIn === "protocol") protocols.push("tidings", `bearer.${value}`);
        else url.searchParams.set(tokenIn === "ticket" ? "ticket" : "token", value);
      }
      if (options.heartbeatSeconds !== null) url.searchParams.set("heartbeat", String(options.heartbeatSeconds));
      if (options.userId !== undefined) url.searchParams.set("user_id", options.userId);
      if (this.#wanted.size) url.searchParams.set("channels", this.channels.join(","));
      this.#next = new Link(this.#owner, { ...options, url: url.href, protocols, renewable: typeof token === "function", log: this.#log });
    } catch (error) {
      if (this.#dialing === dial) this.#retry(`no token: ${error}`);
    } finally {
      if (this.#dialing === dial) this.#dialing = null;
    }
  }

  #owner = {
    /** @param {Link} link */
    welcomed: (link) => {
      const welcome = /** @type {Welcome} */ (link.welcome);
      const old = this.#link;
      this.#clearTimers();
      this.#next = null;
      this.#link = link;
      this.#refused = false;
      this.#stableTimer = setTimeout(() => (this.#attempt = 0), STABLE_MS);
      if (link.remainingMs < Infinity) {
        const lead = ROLLOVER_LEAD_MS + ROLLOVER_SPREAD_MS * this.#options.random();
        this.#leadMs = Math.min(lead, link.remainingMs / 2);
        // Never at once, and never beyond what timers can count: both would make takeover follow takeover.
        const waitMs = Math.max(link.remainingMs - this.#leadMs, STABLE_MS);
        if (waitMs <= TIMER_MAX_MS) this.#rolloverTimer = setTimeout(() => this.#rollOver(), waitMs);
      }
      const reconciled = this.#reconcile(welcome.channels);
      if (old) {
        this.#draining.add(old);
        // The old connection stays until the new one surely hears everything, and a while for what is under way.
        void reconciled.then(() => setTimeout(() => this.#draining.delete(old) && old.close(), this.#options.overlapMs));
      }
      this.#tell({ state: "open", connectionId: welcome.connection_id });
      this.#first?.resolve(welcome);
    },

    /**
     * @param {Link} link
     * @param {any} message
     */
    received: (link, message) => {
      const type = message?.type;
      if (typeof type !== "string") {
        // API Gateway's own frames: {"message": "Internal server error", "connectionId": …, "requestId": …}
        this.#delivery.report(new TidingsError("gateway", String(message?.message ?? "not a message")));
      } else if (REPLIES.includes(type)) {
        if (!this.#requests.settle(message) && type === "system.error") {
          const { code, message: words } = message.data;
          this.#delivery.report(new TidingsError(code, words));
          // Coming back would push out another of the user's devices, which would come back and push out this one.
          if (code === "too_many_connections") this.close(words);
        }
      } else if (type === "system.ping") {
        if (link === this.#link) {
          this.#delivery.accept(message);
          // The timer sleeps with the machine; the server's own clock, told with each ping, does not.
          if (link.remainingMs <= this.#leadMs) this.#rollOver();
        }
      } else if (!this.#draining.has(link) || !message.channel || this.#wanted.has(message.channel)) {
        this.#delivery.accept(message);
      }
    },

    /**
     * @param {Link} link
     * @param {string} reason
     */
    lost: (link, reason) => {
      if (this.#draining.delete(link)) return;
      if (link === this.#next) {
        this.#next = null;
        this.#refused = !link.opened;
        this.#retry(reason);
      } else {
        this.#link = null;
        clearTimeout(this.#stableTimer);
        clearTimeout(this.#rolloverTimer);
        if (this.#next || this.#dialing) this.#tell({ state: "reconnecting", reason, attempt: this.#attempt });
        else this.#retry(reason);
      }
    },
  };

  /** @param {string} reason */
  #retry(reason) {
    const { token, random, retryBaseMs, retryCapMs, refusedCapMs } = this.#options;
    const cap = token !== undefined && this.#refused ? refusedCapMs : retryCapMs;
    const waitMs = fullJitter(this.#attempt++, retryBaseMs, cap, random);
    const attempt = this.#attempt;
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => {
      if (!this.#link) this.#tell({ state: "reconnecting", reason, attempt });
      void this.#dial();
    }, waitMs);
    if (!this.#link) this.#tell({ state: "reconnecting", reason, attempt, retryAt: Date.now() + waitMs });
  }

  #rollOver() {
    if (!this.#next && !this.#dialing && this.#retryTimer === undefined) void this.#dial();
  }

  #wake() {
    if (Date.now() - this.#wokeAt < WAKE_GAP_MS) return;
    this.#wokeAt = Date.now();
    if (this.#retryTimer !== undefined) void this.#dial();
    else this.#link?.probe();
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

  #clearTimers() {
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#rolloverTimer);
    clearTimeout(this.#stableTimer);
    this.#retryTimer = undefined;
  }
}
