// The shapes of the client's surface. Types only: nothing of this file exists when the program runs.
import type { Channel, EventChannel, EventData, EventType } from "./events.js";

/** A channel event as it came over the wire. */
export interface TidingsEvent<T extends EventType = EventType> {
  type: T;
  data: EventData[T];
  timestamp: string;
  /** The same in every delivery of one event; absent on `system.ping`. */
  id?: string;
  channel?: EventChannel[T];
}

/** Any event, to be told apart by `type`. */
export type AnyEvent = { [T in EventType]: TidingsEvent<T> }[EventType];

export type Status =
  | { state: "connecting" }
  | { state: "open"; connectionId: string }
  | { state: "reconnecting"; reason: string; attempt: number; /** Epoch milliseconds; absent while a try is under way. */ retryAt?: number }
  | { state: "closed"; reason: string };

export interface Welcome {
  connection_id: string;
  user_id: string | null;
  channels: string[];
  message: string;
  timestamp: string;
  heartbeat_seconds?: number;
  /** The two-hour cut. */
  expires_at?: string;
  authentication?: string;
  /** When the server closes the connection for its token's sake. */
  token_expires_at?: string | null;
}

export interface Subscribed {
  channel: Channel;
  subscriber_count: number;
}

type EventListeners = {
  [T in EventType]: (data: EventData[T], event: TidingsEvent<T>) => unknown;
};

/** What a listener of each name is called with. A promise it returns is awaited before the next event. */
export interface Listeners extends EventListeners {
  /** Every event but `system.ping`. */
  "*": (data: AnyEvent["data"], event: AnyEvent) => unknown;
  status: (status: Status) => unknown;
  /** Refused requests, errors thrown by listeners, events dropped because listeners were too slow. */
  error: (error: Error & { code: string }) => unknown;
}

/** Why a token is asked for; `refused` after a connection that was never opened. */
export interface TokenRequest {
  attempt: number;
  refused: boolean;
}

export type TokenSource =
  | string
  | ((request: TokenRequest) => string | null | Promise<string | null>);

export interface ClientOptions {
  /** `ws://localhost:8000/api/v1/ws` or the deployed `wss://…`. */
  url: string;
  userId?: string | undefined;
  channels?: readonly Channel[];
  /** Asked anew for every connection. A callback that answers null ends the client: nobody is signed in. */
  token?: TokenSource | undefined;
  /** Where the token travels. `protocol` keeps it out of addresses; `ticket` says that it is a one-time ticket. */
  tokenIn?: "query" | "protocol" | "ticket";
  /** Send a ping this often by ourselves; for extension service workers, which die after 30 idle seconds. */
  keepAliveMs?: number;
  /** The first retry waits up to this long, each further one up to twice as long (full jitter). */
  retryBaseMs?: number;
  retryCapMs?: number;
  /** The cap while connections with a token are refused: asking again will rarely help. */
  refusedCapMs?: number;
  /** How long a subscribe or unsubscribe waits for its answer, reconnects included. */
  requestTimeoutMs?: number;
  /** How long an opened socket may stay without a welcome. */
  welcomeTimeoutMs?: number;
  /** How long both connections stay up when a new one takes over. */
  overlapMs?: number;
  /** How many event ids are remembered to recognise duplicates. */
  rememberIds?: number;
  /** How many events may wait for slow listeners; beyond it the oldest is dropped and reported. */
  bufferLimit?: number;
  /** For tests and for runtimes without a WebSocket of their own. */
  WebSocket?: typeof WebSocket;
  random?: () => number;
}
