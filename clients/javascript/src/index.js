export { TidingsClient } from "./client.js";
export { TidingsError } from "./errors.js";
/** @typedef {import("./types.js").AnyEvent} AnyEvent */
/** @typedef {import("./types.js").ClientOptions} ClientOptions */
/** @typedef {import("./types.js").Listeners} Listeners */
/** @typedef {import("./types.js").Status} Status */
/** @typedef {import("./types.js").Subscribed} Subscribed */
/** @typedef {import("./types.js").TokenRequest} TokenRequest */
/** @typedef {import("./types.js").TokenSource} TokenSource */
/** @typedef {import("./types.js").Welcome} Welcome */
/**
 * @template {import("./events.js").EventType} [T=import("./events.js").EventType]
 * @typedef {import("./types.js").TidingsEvent<T>} TidingsEvent
 */
/** @typedef {import("./events.js").Channel} Channel */
/** @typedef {import("./events.js").EventType} EventType */
/** @typedef {import("./events.js").EventData} EventData */
