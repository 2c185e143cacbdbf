/** @import { Entry, Message, ProducerOptions, PutEventsAnswer } from "../types/producer.js" */
import { fullJitter } from "./backoff.js";
import { TidingsError } from "./errors.js";

// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html: ten entries, and the older of the
// documented sizes, which every Region accepts.
const BATCH_ENTRIES = 10;
const BATCH_BYTES = 256 * 1024;
const RETRY_BASE_MS = 200;
const RETRY_CAP_MS = 5_000;
// What Tidings accepts at most; the rest would end in its queue of rejected events.
const EVENT_BYTES = 64 * 1024;
const ID_CHARACTERS = 128;
const USER_ID_CHARACTERS = 256;
const SCHEDULE_KEY_CHARACTERS = 256;
const WITH_OFFSET = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/i;

let lastMicroseconds = 0;

/** Orders what this process sends, within a second too: strictly increasing, also when the clock goes back. */
const nextMoment = () => {
  lastMicroseconds = Math.max(Date.now() * 1000, lastMicroseconds + 1);
  return `${new Date(Math.floor(lastMicroseconds / 1000)).toISOString().slice(0, -1)}${String(lastMicroseconds % 1000).padStart(3, "0")}Z`;
};

/** @param {string} text */
const bytes = (text) => new TextEncoder().encode(text).length;

/** Puts events on EventBridge: checked first, in batches of ten, what was refused tried again. */
export class Producer {
  #bus;
  #source;
  #putEvents;
  #attempts;
  #random;

  /** @param {ProducerOptions} options */
  constructor({ bus, source, client, putEvents, attempts = 5, random = Math.random }) {
    if (!bus || !source) throw new TidingsError("invalid_options", "A producer needs the name of its bus and a source");
    this.#bus = bus;
    this.#source = source;
    this.#putEvents = putEvents ?? sdk(client);
    this.#attempts = attempts;
    this.#random = random;
  }

  /**
   * @param {Message | readonly Message[]} messages
   * @returns {Promise<string[]>} the ids, once the bus has accepted all
   */
  async publish(messages) {
    const prepared = [messages].flat().map((/** @type {any} */ message) => this.#prepare(message));
    /** @type {Prepared[]} */
    const left = [];
    /** @type {Set<string>} */
    const codes = new Set();
    for (const batch of batches(prepared)) {
      for (const { one, code } of await this.#put(batch)) {
        left.push(one);
        codes.add(code);
      }
    }
    if (left.length)
      throw Object.assign(new TidingsError("not_published", `${left.length} events were not accepted: ${[...codes].join(", ")}`), {
        messages: left.map(({ message }) => message),
        codes: [...codes],
      });
    return prepared.map(({ id }) => id);
  }

  /**
   * @param {Prepared[]} batch
   * @returns {Promise<{ one: Prepared, code: string }[]>} what was refused to the end
   */
  async #put(batch) {
    for (let attempt = 0; ; attempt++) {
      const { Entries = [] } = await this.#putEvents(batch.map(({ entry }) => entry));
      const refused = batch.flatMap((one, place) => {
        const code = Entries[place]?.ErrorCode;
        return code ? [{ one, code }] : [];
      });
      if (!refused.length || attempt + 1 >= this.#attempts) return refused;
      batch = refused.map(({ one }) => one);
      const waitMs = fullJitter(attempt, RETRY_BASE_MS, RETRY_CAP_MS, this.#random);
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }

  /**
   * @param {Message} message
   * @returns {Prepared}
   */
  #prepare(message) {
    const { type, data, userId, scheduleKey } = message;
    const id = message.id ?? crypto.randomUUID();
    const deliverAt = message.deliverAt instanceof Date ? message.deliverAt.toISOString() : message.deliverAt;
    const problems = [
      ...problemsOf("id", id, ID_CHARACTERS),
      ...problemsOf("userId", userId, USER_ID_CHARACTERS),
      ...problemsOf("scheduleKey", scheduleKey, SCHEDULE_KEY_CHARACTERS),
      ...(typeof data === "object" && data && !Array.isArray(data) ? [] : ["data must be an object"]),
      ...(bytes(JSON.stringify(data) ?? "") > EVENT_BYTES ? [`data has more than the ${EVENT_BYTES} bytes allowed`] : []),
      ...(deliverAt === undefined || (WITH_OFFSET.test(deliverAt) && Date.parse(deliverAt)) ? [] : [`deliverAt: ${deliverAt} is no time with an offset, as 2025-11-15T13:45:00Z`]),
    ];
    if (problems.length) throw new TidingsError("invalid_event", `${type}: ${problems.join("; ")}`);
    const detail = { data, id, user_id: userId, deliver_at: deliverAt, schedule_key: scheduleKey, sent_at: nextMoment() };
    return {
      message,
      id,
      entry: { EventBusName: this.#bus, Source: this.#source, DetailType: type, Detail: JSON.stringify(detail) },
    };
  }
}

/** @typedef {{ message: Message, id: string, entry: Entry }} Prepared */

/**
 * @param {string} name
 * @param {string | undefined} value
 * @param {number} most
 */
const problemsOf = (name, value, most) =>
  value === undefined || (typeof value === "string" && value.length >= 1 && value.length <= most) ? [] : [`${name} must have 1 to ${most} characters`];

/** @param {Prepared[]} prepared */
function* batches(prepared) {
  /** @type {Prepared[]} */
  let batch = [];
  let total = 0;
  for (const one of prepared) {
    // EventBridge counts these three; see the entry size in its user guide.
    const size = bytes(one.entry.Source) + bytes(one.entry.DetailType) + bytes(one.entry.Detail);
    if (batch.length && (batch.length === BATCH_ENTRIES || total + size > BATCH_BYTES)) {
      yield batch;
      batch = [];
      total = 0;
    }
    batch.push(one);
    total += size;
  }
  if (batch.length) yield batch;
}

/**
 * The AWS SDK, loaded when the first event is put: who gives `putEvents` needs none.
 * @param {ProducerOptions["client"]} given
 * @returns {(entries: Entry[]) => Promise<PutEventsAnswer>}
 */
const sdk = (given) => {
  let client = given;
  return async (entries) => {
    const { EventBridgeClient, PutEventsCommand } = await import("@aws-sdk/client-eventbridge").catch((error) => {
      throw new TidingsError("no_sdk", "Install @aws-sdk/client-eventbridge, or give putEvents.", error);
    });
    client ??= new EventBridgeClient({});
    return client.send(new PutEventsCommand({ Entries: entries }));
  };
};
