/** @import { ClientOptions, Status, Welcome } from "../types/index.js" */
import { fullJitter } from "./backoff.js";
import { openLink } from "./link.js";
import { onWake } from "./wake.js";

// A connection that lives this long was a success: the next loss starts from a short wait again.
const STABLE_MS = 10_000;
// https://developer.mozilla.org/docs/Web/API/Window/setTimeout#maximum_delay_value
const TIMER_MAX_MS = 2 ** 31 - 1;
const WAKE_GAP_MS = 5_000;
// Clients that connected together must not roll over together: each picks its own moment in this window.
const ROLLOVER_LEAD_MS = 60_000;
const ROLLOVER_SPREAD_MS = 240_000;

/** @typedef {import("./link.js").Link} Link */
/** @typedef {ReturnType<typeof setTimeout> | undefined} Timer */
/**
 * @typedef {object} SuccessionOwner
 * @property {() => string[]} channels what each connection is to subscribe to
 * @property {(welcome: Welcome, takesOver: boolean) => Promise<unknown>} welcomed settled when the new connection hears all
 * @property {(message: any, draining: boolean) => void} received
 * @property {(status: Status) => void} tell
 * @property {(reason: string) => void} end close for good
 * @property {(line: string) => void} log
 */

/**
 * Connections that follow one another: the first, those after a loss, and those before API Gateway's cut.
 * @param {ClientOptions} options
 * @param {SuccessionOwner} owner
 */
export const succession = (
  {
    token,
    tokenIn,
    userId,
    heartbeatSeconds = 300,
    overlapMs = 5_000,
    retryBaseMs = 1_000,
    retryCapMs = 30_000,
    refusedCapMs = 300_000,
    random = Math.random,
    ...options
  },
  owner,
) => {
  /** @type {Link | null} the connection in use */
  let current = null;
  /** @type {Link | null} the one about to take over, or the first */
  let next = null;
  /** @type {Set<Link>} replaced, and still listened to for a moment */
  const draining = new Set();
  /** @type {object | null} stands for the try whose token is being fetched */
  let dialing = null;
  let attempts = 0;
  let refused = false;
  let wokeAt = 0;
  let leadMs = 0;
  /** @type {Timer} */
  let retryTimer;
  /** @type {Timer} */
  let rolloverTimer;
  /** @type {Timer} */
  let stableTimer;
  /** @type {(() => void) | undefined} */
  let stopWaking;

  const dial = async () => {
    clearTimeout(retryTimer);
    retryTimer = undefined;
    const mine = (dialing = {});
    try {
      const url = new URL(options.url);
      const protocols = [];
      if (token !== undefined) {
        const value = typeof token === "string" ? token : await token({ attempt: attempts, refused });
        if (dialing !== mine) return;
        if (value === null) return owner.end("no token: nobody is signed in");
        if (tokenIn === "protocol") protocols.push("tidings", `bearer.${value}`);
        else url.searchParams.set(tokenIn === "ticket" ? "ticket" : "token", value);
      }
      const query = { heartbeat: heartbeatSeconds, user_id: userId, channels: owner.channels().join(",") || null };
      for (const [name, value] of Object.entries(query)) if (value != null) url.searchParams.set(name, String(value));
      next = openLink(links, { ...options, url: url.href }, protocols, typeof token === "function");
    } catch (error) {
      if (dialing === mine) retry(`no token: ${error}`);
    } finally {
      if (dialing === mine) dialing = null;
    }
  };

  const links = {
    log: owner.log,
    /** @param {Link} link @param {Welcome} welcome */
    welcomed: (link, welcome) => {
      const old = current;
      clearTimers();
      next = null;
      current = link;
      refused = false;
      stableTimer = setTimeout(() => (attempts = 0), STABLE_MS);
      plan(link.remainingMs);
      const hearsAll = owner.welcomed(welcome, !!old);
      if (old) {
        draining.add(old);
        // The old connection stays until the new one surely hears everything, and a while for what is under way.
        void hearsAll.then(() => setTimeout(() => draining.delete(old) && old.close(), overlapMs));
      }
    },

    /** @param {Link} link @param {any} message */
    received: (link, message) => {
      const ping = message?.type === "system.ping";
      if (ping && link !== current) return;
      owner.received(message, draining.has(link));
      // The timer sleeps with the machine; the server's own clock, told with each ping, does not.
      if (ping && link.remainingMs <= leadMs) rollOver();
    },

    /** @param {Link} link @param {string} reason */
    lost: (link, reason) => {
      if (draining.delete(link)) return;
      if (link === next) {
        next = null;
        refused = !link.opened;
        retry(reason);
      } else {
        current = null;
        clearTimers();
        if (next || dialing) owner.tell({ state: "reconnecting", reason, attempt: attempts });
        else retry(reason);
      }
    },
  };

  /** @param {number} remainingMs */
  const plan = (remainingMs) => {
    leadMs = Math.min(ROLLOVER_LEAD_MS + ROLLOVER_SPREAD_MS * random(), remainingMs / 2);
    // Never at once, and never beyond what timers can count: both would make takeover follow takeover.
    const waitMs = Math.max(remainingMs - leadMs, STABLE_MS);
    if (waitMs <= TIMER_MAX_MS) rolloverTimer = setTimeout(rollOver, waitMs);
  };

  /** @param {string} reason */
  const retry = (reason) => {
    const cap = token !== undefined && refused ? refusedCapMs : retryCapMs;
    const waitMs = fullJitter(attempts++, retryBaseMs, cap, random);
    const attempt = attempts;
    const tell = (/** @type {{ retryAt?: number }} */ more) => current || owner.tell({ state: "reconnecting", reason, attempt, ...more });
    clearTimeout(retryTimer);
    retryTimer = setTimeout(() => {
      tell({});
      void dial();
    }, waitMs);
    tell({ retryAt: Date.now() + waitMs });
  };

  const rollOver = () => {
    if (!next && !dialing && retryTimer === undefined) void dial();
  };

  const wake = () => {
    if (Date.now() - wokeAt < WAKE_GAP_MS) return;
    wokeAt = Date.now();
    if (retryTimer !== undefined) void dial();
    else current?.probe();
  };

  const clearTimers = () => {
    for (const timer of [retryTimer, rolloverTimer, stableTimer]) clearTimeout(timer);
    retryTimer = undefined;
  };

  return {
    start: () => {
      stopWaking = onWake(wake);
      void dial();
    },
    /** @param {object} message lost when there is no connection */
    send: (message) => current?.send(message),
    stop: () => {
      stopWaking?.();
      dialing = null;
      clearTimers();
      for (const link of [current, next, ...draining]) link?.close();
      current = next = null;
      draining.clear();
      attempts = 0;
    },
  };
};
