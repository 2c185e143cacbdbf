/**
 * @import { AnyCatalog, AnyEvent, Channel, ClientOptions, InboxPage, Listener, ListenerName, Status, Subscribed, TokenRequest } from "../types/index.js"
 */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { TidingsClient } from "./client.js";
import { TidingsError } from "./errors.js";

/** @typedef {Omit<ClientOptions, "userId" | "channels"> & { maxMessages?: number }} RealtimeOptions */

/**
 * @typedef {object} Realtime
 * @property {boolean} connected
 * @property {Status} status
 * @property {AnyEvent[]} messages the latest events, oldest first
 * @property {(channel: Channel) => Promise<Subscribed>} subscribe
 * @property {(channel: Channel) => Promise<{ channel: Channel }>} unsubscribe
 * @property {(page?: { limit?: number, before?: number }) => Promise<InboxPage>} inbox
 * @property {(inbox: number) => Promise<{ inbox: number, unseen: number, last: number }>} seen
 * @property {<N extends ListenerName>(name: N, listener: Listener<AnyCatalog, N>) => () => void} on
 *   for use in an effect; its listeners outlive a change of user
 */

/** @typedef {{ listen: (client: TidingsClient) => void, stop: () => void }} Entry */

/**
 * One user's events in a component: connected while it is mounted. Another user, address or way to sign in means
 * another connection; other channels are subscribed and unsubscribed on the one there is.
 * @param {string | undefined} userId
 * @param {readonly Channel[]} channels
 * @param {RealtimeOptions} options
 * @returns {Realtime}
 */
export const useRealtime = (userId, channels, options) => {
  const [status, setStatus] = useState(/** @returns {Status} */ () => ({ state: "connecting" }));
  const [messages, setMessages] = useState(/** @type {AnyEvent[]} */ ([]));
  const client = useRef(/** @type {TidingsClient | null} */ (null));
  const entries = useRef(/** @type {Set<Entry>} */ (new Set()));
  const given = useRef(/** @type {readonly Channel[]} */ ([]));

  // An array or an options object is usually made anew by each render: what counts is what they say.
  const latest = useRef({ channels, options });
  useEffect(() => {
    latest.current = { channels, options };
  });
  const wanted = [...new Set(channels)].sort().join(",");
  const { url, tokenIn, token } = options;
  const identity = typeof token === "function" ? "callback" : token;

  useEffect(() => {
    const { maxMessages = 100, token: _token, ...rest } = latest.current.options;
    given.current = latest.current.channels;
    const mine = new TidingsClient({
      ...rest,
      userId,
      channels: given.current,
      // The callback of the latest render, not of the first.
      token: identity === "callback" ? (request) => ask(latest.current.options.token, request) : identity,
      getState: (lost) => latest.current.options.getState?.(lost),
    });
    client.current = mine;
    setMessages([]);
    mine.on("status", setStatus);
    mine.on("*", (_data, event) => setMessages((before) => [...before, event].slice(-maxMessages)));
    for (const entry of entries.current) entry.listen(mine);
    // A moment later, so that StrictMode's first, thrown-away mount costs no handshake.
    queueMicrotask(() => client.current === mine && mine.connect());
    return () => {
      client.current = null;
      mine.close("unmounted");
    };
  }, [userId, url, tokenIn, identity]);

  useEffect(() => {
    const next = latest.current.channels;
    const before = given.current;
    given.current = next;
    for (const channel of next) if (!before.includes(channel)) quietly(client.current?.subscribe(channel));
    for (const channel of before) if (!next.includes(channel)) quietly(client.current?.unsubscribe(channel));
  }, [wanted]);

  const on = useCallback(
    /** @type {Realtime["on"]} */
    (name, listener) => {
      /** @type {Entry} */
      const entry = {
        listen: (to) => {
          entry.stop = to.on(name, listener);
        },
        stop: () => {},
      };
      entries.current.add(entry);
      if (client.current) entry.listen(client.current);
      return () => {
        entries.current.delete(entry);
        entry.stop();
      };
    },
    [],
  );
  /** @type {Pick<Realtime, "subscribe" | "unsubscribe" | "inbox" | "seen">} */
  const asks = useMemo(
    () => ({
      subscribe: (channel) => client.current?.subscribe(channel) ?? notMounted(),
      unsubscribe: (channel) => client.current?.unsubscribe(channel) ?? notMounted(),
      inbox: (page) => client.current?.inbox(page) ?? notMounted(),
      seen: (inbox) => client.current?.seen(inbox) ?? notMounted(),
    }),
    [],
  );

  return { connected: status.state === "open", status, messages, ...asks, on };
};

/** @type {InboxPage} */
const EMPTY = { items: [], unseen: 0, last: 0, more: false };

/**
 * The user's inbox: what was addressed to the user on any device, newest first, and how much of it is not seen.
 * @param {Pick<Realtime, "connected" | "on" | "inbox" | "seen">} realtime what `useRealtime` returned
 * @param {{ limit?: number }} [options] `limit`: items in a page
 */
export const useInbox = ({ connected, on, inbox, seen }, { limit = 20 } = {}) => {
  const [{ items, unseen, more, through }, set] = useState(EMPTY);

  useEffect(() => {
    const stops = [
      on("inbox", (counts) => set((before) => ({ ...before, ...counts }))),
      on("*", (_data, event) => set((before) => ((event.inbox ?? 0) > (before.items[0]?.inbox ?? 0) ? { ...before, items: [event, ...before.items] } : before))),
      // Another user's items are nobody's business.
      on("status", ({ state }) => state === "closed" && set(EMPTY)),
    ];
    return () => stops.forEach((stop) => stop());
  }, [on]);

  useEffect(() => {
    let mounted = connected;
    if (connected) quietly(inbox({ limit }).then((page) => mounted && set(page)));
    return () => {
      mounted = false;
    };
  }, [connected, inbox, limit]);

  return {
    items,
    unseen,
    /** Up to this number, or all that is here. */
    seen: (number = items[0]?.inbox ?? 0) => seen(number),
    /** Fetch older items; null when there are none. */
    more: more
      ? async () => {
          const page = await inbox({ limit, ...(through && { before: through }) });
          set((before) => ({ ...page, items: [...before.items, ...page.items] }));
        }
      : null,
  };
};

/**
 * @param {ClientOptions["token"]} token
 * @param {TokenRequest} request
 */
const ask = (token, request) => (typeof token === "function" ? token(request) : (token ?? null));

/**
 * For what follows from a render: nobody waits for the answer, and a refusal shows in the channels that are heard.
 * @param {Promise<unknown> | undefined} asked
 */
const quietly = (asked) => void asked?.catch(() => {});

const notMounted = () => Promise.reject(new TidingsError("closed", "The component is not mounted"));
