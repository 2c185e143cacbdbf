/**
 * What a client remembers: how far it has each stream, what it holds back, and which ids it has handed over.
 * @import { Position, Recovery } from "../types/index.js"
 */

/** @typedef {Record<string, Position | undefined>} Positions by stream; never changed, always replaced */
/** @typedef {{ stream: string, epoch: string, after: number }} Question */
/** @typedef {{ event?: any, ask?: Question, positions: Positions }} Step
 *   one thing to do, and the positions once it is done; an event of type `recovery` is the client's own */
/** @typedef {{ event: any, untilMs: number }} Held `untilMs` is Infinity once the event was handed over */
/** @typedef {{ held: Held[], head: number, dueMs: number, asked?: Question | undefined, count?: number }} Gap
 *   `head` is where the stream stands, Infinity until an answer tells; `count` is there once `recovering` was told */
/** @typedef {{ positions: Positions, gaps: Record<string, Gap>, ids: Set<string>, rememberIds: number }} Memory */

/**
 * @param {number} rememberIds
 * @param {Positions} [positions] from an earlier life
 * @param {Iterable<string>} [ids] of events that were handed over then
 * @returns {Memory}
 */
export const remember = (rememberIds, positions = {}, ids = []) => ({ positions, gaps: {}, ids: new Set(ids), rememberIds });

/** @param {Memory} memory @param {Recovery} data @returns {Step} */
export const tell = ({ positions }, data) => ({ event: { type: "recovery", data }, positions });

/** @param {string[]} names @param {Record<string, number>} [from] */
export const pick = (names, from = {}) => Object.fromEntries(names.map((name) => [name, from[name] ?? 0]));

/**
 * Up to where everything is here, of a stream or of one channel of `@me`. In `@me` everything is here up to `offset`,
 * and of one channel up to its own offset.
 * @param {Position} position @param {string} channel
 */
export const reached = ({ offset, channels }, channel) => Math.max(offset, channels?.[channel] ?? 0);

/** @param {Memory} memory @param {string} stream @returns {Gap} */
export const gapOf = ({ gaps }, stream) => (gaps[stream] ??= { held: [], head: 0, dueMs: Infinity });

/** @param {Memory} memory @param {string} stream */
export const at = ({ positions }, stream) => /** @type {Position} */ (positions[stream]);

/** @param {Memory} memory @param {string} stream @param {Position | undefined} position */
export const place = (memory, stream, position) => (memory.positions = { ...memory.positions, [stream]: position });

/** @param {Memory} memory @param {string} stream @param {number} offset */
export const advance = (memory, stream, offset) => {
  const here = at(memory, stream);
  place(memory, stream, { ...here, offset: Math.max(here.offset, offset) });
};

/**
 * Each id once.
 * @param {Memory} memory @param {any} event @returns {Step[]}
 */
export const hand = ({ ids, positions }, event) => {
  if (ids.has(event.id)) return [];
  if (event.id !== undefined) ids.add(event.id);
  return [{ event, positions }];
};

/**
 * A channel that is not subscribed any more.
 * @param {Memory} memory @param {number} _nowMs @param {string} left
 * @returns {Step[]}
 */
export const leave = (memory, _nowMs, left) => {
  place(memory, left, undefined);
  delete memory.gaps[left];
  const me = memory.positions["@me"];
  if (me) {
    const channels = { ...me.channels };
    delete channels[left];
    place(memory, "@me", { ...me, channels });
  }
  const gap = memory.gaps["@me"];
  if (gap) gap.held = gap.held.filter(({ event }) => event.channel !== left);
  return [];
};
