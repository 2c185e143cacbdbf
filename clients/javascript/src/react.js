/**
 * @import { AnyCatalog, AnyEvent, Channel, ClientOptions, Listener, ListenerName, Status, Subscribed, TokenRequest } from "../types/index.js"
 */
import { useCallback, useEffect, useRef, useState } from "react";
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
  const subscribe = useCallback(
    /** @param {Channel} channel */
    (channel) => client.current?.subscribe(channel) ?? notMounted(),
    [],
  );
  const unsubscribe = useCallback(
    /** @param {Channel} channel */
    (channel) => client.current?.unsubscribe(channel) ?? notMounted(),
    [],
  );

  return { connected: status.state === "open", status, messages, subscribe, unsubscribe, on };
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
