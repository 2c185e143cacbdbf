import type { AnyCatalog, AnyEvent, Channel, ClientOptions, InboxPage, Listener, ListenerName, Status, Subscribed } from "./index.js";

export type RealtimeOptions = Omit<ClientOptions, "userId" | "channels"> & {
  /** How many of the latest events `messages` holds. Default 100. */
  maxMessages?: number;
};

export interface Realtime<C extends AnyCatalog = AnyCatalog> {
  connected: boolean;
  status: Status;
  /** The latest events, oldest first. */
  messages: AnyEvent<C>[];
  subscribe: (channel: Channel<C>) => Promise<Subscribed<C>>;
  unsubscribe: (channel: Channel<C>) => Promise<{ channel: Channel<C> }>;
  inbox: (page?: { limit?: number; before?: number }) => Promise<InboxPage<C>>;
  seen: (inbox: number) => Promise<{ inbox: number; unseen: number; last: number }>;
  /** For use in an effect; its listeners outlive a change of user. */
  on: <N extends ListenerName<C>>(name: N, listener: Listener<C, NoInfer<N>>) => () => void;
}

/**
 * One user's events in a component: connected while it is mounted. Another user, address or way to sign in means
 * another connection; other channels are subscribed and unsubscribed on the one there is.
 */
export declare const useRealtime: <C extends AnyCatalog = AnyCatalog>(
  userId: string | undefined,
  channels: readonly Channel<C>[],
  options: RealtimeOptions,
) => Realtime<C>;

export interface Inbox<C extends AnyCatalog = AnyCatalog> {
  /** Newest first. */
  items: AnyEvent<C>[];
  unseen: number;
  /** Mark as seen up to this number, or all that is here, on all devices. */
  seen: (inbox?: number) => Promise<{ inbox: number; unseen: number; last: number }>;
  /** Fetch older items; null when there are none. */
  more: (() => Promise<void>) | null;
}

/** The user's inbox: what was addressed to the user on any device, and how much of it is not seen. */
export declare const useInbox: <C extends AnyCatalog = AnyCatalog>(
  realtime: Pick<Realtime<C>, "connected" | "on" | "inbox" | "seen">,
  options?: { limit?: number },
) => Inbox<C>;
