export { TidingsClient } from "./client.js";
export { TidingsError } from "./errors.js";
/** @typedef {import("../types/index.js").AnyEvent} AnyEvent */
/** @typedef {import("../types/index.js").ClientOptions} ClientOptions */
/** @typedef {import("../types/index.js").Listeners} Listeners */
/** @typedef {import("../types/index.js").Status} Status */
/** @typedef {import("../types/index.js").Subscribed} Subscribed */
/** @typedef {import("../types/index.js").TokenRequest} TokenRequest */
/** @typedef {import("../types/index.js").TokenSource} TokenSource */
/** @typedef {import("../types/index.js").Welcome} Welcome */
/**
 * @template {import("../types/events.js").EventType} [T=import("../types/events.js").EventType]
 * @typedef {import("../types/index.js").TidingsEvent<T>} TidingsEvent
 */
/** @typedef {import("../types/events.js").Channel} Channel */
/** @typedef {import("../types/events.js").EventType} EventType */
/** @typedef {import("../types/events.js").EventData} EventData */
