export { TidingsClient } from "./client.js";
export { TidingsError } from "./errors.js";
/** @typedef {import("../types/index.js").AnyEvent} AnyEvent */
/** @typedef {import("../types/index.js").ClientOptions} ClientOptions */
/** @typedef {import("../types/index.js").Listeners} Listeners */
/** @typedef {import("../types/index.js").InboxCounts} InboxCounts */
/** @typedef {import("../types/index.js").InboxPage} InboxPage */
/** @typedef {import("../types/index.js").Position} Position */
/** @typedef {import("../types/index.js").Recovery} Recovery */
/** @typedef {import("../types/index.js").Status} Status */
/** @typedef {import("../types/index.js").Storage} Storage */
/** @typedef {import("../types/index.js").Subscribed} Subscribed */
/** @typedef {import("../types/index.js").TokenRequest} TokenRequest */
/** @typedef {import("../types/index.js").TokenSource} TokenSource */
/** @typedef {import("../types/index.js").Welcome} Welcome */
/** @typedef {import("../types/index.js").TidingsEvent} TidingsEvent */
/** @typedef {import("../types/index.js").Channel} Channel */
/** @typedef {import("../types/index.js").EventType} EventType */
