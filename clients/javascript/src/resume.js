/**
 * What a client remembers of each stream, and what follows from what it hears. There are no sockets and no timers
 * here: each function takes the memory, what was heard and the time, and returns what is to be done, in order.
 * The Python client does the same; tests/clients/resume_cases.json holds both.
 * @import { Position, Recovery } from "../types/index.js"
 */

// Publishers run side by side. An event that is only out of order comes within this time, and nobody is asked.
const REORDER_MS = 500;
// The longest that an event waits for the one before it. A head that a ping tells may be under way as long.
const HOLD_MS = 2_000;
const TRY_AGAIN = ["timeout", "rate_limited", "internal_error"];

/** @typedef {Record<string, Position>} Positions by stream; never changed, always replaced */
/** @typedef {{ stream: string, epoch: string, after: number }} Question */
/** @typedef {{ event?: any, ask?: Question, tell?: Recovery, positions: Positions }} Step
 *   one thing to do, and the positions once it is done */
/** @typedef {{ event: any, untilMs: number }} Held `untilMs` is Infinity once the event was handed over */
/** @typedef {{ held: Held[], head: number, dueMs: number, asked?: Question | undefined, unsure: boolean, told: boolean, count: number }} Gap
 *   `unsure`: the position cannot be judged before an answer comes */
/** @typedef {{ positions: Positions, gaps: Record<string, Gap>, ids: Set<string>, rememberIds: number }} Memory */

/**
 * @param {number} rememberIds
 * @param {Positions} [positions] from an earlier life
 * @param {Iterable<string>} [ids] of events that were handed over then
 * @returns {Memory}
 */
export const remember = (rememberIds, positions = {}, ids = []) => ({ positions, gaps: {}, ids: new Set(ids), rememberIds });

/**
 * When `tick` has something to do; Infinity: never.
 * @param {Memory} memory
 */
export const wakeAtMs = ({ gaps }) =>
  Math.min(...Object.values(gaps).flatMap(({ asked, dueMs, held }) => [asked ? Infinity : dueMs, ...held.map(({ untilMs }) => untilMs)]));

/**
 * An event, live.
 * @param {Memory} memory @param {any} event @param {number} nowMs
 * @returns {Step[]}
 */
export const heard = (memory, event, nowMs) => {
  const here = memory.positions[event.stream];
  if (!here || event.offset <= reached(here, event.channel)) return hand(memory, event);
  const gap = gapOf(memory, event.stream);
  gap.held.push({ event, untilMs: nowMs + HOLD_MS });
  if (event.previous > reached(here, event.channel) && !gap.unsure) gap.dueMs = Math.min(gap.dueMs, nowMs + REORDER_MS);
  return close(memory, event.stream, nowMs);
};

/**
 * Where streams stand, as a welcome or an answer to subscribe tells it.
 * @param {Memory} memory
 * @param {{ streams?: Positions, channels: string[] }} told
 * @param {number} nowMs
 * @param {number} [waitMs] how long another connection may still bring what is missing here
 * @returns {Step[]}
 */
export const stands = (memory, { streams = {}, channels }, nowMs, waitMs = 0) =>
  Object.entries(streams).flatMap(([stream, there]) => {
    const here = memory.positions[stream];
    // A channel that is new to this connection begins where it stands now.
    const fresh = there.channels && Object.fromEntries(channels.map((channel) => [channel, there.channels?.[channel] ?? 0]));
    if (here?.epoch !== there.epoch) return begin(memory, stream, { ...there, ...(fresh && { channels: fresh }) }, nowMs, here && "epoch");
    const known = { ...here, ...(fresh && { channels: { ...fresh, ...here.channels } }) };
    const behind = there.channels
      ? Object.keys(fresh ?? {}).some((channel) => (there.channels?.[channel] ?? 0) > reached(known, channel))
      : there.offset > here.offset;
    const toldAll = Object.keys(known.channels ?? {}).every((channel) => channels.includes(channel));
    place(memory, stream, behind || !toldAll ? known : { ...known, offset: Math.max(here.offset, there.offset) });
    if (behind || (there.offset < here.offset && !waitMs)) {
      const gap = gapOf(memory, stream);
      gap.head = Math.max(gap.head, there.offset);
      gap.unsure ||= !behind;
      gap.dueMs = Math.min(gap.dueMs, nowMs + waitMs);
    }
    return tick(memory, nowMs);
  });

/**
 * The heads that a ping tells.
 * @param {Memory} memory @param {Record<string, number>} heads @param {number} nowMs
 */
export const headsAre = (memory, heads, nowMs) => {
  for (const [stream, head] of Object.entries(heads)) {
    if (head <= (memory.positions[stream]?.offset ?? Infinity)) continue;
    const gap = gapOf(memory, stream);
    gap.head = Math.max(gap.head, head);
    gap.dueMs = Math.min(gap.dueMs, nowMs + HOLD_MS);
  }
};

/**
 * The answer to a question that was asked before; an answer to any other question changes nothing.
 * @param {Memory} memory @param {Question} question @param {any} answer @param {number} nowMs
 * @returns {Step[]}
 */
export const answered = (memory, question, answer, nowMs) => {
  const { stream } = question;
  const gap = memory.gaps[stream];
  const here = memory.positions[stream];
  if (!here || gap?.asked !== question) return [];
  if (!answer.recovered) {
    const channels = here.channels && Object.fromEntries(Object.keys(here.channels).map((channel) => [channel, 0]));
    return begin(memory, stream, { epoch: answer.epoch, offset: answer.head, ...(channels && { channels }) }, nowMs, answer.reason ?? "unknown");
  }
  const steps = [];
  // Those that waited too long for the ones before them.
  const early = new Set(gap.held.flatMap(({ event, untilMs }) => (untilMs === Infinity ? event.id : [])));
  for (const event of answer.events) {
    const missed = event.offset > reached(/** @type {Position} */ (memory.positions[stream]), event.channel) && !early.has(event.id);
    advance(memory, stream, event.offset);
    if (missed) steps.push(...hand(memory, { ...event, recovered: true }));
  }
  gap.count += steps.length;
  advance(memory, stream, answer.through);
  gap.asked = undefined;
  gap.head = answer.more ? gap.head : 0;
  gap.unsure = answer.more || !!answer.settling;
  gap.dueMs = nowMs + (answer.more ? 0 : answer.settling ? answer.settling.retry_after_seconds * 1000 : HOLD_MS);
  return [...steps, ...close(memory, stream, nowMs), ...tick(memory, nowMs)];
};

/**
 * A question that was refused, or not answered in time.
 * @param {Memory} memory @param {Question} question @param {string} code @param {number} nowMs
 * @returns {Step[]}
 */
export const failed = (memory, question, code, nowMs) => {
  const { stream } = question;
  const gap = memory.gaps[stream];
  if (gap?.asked !== question) return [];
  gap.asked = undefined;
  gap.dueMs = nowMs + HOLD_MS;
  return TRY_AGAIN.includes(code) ? [] : begin(memory, stream, undefined, nowMs, code);
};

/**
 * A channel that is not subscribed any more.
 * @param {Memory} memory @param {string} left
 */
export const leave = (memory, left) => {
  place(memory, left, undefined);
  delete memory.gaps[left];
  for (const [stream, here] of Object.entries(memory.positions)) {
    const { [left]: _gone, ...channels } = here.channels ?? {};
    if (here.channels) place(memory, stream, { ...here, channels });
  }
  for (const gap of Object.values(memory.gaps)) gap.held = gap.held.filter(({ event }) => event.channel !== left);
};

/**
 * What the time alone brings.
 * @param {Memory} memory @param {number} nowMs
 * @returns {Step[]}
 */
export const tick = (memory, nowMs) =>
  Object.keys(memory.gaps).flatMap((stream) => {
    const steps = close(memory, stream, nowMs);
    const gap = memory.gaps[stream];
    if (!gap || gap.asked || gap.dueMs > nowMs) return steps;
    if (!gap.told) steps.push(step(memory, { tell: { state: "recovering", stream } }));
    const { epoch, offset } = /** @type {Position} */ (memory.positions[stream]);
    gap.told = true;
    gap.asked = { stream, epoch, after: offset };
    return [...steps, step(memory, { ask: gap.asked })];
  });

/** @param {Memory} memory @param {Omit<Step, "positions">} what @returns {Step} */
const step = ({ positions }, what) => ({ ...what, positions });

/**
 * Up to where everything is here, of a stream or of one channel of `@me`. In `@me` everything is here up to `offset`,
 * and of one channel up to its own offset.
 * @param {Position} position @param {string} channel
 */
const reached = ({ offset, channels }, channel) => Math.max(offset, channels?.[channel] ?? 0);

/** @param {Memory} memory @param {string} stream @returns {Gap} */
const gapOf = ({ gaps }, stream) => (gaps[stream] ??= { held: [], head: 0, dueMs: Infinity, unsure: false, told: false, count: 0 });

/** @param {Memory} memory @param {string} stream @param {Position | undefined} position */
const place = (memory, stream, position) => {
  const { [stream]: _before, ...others } = memory.positions;
  memory.positions = position ? { ...others, [stream]: position } : others;
};

/** @param {Memory} memory @param {string} stream @param {number} offset */
const advance = (memory, stream, offset) => {
  const here = /** @type {Position} */ (memory.positions[stream]);
  place(memory, stream, { ...here, offset: Math.max(here.offset, offset) });
};

/**
 * Each id once.
 * @param {Memory} memory @param {any} event @returns {Step[]}
 */
const hand = (memory, event) => {
  const { ids } = memory;
  if (event.id !== undefined) {
    if (ids.has(event.id)) return [];
    if (ids.add(event.id).size > memory.rememberIds) ids.delete(/** @type {string} */ (ids.values().next().value));
  }
  return [step(memory, { event })];
};

/**
 * Start anew at a position, or without one. With a reason something was lost.
 * @param {Memory} memory @param {string} stream @param {Position | undefined} position @param {number} nowMs @param {string} [reason]
 * @returns {Step[]}
 */
const begin = (memory, stream, position, nowMs, reason) => {
  const held = memory.gaps[stream]?.held ?? [];
  delete memory.gaps[stream];
  place(memory, stream, position);
  const lost = reason ? [step(memory, { tell: { state: "state_lost", stream, reason } })] : [];
  if (!position) return [...lost, ...held.flatMap(({ event, untilMs }) => (untilMs < Infinity ? hand(memory, event) : []))];
  Object.assign(gapOf(memory, stream), { held, dueMs: nowMs + REORDER_MS });
  return [...lost, ...close(memory, stream, nowMs)];
};

/**
 * Hand over what has become due in order, and what has waited long enough.
 * @param {Memory} memory @param {string} stream @param {number} nowMs
 * @returns {Step[]}
 */
const close = (memory, stream, nowMs) => {
  const gap = memory.gaps[stream];
  if (!gap) return [];
  /** @type {Step[]} */
  const steps = [];
  gap.held.sort((one, other) => one.event.offset - other.event.offset);
  gap.held = gap.held.filter((one) => {
    const { channel, previous, offset } = one.event;
    const here = /** @type {Position} */ (memory.positions[stream]);
    const next = previous <= reached(here, channel);
    if (next && offset > reached(here, channel)) {
      const channels = here.channels && { ...here.channels, [channel]: offset };
      place(memory, stream, { ...here, ...(channels && { channels }) });
      if (!channels || offset === here.offset + 1) advance(memory, stream, offset);
    }
    if (one.untilMs < Infinity && (next || one.untilMs <= nowMs)) {
      steps.push(...hand(memory, one.event));
      one.untilMs = Infinity;
    }
    return !next;
  });
  const { offset } = /** @type {Position} */ (memory.positions[stream]);
  if (!gap.held.length && gap.head <= offset && !gap.unsure && !gap.asked) {
    if (gap.told) steps.push(step(memory, { tell: { state: "recovered", stream, events: gap.count } }));
    delete memory.gaps[stream];
  }
  return steps;
};
