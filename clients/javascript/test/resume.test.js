// What a client remembers, and what follows from what it hears: the same cases that the Python client runs.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { leave, remember } from "../src/positions.js";
import { answered, headsAre, heard, stands, tick, wakeAtMs } from "../src/resume.js";

const { cases } = JSON.parse(readFileSync(new URL("../../../tests/clients/resume_cases.json", import.meta.url), "utf8"));
const TAKEOVER_MS = 2_000;

/** @param {string} reference `jobs/16` or `jobs/16-20` */
const range = (reference) => {
  const [, stream = "", from, to] = /^(.+)\/(\d+)(?:-(\d+))?$/.exec(reference) ?? [];
  return Array.from({ length: Number(to ?? from) - Number(from) + 1 }, (_, more) => `${stream}/${Number(from) + more}`);
};

/** @param {any} written @returns {any} */
const eventOf = (written) => {
  if (typeof written !== "string") return { ...(written.stream && { id: `${written.stream}/${written.offset}` }), ...written };
  const [stream, offset] = written.split("/");
  return { id: written, stream, channel: stream, offset: Number(offset), previous: Number(offset) - 1 };
};

/** @param {any[]} written */
const eventsOf = (written) => written.flatMap((one) => (typeof one === "string" ? range(one) : [one])).map(eventOf);

/** @param {string[]} lines */
const spelledOut = (lines) =>
  lines.flatMap((line) => {
    const [, verb, reference = ""] = /^(hand over|recover) (.+)$/.exec(line) ?? [];
    return verb && /\d-\d/.test(reference) ? range(reference).map((one) => `${verb} ${one}`) : [line];
  });

/** @param {import("../src/positions.js").Step} step */
const words = ({ event, ask }) => {
  const tell = event?.type === "recovery" ? event.data : undefined;
  if (event && !tell) return `${event.recovered ? "recover" : "hand over"} ${event.id ?? "-"}`;
  if (ask) return `ask ${ask.stream} after ${ask.after}`;
  if (tell?.state === "recovering") return `recovering ${tell.stream}`;
  if (tell?.state === "recovered") return `recovered ${tell.stream}: ${tell.events}`;
  return `state lost ${tell?.stream}: ${tell?.reason}`;
};

/** @param {any} memory @param {any} input @param {any[]} questions @returns {any[]} */
const take = (memory, { at_ms, ...input }, questions) => {
  if (input.welcome) return stands(memory, at_ms, input.welcome);
  if (input.takeover) return stands(memory, at_ms, input.takeover, TAKEOVER_MS);
  if (input.subscribed) return stands(memory, at_ms, { ...input.subscribed, channels: [input.subscribed.channel] });
  if (input.event) return heard(memory, at_ms, eventOf(input.event));
  if (input.heads) return headsAre(memory, at_ms, input.heads);
  if (input.refused) return answered(memory, at_ms, questions.at(-1), { reason: input.refused });
  if (input.left) return leave(memory, at_ms, input.left);
  if (input.tick) return tick(memory, at_ms);
  const question = questions.findLast(({ stream }) => stream === input.answer.stream);
  return answered(memory, at_ms, question, { ...input.answer, events: eventsOf(input.answer.events) });
};

describe("the memory", () => {
  test.for(cases)("$name", (/** @type {any} */ { start = {}, remember_ids = 1000, steps, positions }) => {
    const memory = remember(remember_ids, start.positions, start.ids);
    const questions = [];
    for (const { do: expected, wake_at_ms, ...input } of steps) {
      const done = take(memory, input, questions);
      questions.push(...done.flatMap(({ ask }) => ask ?? []));
      expect({ ...input, do: done.map(words) }).toEqual({ ...input, do: spelledOut(expected) });
      if (wake_at_ms !== undefined) expect({ ...input, wake: wakeAtMs(memory) }).toEqual({ ...input, wake: wake_at_ms ?? Infinity });
    }
    expect(memory.positions).toEqual(positions);
  });
});
