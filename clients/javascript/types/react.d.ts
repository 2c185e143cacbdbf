import type { AnyEvent, Channel, ClientOptions, Listeners, Status, Subscribed } from "./index.js";

export type RealtimeOptions = Omit<ClientOptions, "userId" | "channels"> & {
  /** How many of the latest events `messages` holds. Default 100. */
  maxMessages?: number;
};

export interface Realtime {
  connected: boolean;
  status: Status;
  /** The latest events, oldest first. */
  messages: AnyEvent[];
  subscribe: (channel: Channel) => Promise<Subscribed>;
  unsubscribe: (channel: Channel) => Promise<{ channel: Channel }>;
  /** For use in an effect; its listeners outlive a change of user. */
  on: <K extends keyof Listeners>(name: K, listener: Listeners[K]) => () => void;
}

/**
 * One user's events in a component: connected while it is mounted. Another user, address or way to sign in means
 * another connection; other channels are subscribed and unsubscribed on the one there is.
 */
export declare const useRealtime: (
  userId: string | undefined,
  channels: readonly Channel[],
  options: RealtimeOptions,
) => Realtime;
