// The client and a server that remembers: what was missed is read, told, and handed over once.
import { describe, expect, test, vi } from "vitest";
import { FakeServer } from "./fake-server.js";
import { seconds, setUp, settle } from "./setup.js";

/** @param {Parameters<typeof setUp>[0]} [options] */
const connected = async (options) => {
  const server = options?.server ?? new FakeServer();
  server.keeping = true;
  const made = setUp({ ...options, server });
  await made.client.connect();
  await settle();
  return made;
};

const offsets = (/** @type {any[]} */ events) => events.map(({ offset }) => offset);
const upTo = (/** @type {number} */ last) => Array.from({ length: last }, (_, index) => index + 1);
const questions = (/** @type {FakeServer} */ server) => server.tried.flatMap(({ heard }) => heard).filter(({ action }) => action === "history");
const cut = async (/** @type {FakeServer} */ server) => {
  server.last.drop(1006);
  await seconds(1);
};

/** A storage as a browser has, and what is in it. */
const storageOf = (/** @type {Map<string, string>} */ kept = new Map()) => ({
  kept,
  getItem: (/** @type {string} */ key) => kept.get(key) ?? null,
  setItem: (/** @type {string} */ key, /** @type {string} */ value) => void kept.set(key, value),
});

describe("after a loss of the connection", () => {
  test.for([
    { name: "nothing", missed: 0, pages: 0 },
    { name: "one event", missed: 1, pages: 1 },
    { name: "300 events", missed: 300, pages: 1 },
    { name: "more than a page", missed: 301, pages: 2 },
  ])("$name missed: in order, once, marked, for $pages questions", async ({ missed, pages }) => {
    const { server, client, events, recoveries } = await connected();
    server.publish({});
    server.last.drop(1006);
    for (let count = 0; count < missed; count++) server.publish({});
    await seconds(1);
    server.publish({});
    await settle();
    expect(offsets(events)).toEqual(upTo(missed + 2));
    expect(events.filter(({ recovered }) => recovered)).toHaveLength(missed);
    expect(questions(server)).toHaveLength(pages);
    expect(recoveries.map(({ state }) => state)).toEqual(missed ? ["recovering", "recovered"] : []);
    expect(client.status.state).toBe("open");
  });

  test("twice in a row, and in an instant", async () => {
    const { server, events } = await connected();
    for (const missed of [2, 0, 3]) {
      server.last.drop(1006);
      for (let count = 0; count < missed; count++) server.publish({});
      await seconds(5);
    }
    expect(offsets(events)).toEqual(upTo(5));
    expect(questions(server)).toHaveLength(2);
  });

  test("while the answer is under way: the question is asked again on the next connection", async () => {
    const { server, events, recoveries } = await connected();
    server.last.drop(1006);
    server.publish({});
    server.answering = false;
    await seconds(1);
    server.answering = true;
    server.publish({});
    await cut(server);
    expect(offsets(events)).toEqual([1, 2]);
    expect(recoveries).toEqual([{ state: "recovering", stream: "jobs" }, { state: "recovered", stream: "jobs", events: 2 }]);
  });

  test("pages are asked for as fast as the listeners take them, so that the buffer never runs over", async () => {
    const { server, client, errors } = await connected({ bufferLimit: 20 });
    /** @type {number[]} */
    const heard = [];
    client.on("*", async (_data, { offset }) => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      heard.push(offset ?? 0);
    });
    server.pageSize = 10;
    server.last.drop(1006);
    for (let count = 0; count < 100; count++) server.publish({});
    await seconds(3);
    expect(questions(server).length).toBeLessThan(5);
    await seconds(20);
    expect(heard).toEqual(upTo(100));
    expect(errors).toEqual([]);
  });
});

describe("while the connection stays", () => {
  test("a lost event is noticed by the next one, and handed over before it", async () => {
    const { server, events } = await connected();
    server.publish({});
    server.publish({}, { lost: true });
    server.publish({});
    await settle();
    expect(offsets(events)).toEqual([1]);
    await seconds(0.5);
    expect(offsets(events)).toEqual([1, 2, 3]);
  });

  test("the last event, lost, is noticed by the head in the next ping", async () => {
    const { server, events } = await connected();
    server.publish({}, { lost: true });
    server.last.ping();
    await seconds(2);
    expect(offsets(events)).toEqual([1]);
  });

  test("events out of order are put in order, and nobody is asked", async () => {
    const { server, events } = await connected();
    const [first, second] = [server.publish({}, { lost: true }), server.publish({}, { lost: true })];
    server.send(second);
    server.send(first);
    await seconds(5);
    expect(offsets(events)).toEqual([1, 2]);
    expect(questions(server)).toEqual([]);
  });

  test("an event waits two seconds at most when no answer comes", async () => {
    const { server, events } = await connected();
    server.answering = false;
    server.publish({}, { lost: true });
    server.publish({});
    await seconds(1.9);
    expect(offsets(events)).toEqual([]);
    await seconds(0.2);
    expect(offsets(events)).toEqual([2]);
    server.answering = true;
    await seconds(5);
    expect(offsets(events)).toEqual([2, 1]);
  });

  test("a user's own stream has its own position", async () => {
    const { server, client, events } = await connected({ channels: ["jobs", "skills"], userId: "user123" });
    server.publish({ stream: "@me" });
    await client.unsubscribe("skills");
    server.publish({ stream: "@me", channel: "skills" });
    server.publish({ stream: "@me" });
    server.publish({ stream: "@me" }, { lost: true });
    await cut(server);
    expect(offsets(events)).toEqual([1, 3, 4]);
    expect(questions(server)).toHaveLength(1);
  });
});

describe("when the state is lost", () => {
  test.for([
    { reason: "epoch", lose: (/** @type {FakeServer} */ server) => Object.assign(server, { epoch: "q7", logs: {} }) },
    { reason: "expired", lose: (/** @type {FakeServer} */ server) => Object.assign(server, { lostFor: "expired" }) },
    { reason: "ahead", lose: (/** @type {FakeServer} */ server) => Object.assign(server, { logs: {} }) },
  ])("$reason: it is told, getState runs, and events wait until it is done", async ({ reason, lose }) => {
    /** @type {unknown[]} */
    const log = [];
    const getState = async (/** @type {unknown} */ lost) => {
      log.push(lost);
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      log.push("state is here");
    };
    const { server, client } = await connected({ getState });
    client.on("job.created", (_data, { id }) => log.push(id));
    for (const id of ["1", "2"]) server.publish({ id });
    server.last.drop(1006);
    server.publish({ id: "missed" });
    lose(server);
    await seconds(1);
    server.publish({ id: "3" });
    await seconds(2);
    expect(log).toEqual(["1", "2", { state: "state_lost", stream: "jobs", reason }, "state is here", "3"]);
  });

  test("getState that fails is reported, and events go on", async () => {
    const { server, errors, events } = await connected({ getState: () => Promise.reject(new Error("503")) });
    server.publish({});
    server.epoch = "q7";
    await cut(server);
    server.publish({});
    await settle();
    expect(errors).toMatchObject([{ code: "listener_failed", cause: { message: "503" } }]);
    expect(offsets(events)).toEqual([1, 2]);
  });
});

describe("with a storage", () => {
  test.for([
    { name: "of a browser", storage: storageOf },
    { name: "with promises", storage: (/** @type {Map<string, string>} */ kept) => ({
      getItem: async (/** @type {string} */ key) => kept.get(key) ?? null,
      setItem: async (/** @type {string} */ key, /** @type {string} */ value) => void kept.set(key, value),
    }) },
  ])("$name, a page loaded anew goes on where it was, and repeats nothing", async ({ storage }) => {
    const kept = new Map();
    const before = await connected({ storage: storage(kept), userId: "user123" });
    const { server } = before;
    const first = server.publish({});
    server.publish({});
    await settle();
    before.client.close();
    server.publish({});
    const after = await connected({ server, storage: storage(kept), userId: "user123" });
    server.send(first);
    await settle();
    expect(offsets(before.events)).toEqual([1, 2]);
    expect(offsets(after.events)).toEqual([3]);
  });

  test("an event counts as handled when its listeners are done, not before", async () => {
    const storage = storageOf();
    const { server, client } = await connected({ storage });
    client.on("*", () => new Promise((resolve) => setTimeout(resolve, 1_000)));
    for (let count = 0; count < 3; count++) server.publish({});
    await seconds(1.5);
    client.close();
    await seconds(5);
    const after = await connected({ server, storage });
    await seconds(1);
    expect(offsets(after.events)).toEqual([3]);
  });

  test("closed and connected again, a client goes on where its listeners were", async () => {
    const { server, client, events } = await connected();
    server.publish({});
    await settle();
    client.close();
    server.publish({});
    await client.connect();
    await settle();
    expect(offsets(events)).toEqual([1, 2]);
  });

  test("users and addresses do not meet", async () => {
    const storage = storageOf();
    const { server, client } = await connected({ storage, userId: "user123" });
    server.publish({});
    await settle();
    client.close();
    server.publish({});
    const other = await connected({ server, storage, userId: "user456" });
    await settle();
    expect(other.events).toEqual([]);
    expect(storage.kept.size).toBe(2);
  });

  test("a token that names another user begins anew", async () => {
    const storage = storageOf();
    const { server, client } = await connected({ storage });
    server.publish({});
    await settle();
    client.close();
    const [[key, value]] = /** @type {[[string, string]]} */ ([...storage.kept]);
    storage.kept.set(key, value.replace("[null", '["somebody"'));
    server.publish({});
    // The welcome of this connection names nobody.
    const after = await connected({ server, storage });
    expect(after.events).toEqual([]);
  });

  test.for([
    { name: "holds nonsense", storage: { getItem: () => "nonsense", setItem: () => {} } },
    { name: "is full", storage: { getItem: () => null, setItem: () => { throw new Error("QuotaExceededError"); } } },
  ])("that $name is reported once, and events go on", async ({ storage }) => {
    const { server, errors, events } = await connected({ storage });
    for (let count = 0; count < 3; count++) server.publish({});
    await settle();
    expect(errors).toMatchObject([{ code: "storage_failed" }]);
    expect(offsets(events)).toEqual([1, 2, 3]);
  });
});

describe("the takeover before the cut", () => {
  const LIFE_SECONDS = 2 * 60 * 60;

  test("loses and doubles nothing when the old connection drops events and the new one is late", async () => {
    const { server, events, recoveries } = await connected();
    for (let second = 0; second < LIFE_SECONDS + 600; second += 10) {
      for (const socket of server.live) if (second % 30 === 0) socket.ping();
      const event = server.publish({}, { lost: true });
      // Every seventh is lost on the way; the others take up to a second, so that they overtake each other.
      if (event.offset % 7) setTimeout(() => server.send(event), (event.offset % 3) * 400);
      await seconds(10);
    }
    await seconds(30);
    server.last.ping();
    await seconds(5);
    expect(server.tried.length).toBe(2);
    expect(offsets(events)).toEqual(upTo((LIFE_SECONDS + 600) / 10));
    expect(recoveries.some(({ state }) => state === "state_lost")).toBe(false);
  });

  test("asks nothing when the new welcome counts an event that the old connection brings", async () => {
    const { server, events } = await connected();
    server.welcoming = false;
    await seconds(LIFE_SECONDS - 180);
    const event = server.publish({}, { lost: true });
    const [old, fresh] = server.tried;
    fresh?.welcome();
    await seconds(1);
    old?.deliver(event);
    fresh?.deliver(event);
    await seconds(10);
    expect(offsets(events)).toEqual([1]);
    expect(questions(server)).toEqual([]);
  });
});

describe("a server without memory", () => {
  test("is served as before: no question, no position, each id once", async () => {
    const { server, client, events, recoveries } = setUp();
    await client.connect();
    for (const id of ["1", "2", "2"]) server.publish({ id });
    await cut(server);
    server.publish({ id: "3" });
    server.last.ping();
    await seconds(60);
    expect(events.map(({ id }) => id)).toEqual(["1", "2", "3"]);
    expect(questions(server)).toEqual([]);
    expect(recoveries).toEqual([]);
  });
});

test("a subscription brings its position, and leaving forgets it", async () => {
  const { server, client, events } = await connected();
  const skills = { type: "job.created", channel: "skills" };
  server.publish(skills);
  await client.subscribe("skills");
  server.publish(skills);
  await client.unsubscribe("skills");
  server.publish(skills);
  await client.subscribe("skills");
  server.publish(skills, { lost: true });
  await cut(server);
  expect(offsets(events)).toEqual([2, 4]);
});

test("a refused question means a lost state, not one asked for ever", async () => {
  const { server, recoveries } = await connected();
  server.publish({});
  server.last.drop(1006);
  server.publish({});
  server.answering = false;
  await seconds(1);
  const [{ request_id }] = questions(server);
  const data = { code: "forbidden_channel", message: "There is no such stream for this connection", request_id };
  server.last.deliver({ type: "system.error", data, timestamp: "" });
  await seconds(60);
  expect(recoveries.at(-1)).toEqual({ state: "state_lost", stream: "jobs", reason: "forbidden_channel" });
  expect(questions(server)).toHaveLength(1);
});

describe("the inbox", () => {
  const inboxOf = async () => {
    const server = new FakeServer();
    server.inbox = { last: 8, unseen: 2 };
    const made = await connected({ server, userId: "user123" });
    const counts = vi.fn();
    made.client.on("inbox", counts);
    return { ...made, counts };
  };

  const seen = (/** @type {number} */ inbox, /** @type {number} */ unseen, /** @type {number} */ last) => ({ type: "system.seen", data: { inbox, unseen, last }, timestamp: "" });

  test("is counted by the welcome, by events, and by what was seen on any device", async () => {
    const { server, client, counts } = await inboxOf();
    expect(client.unseen).toBe(2);
    server.send(server.publish({ stream: "@me", inbox: 9 }));
    expect(client.unseen).toBe(3);
    server.last.deliver(seen(8, 1, 9));
    expect(client.unseen).toBe(1);
    server.inbox = { last: 9, unseen: 1 };
    await client.seen(9);
    expect(client.unseen).toBe(0);
    expect(counts.mock.calls.map(([{ last, unseen }]) => [last, unseen])).toEqual([[9, 3], [9, 1], [9, 0]]);
  });

  test.for([
    { name: "an event that the server has counted before it comes is counted once", told: [seen(8, 1, 9), { inbox: 9 }], unseen: 1 },
    { name: "an event that the server has not counted yet stays counted", told: [{ inbox: 9 }, seen(8, 0, 8)], unseen: 1 },
    { name: "of two devices that mark at once the larger number is the newer", told: [seen(8, 0, 8), seen(7, 1, 8)], unseen: 0 },
  ])("$name", async ({ told, unseen }) => {
    const { server, client } = await inboxOf();
    for (const message of told) server.last.deliver("type" in message ? message : server.keep({ type: "job.created", channel: "jobs", stream: "@me", data: {}, timestamp: "", ...message }));
    expect(client.unseen).toBe(unseen);
  });

  test("counts what was missed by the numbers", async () => {
    const { server, client } = await inboxOf();
    server.publish({ stream: "@me", inbox: 11 });
    expect(client.unseen).toBe(5);
  });

  test("is read in pages", async () => {
    const { server, client } = await inboxOf();
    expect(await client.inbox({ limit: 5, before: 8 })).toMatchObject({ items: [], unseen: 2, last: 8, more: false });
    expect(server.last.heard).toMatchObject([{ action: "inbox", limit: 5, before: 8 }]);
  });

  test("is not there without a user", async () => {
    const { server, client } = await connected();
    server.publish({ inbox: 1 });
    expect(client.unseen).toBeUndefined();
  });
});
