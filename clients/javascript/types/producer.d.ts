import type { AnyCatalog, TidingsError } from "./index.js";

/** One event to publish. */
export type Message<C extends AnyCatalog = AnyCatalog> = {
  [T in keyof C["produced"]]: {
    type: T;
    data: C["produced"][T];
    /** Only to this user's connections; without it to everyone on the channel. */
    userId?: string | undefined;
    /** Makes a retry harmless: the same id is delivered once. One is made when there is none. */
    id?: string | undefined;
    /** Keep it and deliver it then: a Date, or ISO 8601 with an offset. */
    deliverAt?: Date | string | undefined;
    /** The same key again moves a scheduled message. */
    scheduleKey?: string | undefined;
  };
}[keyof C["produced"]];

/** An entry of EventBridge's PutEvents. */
export interface Entry {
  EventBusName: string;
  Source: string;
  DetailType: string;
  Detail: string;
}

export interface PutEventsAnswer {
  Entries?: { EventId?: string | undefined; ErrorCode?: string | undefined; ErrorMessage?: string | undefined }[] | undefined;
}

export interface ProducerOptions {
  /** `tidings-dev`, `tidings-prod`; `tidings-local` on a laptop. */
  bus: string;
  /** The name of the service that publishes. */
  source: string;
  /** An EventBridgeClient; without it one is made with the SDK's own settings. */
  client?: { send: (command: any) => Promise<any> } | undefined;
  /** In place of the AWS SDK. */
  putEvents?: (entries: Entry[]) => Promise<PutEventsAnswer>;
  /** How often an entry is offered to the bus. Default 5. */
  attempts?: number;
  random?: () => number;
}

/** The bus did not take some events, also not when asked again. */
export interface NotPublished extends TidingsError {
  messages: Message[];
  /** The bus's own error codes. */
  codes: string[];
}

/** Puts events on EventBridge: checked first, in batches of ten, what was refused tried again. */
export declare class Producer<C extends AnyCatalog = AnyCatalog> {
  constructor(options: ProducerOptions);
  /**
   * Settled when the bus has accepted all. Answers the ids.
   * Rejected with the code `invalid_event` before anything is sent, or with `not_published` (NotPublished).
   */
  publish(messages: Message<C> | readonly Message<C>[]): Promise<string[]>;
}
