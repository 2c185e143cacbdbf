// The memory against a server that drops, repeats, reorders, cuts and fills holes late, under many seeds.
import { expect, test } from "vitest";
import { remember } from "../src/positions.js";
import { answered, headsAre, heard, stands, tick, wakeAtMs } from "../src/resume.js";

const CHANNELS = ["jobs", "skills"];

/** @param {number} seed mulberry32 */
const randomOf = (seed) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
};

/** @param {number} seed */
const live = (seed) => {
  const random = randomOf(seed);
  const upTo = (/** @type {number} */ most) => Math.floor(random() * most);
  /** @type {Record<string, any[]>} */
  const logs = { jobs: [], skills: [], "@me": [] };
  /** @type {{ at: number, run: (now: number) => void }[]} */
  const later = [];
  const at = (/** @type {number} */ time, /** @type {(now: number) => void} */ run) => later.push({ at: time, run });
  const memory = remember(50);
  /** @type {string[]} */
  const handed = [];
  /** @type {any[]} */
  const told = [];
  let connection = 0;
  let asked = 0;

  const positions = () => {
    const last = Object.fromEntries(CHANNELS.map((channel) => [channel, logs["@me"]?.findLast((event) => event.channel === channel)?.offset ?? 0]));
    return Object.fromEntries(
      Object.entries(logs).map(([stream, log]) => [stream, { epoch: "e", offset: log.length, ...(stream === "@me" && { channels: last }) }]),
    );
  };
  const publish = (/** @type {number} */ now, /** @type {number} */ dropped) => {
    const channel = CHANNELS[upTo(2)] ?? "";
    const stream = random() < 0.4 ? "@me" : channel;
    const log = logs[stream] ?? [];
    const offset = log.length + 1;
    const previous = stream === "@me" ? (log.findLast((event) => event.channel === channel)?.offset ?? 0) : offset - 1;
    const event = { id: `${stream}/${offset}`, stream, channel, offset, previous, writtenAt: now + (random() < 0.1 ? upTo(3_000) : 0) };
    log.push(event);
    const on = connection;
    for (let times = random() < 0.1 ? 2 : 1; times > 0; times--)
      if (random() >= dropped) at(event.writtenAt + upTo(random() < 0.1 ? 3_000 : 50), (then) => on && on === connection && take(heard(memory, then, event), then));
  };
  const answer = (/** @type {import("../src/positions.js").Question} */ question, /** @type {number} */ now) => {
    const log = logs[question.stream] ?? [];
    const unwritten = log.find(({ offset, writtenAt }) => offset > question.after && writtenAt > now);
    const end = Math.min(question.after + 3 + upTo(5), unwritten ? unwritten.offset - 1 : log.length);
    const events = log.slice(question.after, end);
    const more = end < log.length && !(unwritten?.offset === end + 1);
    const settling = !more && unwritten && { settling: { retry_after_seconds: 1 } };
    return { ...question, events, through: Math.max(end, question.after), head: log.length, more, recovered: true, ...settling };
  };
  const take = (/** @type {import("../src/positions.js").Step[]} */ steps, /** @type {number} */ now) => {
    for (const { event, ask } of steps) {
      if (event?.type === "recovery") told.push(event.data.state);
      else if (event) handed.push(event.id);
      if (!ask) continue;
      asked++;
      const late = random() < 0.1 ? 30_000 : 0;
      at(now + upTo(200) + late, (then) => {
        const told = answer(ask, then);
        at(then + upTo(100), (still) => take(answered(memory, still, ask, told), still));
      });
    }
  };
  const run = (/** @type {number} */ end) => {
    for (;;) {
      later.sort((one, other) => one.at - other.at);
      const next = Math.min(later[0]?.at ?? Infinity, wakeAtMs(memory));
      if (next > end) return;
      if (later[0]?.at === next) later.shift()?.run(next);
      else take(tick(memory, next), next);
    }
  };

  take(stands(memory, 0, { streams: positions(), channels: CHANNELS }), 0);
  connection = 1;
  let now = 0;
  for (let round = 0; round < 120; round++) {
    now += upTo(400);
    run(now);
    if (random() < 0.08) connection = 0;
    else if (random() < 0.3 && !connection) {
      connection = round + 2;
      take(stands(memory, now, { streams: positions(), channels: CHANNELS }), now);
    }
    publish(now, 0.15);
    if (random() < 0.1) take(headsAre(memory, now, { jobs: logs.jobs?.length ?? 0, skills: logs.skills?.length ?? 0 }), now);
  }
  // In the end a connection stays, and nothing is dropped any more.
  connection = 1_000;
  run((now += 10_000));
  take(stands(memory, now, { streams: positions(), channels: CHANNELS }), now);
  run(now + 200_000);
  const published = Object.values(logs).flatMap((log) => log.map(({ id }) => id));
  return { published, handed, told, asked, positions: memory.positions, there: positions(), gaps: Object.keys(memory.gaps) };
};

test("under two hundred seeds every event is handed over once, and no state is called lost", () => {
  let asked = 0;
  for (let seed = 0; seed < 200; seed++) {
    const lived = live(seed);
    expect({ seed, handed: [...lived.handed].sort() }).toEqual({ seed, handed: [...lived.published].sort() });
    expect({ seed, lost: lived.told.includes("state_lost"), gaps: lived.gaps }).toEqual({ seed, lost: false, gaps: [] });
    for (const [stream, { offset }] of Object.entries(lived.there)) expect({ seed, offset: lived.positions[stream]?.offset }).toEqual({ seed, offset });
    expect(lived.told.filter((state) => state === "recovering").length).toBe(lived.told.filter((state) => state === "recovered").length);
    asked += lived.asked;
  }
  expect(asked).toBeGreaterThan(400);
});
