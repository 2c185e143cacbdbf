// The client's surface as TypeScript sees it. tests/types.test holds it against the source.

/**
 * An application's channels, event types and payloads. `make types` writes such a type, `Catalog`, into the
 * application's own repository: `new TidingsClient<Catalog>(…)`. Without one any name and any payload will do.
 */
export interface AnyCatalog {
  /** The payload of every event type that clients hear. */
  events: Record<string, any>;
  /** The names of the channels that carry each of them. */
  channelOf: Record<string, any>;
  /** The names of all channels. */
  channels: string;
  /** The payload of every event type that producers may publish. */
  produced: Record<string, any>;
}

export type EventType<C extends AnyCatalog = AnyCatalog> = Extract<keyof C["events"], string>;
export type EventData<C extends AnyCatalog, T extends EventType<C>> = C["events"][T];
export type Channel<C extends AnyCatalog = AnyCatalog> = C["channels"];

/** A channel event as it came over the wire. */
export interface TidingsEvent<C extends AnyCatalog = AnyCatalog, T extends EventType<C> = EventType<C>> {
  type: T;
  data: EventData<C, T>;
  timestamp: string;
  /** The same in every delivery of one event; absent on `system.ping`. */
  id?: string;
  channel?: C["channelOf"][T];
  /** On an event that the server remembers: the stream it belongs to, and its place there. */
  stream?: string;
  /** Offsets count within one epoch of their stream. */
  epoch?: string;
  offset?: number;
  /** The offset of the event before it that this client had to get. */
  previous?: number;
  /** Its number in the user's inbox. */
  inbox?: number;
  /** It was missed, and read from the server's memory. */
  recovered?: true;
}

/** Any event, to be told apart by `type`. */
export type AnyEvent<C extends AnyCatalog = AnyCatalog> = { [T in EventType<C>]: TidingsEvent<C, T> }[EventType<C>];

export type Status =
  | { state: "connecting"; reason?: undefined }
  | { state: "open"; connectionId: string; reason?: undefined }
  | { state: "reconnecting"; reason: string; attempt: number; /** Epoch milliseconds; absent while a try is under way. */ retryAt?: number }
  | { state: "closed"; reason: string };

/** How far a client has everything of a stream. `@me` is the user's own, where each channel has its offset, too. */
export interface Position {
  /** Another epoch is another history. */
  epoch: string;
  offset: number;
  channels?: Record<string, number> | undefined;
}

/** What becomes of events that were missed, per stream: a channel's name, or `@me`. */
export type Recovery =
  | { state: "recovering"; stream: string }
  | { state: "recovered"; stream: string; /** How many were missed, and handed over now. */ events: number }
  | { state: "state_lost"; stream: string; /** `expired`, `epoch`, `ahead`, or the code of a refusal. */ reason: string };

/** Where positions are kept: `sessionStorage`, `localStorage`, or anything of that shape, with promises or without. */
export interface Storage {
  getItem(key: string): string | null | undefined | Promise<string | null | undefined>;
  setItem(key: string, value: string): unknown;
}

export interface InboxCounts {
  /** The number of the newest item; 0: none yet. */
  last: number;
  unseen: number;
  /** Up to which number the user has seen it, where this client has been told. */
  seen?: number;
}

/** Items of the user's inbox, newest first. */
export interface InboxPage<C extends AnyCatalog = AnyCatalog> extends InboxCounts {
  items: AnyEvent<C>[];
  /** Whether there are older ones: ask again with `before` as `through`. */
  more: boolean;
  through?: number;
}

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
  /** Where each kept stream stands; absent from a server without memory. */
  streams?: Record<string, Position>;
  /** Where there is a user. */
  inbox?: InboxCounts;
}

export interface Subscribed<C extends AnyCatalog = AnyCatalog> {
  channel: Channel<C>;
  subscriber_count: number;
  streams?: Record<string, Position>;
}

/** What listeners of all events, and of the client itself, are called with. */
export interface Listeners<C extends AnyCatalog = AnyCatalog> {
  /** Every event but `system.ping`. */
  "*": (data: AnyEvent<C>["data"], event: AnyEvent<C>) => unknown;
  status: (status: Status) => unknown;
  /** Events were missed, and read again or lost; in order with the events, which wait for a promise as they do for each other. */
  recovery: (recovery: Recovery) => unknown;
  /** What the inbox holds now. */
  inbox: (counts: InboxCounts) => unknown;
  /** Refused requests, errors thrown by listeners, events dropped because listeners were too slow. */
  error: (error: Error & { code: string }) => unknown;
}

/** What can be listened to. */
export type ListenerName<C extends AnyCatalog = AnyCatalog> = EventType<C> | keyof Listeners<C>;

/** What a listener of this name is called with. A promise it returns is awaited before the next event. */
export type Listener<C extends AnyCatalog, N extends ListenerName<C>> = N extends keyof Listeners<C>
  ? Listeners<C>[N]
  : N extends EventType<C>
    ? (data: EventData<C, N>, event: TidingsEvent<C, N>) => unknown
    : never;

/** Why a token is asked for; `refused` after a connection that was never opened. */
export interface TokenRequest {
  attempt: number;
  refused: boolean;
}

export type TokenSource =
  | string
  | ((request: TokenRequest) => string | null | Promise<string | null>);

export interface ClientOptions<C extends AnyCatalog = AnyCatalog> {
  /** `ws://localhost:8000/api/v1/ws` or the deployed `wss://…`. */
  url: string;
  userId?: string | undefined;
  channels?: readonly Channel<C>[];
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
  /**
   * The interval of pings to ask the server for, 30 to 540; null takes the server's own. Default 300.
   * What the welcome says is what counts.
   */
  heartbeatSeconds?: number | null;
  /** Answer pings. Each answer is a message on API Gateway's bill, and the server needs none. Default false. */
  answerPings?: boolean;
  /**
   * Keep positions, so that a page loaded anew goes on where it was. `sessionStorage` keeps them for each tab;
   * in `localStorage` all tabs share them.
   */
  storage?: Storage | undefined;
  /** Where in the storage. By default the address and the user. Two clients of one user need one each. */
  storageKey?: string | undefined;
  /** Fetch the application's state anew: events of this stream were lost. Events wait for its promise. */
  getState?: ((lost: Extract<Recovery, { state: "state_lost" }>) => unknown) | undefined;
  /** Tell what is sent, heard and decided, line by line: true for `console.debug`. Tokens are left out. */
  debug?: boolean | ((line: string) => void);
  /** For tests and for runtimes without a WebSocket of their own. */
  WebSocket?: typeof WebSocket;
  random?: () => number;
}

/** What went wrong, with a `code` to decide by: the server's own codes, or one of the client's. */
export declare class TidingsError extends Error {
  constructor(code: string, message: string, cause?: unknown);
  code: string;
}

/** One user's events over one connection, replaced as often as needed without losing or repeating an event. */
export declare class TidingsClient<C extends AnyCatalog = AnyCatalog> implements AsyncIterable<AnyEvent<C>> {
  constructor(options: ClientOptions<C>);
  get status(): Status;
  /** The channels asked for, in the order they were asked for. */
  get channels(): Channel<C>[];
  /** How many items of the inbox the user has not seen; undefined before the welcome, and without a user. */
  get unseen(): number | undefined;
  /** Connect, and stay connected until `close`. Settled by the first welcome, or by `close`. */
  connect(): Promise<Welcome>;
  /** Listen to one event type, to all but pings under the name `"*"`, or to what the client tells about itself. */
  on<N extends ListenerName<C>>(name: N, listener: Listener<C, NoInfer<N>>): () => void;
  /** The next event of a type for which `where` holds. Rejected by `close`, or by the signal. */
  once<T extends EventType<C>>(
    type: T,
    options?: { where?: (data: EventData<C, T>, event: TidingsEvent<C, T>) => boolean; signal?: AbortSignal },
  ): Promise<TidingsEvent<C, T>>;
  /** Events of one type, or of all, one by one: the next waits until the loop comes back. Ends with `close`. */
  events<T extends EventType<C>>(type: T): AsyncIterableIterator<TidingsEvent<C, T>>;
  events(): AsyncIterableIterator<AnyEvent<C>>;
  [Symbol.asyncIterator](): AsyncIterator<AnyEvent<C>>;
  /** What the server answered; waits through reconnects. */
  subscribe(channel: Channel<C>): Promise<Subscribed<C>>;
  unsubscribe(channel: Channel<C>): Promise<{ channel: Channel<C> }>;
  /** What the server holds for this connection. */
  listChannels(): Promise<Channel<C>[]>;
  /** What was addressed to the user, newest first. `before`: the `through` of the page before. */
  inbox(page?: { limit?: number; before?: number }): Promise<InboxPage<C>>;
  /** The user has seen the inbox up to this number, on all devices. What was seen stays seen. */
  seen(inbox: number): Promise<{ inbox: number; unseen: number; last: number }>;
  /** End for good, or until `connect` is called again. */
  close(reason?: string): void;
}
