/**
 * What a client remembers of each stream, and what follows from what it hears. There are no sockets and no timers
 * here: each function takes the memory, what was heard and the time, and returns what is to be done, in order.
 * The Python client does the same; tests/clients/resume_cases.json holds both.
 * @import { Position } from "../types/index.js"
 * @import { Memory, Question, Step } from "./positions.js"
 */
import { advance, at, gapOf, hand, pick, place, reached, tell } from "./positions.js";

// Publishers run side by side. An event that is only out of order comes within this time, and nobody is asked.
const REORDER_MS = 500;
// The longest that an event waits for the one before it. A head that a ping tells may be under way as long.
const HOLD_MS = 2_000;

/**
 * When `tick` has something to do; Infinity: never.
 * @param {Memory} memory
 */
export const wakeAtMs = ({ gaps }) =>
  Math.min(...Object.values(gaps).flatMap(({ asked, dueMs, held }) => [asked ? Infinity : dueMs, ...held.map(({ untilMs }) => untilMs)]));

/**
 * An event, live.
 * @param {Memory} memory @param {number} nowMs @param {any} event
 * @returns {Step[]}
 */
export const heard = (memory, nowMs, event) => {
  // An answer may tell what was handed over since its gap opened.
  if (!Object.keys(memory.gaps).length) for (const id of memory.ids) if (memory.ids.size > memory.rememberIds) memory.ids.delete(id);
  const here = memory.positions[event.stream];
  // Another epoch's offset moves no position. Which epoch is the stream's now, the next welcome tells.
  if (!here || (event.epoch ?? here.epoch) !== here.epoch || event.offset <= reached(here, event.channel)) return hand(memory, event);
  const gap = gapOf(memory, event.stream);
  gap.held.push({ event, untilMs: nowMs + HOLD_MS });
  if (event.previous > reached(here, event.channel) && gap.head < Infinity) gap.dueMs = Math.min(gap.dueMs, nowMs + REORDER_MS);
  return tick(memory, nowMs);
};

/**
 * Where streams stand, as a welcome or an answer to subscribe tells it.
 * @param {Memory} memory
 * @param {number} nowMs
 * @param {{ streams?: Record<string, Position> | undefined, channels: string[] }} told
 * @param {number} [waitMs] how long another connection may still bring what is missing here
 * @returns {Step[]}
 */
export const stands = (memory, nowMs, { streams = {}, channels }, waitMs = 0) =>
  Object.entries(streams).flatMap(([stream, there]) => {
    const here = memory.positions[stream];
    const heads = there.channels ? pick(channels, there.channels) : { [stream]: there.offset };
    if (here?.epoch !== there.epoch) return begin(memory, nowMs, stream, { ...there, channels: there.channels && heads }, here && "epoch");
    // A channel that is new to this connection begins where it stands now.
    const known = { ...here, channels: here.channels && { ...heads, ...here.channels } };
    const behind = Object.entries(heads).some(([channel, head]) => head > reached(known, channel));
    const whole = !behind && Object.keys(known.channels ?? {}).every((channel) => channel in heads);
    place(memory, stream, { ...known, offset: whole ? Math.max(here.offset, there.offset) : here.offset });
    if (behind || memory.gaps[stream]?.head === Infinity || (there.offset < here.offset && !waitMs)) {
      const gap = gapOf(memory, stream);
      gap.head = Math.max(gap.head, behind ? there.offset : Infinity);
      gap.dueMs = Math.min(gap.dueMs, nowMs + waitMs);
    }
    return tick(memory, nowMs);
  });

/**
 * The heads that a ping tells. What they count may still be under way.
 * @param {Memory} memory @param {number} nowMs @param {Record<string, number>} [heads]
 */
export const headsAre = (memory, nowMs, heads = {}) => {
  const known = Object.entries(memory.positions).flatMap(([stream, here]) => (here && heads[stream] ? [[stream, { ...here, offset: heads[stream] }]] : []));
  return stands(memory, nowMs, { streams: Object.fromEntries(known), channels: [] }, HOLD_MS);
};

/**
 * The answer to a question that was asked before; an answer to any other question changes nothing. A refusal is an
 * answer with a reason only: then there is no position any more.
 * @param {Memory} memory @param {number} nowMs @param {Question} question @param {any} answer
 * @returns {Step[]}
 */
export const answered = (memory, nowMs, question, { recovered, reason = "unknown", epoch, head, events, through, more, settling }) => {
  const { stream } = question;
  const gap = memory.gaps[stream];
  if (gap?.asked !== question) return [];
  if (["token_expired", "revoked"].includes(reason)) {
    // It is the connection that ends: the next one asks again.
    gap.asked = undefined;
    gap.dueMs = Infinity;
    return [];
  }
  const { channels } = at(memory, stream);
  if (!recovered) return begin(memory, nowMs, stream, epoch && { epoch, offset: head, channels: channels && pick(Object.keys(channels)) }, reason);
  /** @type {Step[]} */
  const steps = [];
  for (const event of events) {
    const missed = event.offset > reached(at(memory, stream), event.channel);
    advance(memory, stream, event.offset);
    if (missed) steps.push(...hand(memory, { ...event, recovered }));
  }
  advance(memory, stream, through);
  gap.count = (gap.count ?? 0) + steps.length;
  gap.asked = undefined;
  gap.head = more || settling ? Infinity : 0;
  gap.dueMs = nowMs + (more ? 0 : settling ? settling.retry_after_seconds * 1000 : HOLD_MS);
  return [...steps, ...tick(memory, nowMs)];
};

/**
 * What the time alone brings, and what has become due in order.
 * @param {Memory} memory
 * @param {number} nowMs
 */
export const tick = (memory, nowMs) => {
  /** @type {Step[]} */
  const steps = [];
  for (const [stream, gap] of Object.entries(memory.gaps)) {
    gap.held.sort((one, other) => one.event.offset - other.event.offset);
    gap.held = gap.held.filter((one) => {
      const { channel, previous, offset } = one.event;
      const here = at(memory, stream);
      const next = previous <= reached(here, channel);
      if (next && offset > reached(here, channel)) {
        const channels = here.channels && { ...here.channels, [channel]: offset };
        place(memory, stream, { ...here, channels, offset: offset === here.offset + 1 ? offset : here.offset });
      }
      if (next || one.untilMs <= nowMs) {
        steps.push(...hand(memory, one.event));
        one.untilMs = Infinity;
      }
      return !next;
    });
    if (gap.asked) continue;
    if (!gap.held.length && gap.head <= at(memory, stream).offset) {
      if (gap.count !== undefined) steps.push(tell(memory, { state: "recovered", stream, events: gap.count }));
      delete memory.gaps[stream];
    } else if (gap.dueMs <= nowMs) {
      if (gap.count === undefined) steps.push(tell(memory, { state: "recovering", stream }));
      const { epoch, offset } = at(memory, stream);
      gap.count ??= 0;
      gap.asked = { stream, epoch, after: offset };
      steps.push({ ask: gap.asked, positions: memory.positions });
    }
  }
  return steps;
};

/**
 * Start anew at a position, or without one. With a reason something was lost.
 * @param {Memory} memory @param {number} nowMs @param {string} stream @param {Position | undefined} position @param {string} [reason]
 * @returns {Step[]}
 */
const begin = (memory, nowMs, stream, position, reason) => {
  const held = memory.gaps[stream]?.held ?? [];
  delete memory.gaps[stream];
  place(memory, stream, position);
  const lost = reason ? [tell(memory, { state: "state_lost", stream, reason })] : [];
  // The offset of a held event may be one of the epoch before: it must move no position.
  if (!position || reason !== "expired") return [...lost, ...held.flatMap(({ event }) => hand(memory, event))];
  Object.assign(gapOf(memory, stream), { held, dueMs: nowMs + REORDER_MS });
  return [...lost, ...tick(memory, nowMs)];
};
