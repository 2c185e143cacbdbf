// Publishing from Node: what is checked, how it is batched, what is tried again.
import { describe, expect, test, vi } from "vitest";
import { Producer } from "../src/producer.js";

/** A bus that holds what it took, and refuses the first `refusals` entries. */
class FakeBus {
  /** @type {number[]} */
  calls = [];
  /** @type {any[]} */
  taken = [];
  constructor(refusals = 0) {
    this.refusals = refusals;
  }

  putEvents = async (/** @type {any[]} */ entries) => {
    this.calls.push(entries.length);
    return {
      Entries: entries.map((entry) => {
        if (this.refusals > 0) {
          this.refusals -= 1;
          return { ErrorCode: "ThrottlingException" };
        }
        this.taken.push(entry);
        return { EventId: String(this.taken.length) };
      }),
    };
  };
}

const producer = (/** @type {FakeBus} */ { putEvents }) => new Producer({ bus: "tidings-local", source: "ats", putEvents, random: () => 0 });
/** @returns {any} */
const analyzing = (job_id = 42, company = "Google") => ({ type: "job.analyzing", data: { job_id, company, job_title: "Engineer" } });

test("an entry is what the protocol says", async () => {
  const bus = new FakeBus();
  const ids = await producer(bus).publish({
    ...analyzing(),
    userId: "user123",
    deliverAt: new Date("2026-11-25T10:00:00Z"),
    scheduleKey: "k",
  });
  const [{ Detail, ...entry }] = bus.taken;
  expect(entry).toEqual({ EventBusName: "tidings-local", Source: "ats", DetailType: "job.analyzing" });
  expect(JSON.parse(Detail)).toEqual({
    data: { job_id: 42, company: "Google", job_title: "Engineer" },
    id: ids[0],
    user_id: "user123",
    deliver_at: "2026-11-25T10:00:00.000Z",
    schedule_key: "k",
    sent_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
  });
});

test.for([
  { what: "nothing", messages: [], calls: [] },
  { what: "a full batch", messages: Array.from({ length: 10 }, (_, n) => analyzing(n)), calls: [10] },
  { what: "by count", messages: Array.from({ length: 23 }, (_, n) => analyzing(n)), calls: [10, 10, 3] },
  { what: "by size", messages: Array.from({ length: 7 }, (_, n) => analyzing(n, "x".repeat(60_000))), calls: [4, 3] },
])("batches are bounded: $what", async ({ messages, calls }) => {
  const bus = new FakeBus();
  const ids = await producer(bus).publish(messages);
  expect(bus.calls).toEqual(calls);
  expect(new Set(ids).size).toBe(messages.length);
});

test("events are ordered within a second, and keep their place when tried again", async () => {
  vi.spyOn(Date, "now").mockReturnValue(Date.parse("2025-11-14T15:00:00.123Z"));
  const bus = new FakeBus(2);
  await producer(bus).publish([analyzing(0), analyzing(1), analyzing(2)]);
  const details = bus.taken.map(({ Detail }) => JSON.parse(Detail));
  const inOrder = details.toSorted((a, b) => (a.sent_at < b.sent_at ? -1 : 1));
  expect(inOrder.map(({ data }) => data.job_id)).toEqual([0, 1, 2]);
  expect(new Set(details.map(({ sent_at }) => sent_at)).size).toBe(3);
});

describe("what the bus refuses", () => {
  test("is tried again, alone and under its first id", async () => {
    const bus = new FakeBus(4);
    const ids = await producer(bus).publish([analyzing(0), analyzing(1), analyzing(2)]);
    expect(bus.calls).toEqual([3, 3, 1]);
    expect(bus.taken.map(({ Detail }) => JSON.parse(Detail).id).sort()).toEqual([...ids].sort());
  });

  test("to the end is named, and the rest is published", async () => {
    const bus = new FakeBus(50);
    const messages = Array.from({ length: 12 }, (_, n) => analyzing(n));
    await expect(producer(bus).publish(messages)).rejects.toMatchObject({
      code: "not_published",
      codes: ["ThrottlingException"],
      messages: messages.slice(0, 10),
    });
    expect(bus.taken.length).toBe(2);
  });
});

test.for([
  { more: { userId: "" }, said: "userId must have 1 to 256 characters" },
  { more: { id: "x".repeat(129) }, said: "id must have 1 to 128 characters" },
  { more: { data: undefined }, said: "data must be an object" },
  { more: { data: [] }, said: "data must be an object" },
  { more: { data: { company: "x".repeat(70_000) } }, said: "more than the 65536 bytes allowed" },
  { more: { deliverAt: "tomorrow" }, said: "no time with an offset" },
  { more: { deliverAt: "2025-11-15T13:45:00" }, said: "no time with an offset" },
])("is told before anything is sent: $said", async ({ more, said }) => {
  const bus = new FakeBus();
  await expect(producer(bus).publish([analyzing(), { ...analyzing(), ...more }])).rejects.toThrow(said);
  expect(bus.calls).toEqual([]);
});

test("needs a bus and a source", () => {
  expect(() => new Producer(/** @type {any} */ ({ source: "ats" }))).toThrow("needs the name of its bus");
});

test("sends the SDK's own command to the client it is given", async () => {
  const send = vi.fn(async (/** @type {any} */ _command) => ({ Entries: [{ EventId: "1" }] }));
  await new Producer({ bus: "b", source: "s", client: { send } }).publish(analyzing());
  expect(send.mock.calls[0]?.[0].input.Entries[0]).toMatchObject({ EventBusName: "b", DetailType: "job.analyzing" });
});
