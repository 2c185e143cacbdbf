// Other ways to wait for events than a listener, and what the client tells about itself.
import { createRequire } from "node:module";
import { describe, expect, test, vi } from "vitest";
import { TidingsClient } from "../src/index.js";
import { gzippedBytes } from "../scripts/size.js";
import { settle, setUp } from "./setup.js";

const event = (/** @type {string} */ id, type = "job.created") => ({ id, type, data: { job_id: Number(id) } });

describe("once", () => {
  test("settles with the first event that fits, and with no other", async () => {
    const { server, client } = setUp();
    await client.connect();
    const found = client.once("job.created", { where: (data) => data.job_id === 2 });
    for (const id of ["1", "2", "3"]) server.publish(event(id));
    expect((await found).id).toBe("2");
  });

  test("ends with the client, and with its signal", async () => {
    const { client } = setUp();
    await client.connect();
    const closed = client.once("job.created");
    const abort = new AbortController();
    const aborted = client.once("job.created", { signal: abort.signal });
    abort.abort(new Error("enough"));
    await expect(aborted).rejects.toThrow("enough");
    client.close("over");
    await expect(closed).rejects.toMatchObject({ code: "closed", message: "over" });
    await expect(client.once("job.created", { signal: abort.signal })).rejects.toThrow("enough");
  });
});

describe("a loop", () => {
  test("gets each event in order, one at a time, and ends with the client", async () => {
    const { server, client } = setUp();
    await client.connect();
    /** @type {(string | undefined)[]} */
    const heard = [];
    const loop = (async () => {
      for await (const { id } of client) {
        heard.push(id);
        await settle();
      }
    })();
    for (const id of ["1", "2", "3"]) server.publish(event(id));
    await vi.waitFor(() => expect(heard).toEqual(["1", "2", "3"]));
    client.close();
    await loop;
  });

  test("that is slow holds the next event back, and keeps it", async () => {
    const { server, client } = setUp();
    await client.connect();
    const events = client.events("job.created");
    for (const id of ["1", "2"]) server.publish(event(id));
    await settle();
    expect((await events.next()).value.id).toBe("1");
    await settle();
    expect((await events.next()).value.id).toBe("2");
  });

  test("that is left lets others go on", async () => {
    const { server, client, events } = setUp();
    await client.connect();
    const loop = client.events();
    for (const id of ["1", "2"]) server.publish(event(id));
    for await (const { id } of loop) if (id === "1") break;
    await settle();
    expect(events.map(({ id }) => id)).toEqual(["1", "2"]);
    expect(await loop.next()).toEqual({ value: undefined, done: true });
  });

  test("over one type hears no other", async () => {
    const { server, client } = setUp();
    await client.connect();
    const loop = client.events("job.analyzed");
    server.publish(event("1"));
    server.publish(event("2", "job.analyzed"));
    expect((await loop.next()).value.id).toBe("2");
  });
});

test("debug tells every message and state, and no token", async () => {
  /** @type {string[]} */
  const lines = [];
  const { server, client } = setUp({ token: "very-secret", debug: (line) => lines.push(line) });
  await client.connect();
  await client.subscribe("skills");
  server.publish(event("1"));
  expect(lines.some((line) => line.startsWith('→ {"action":"subscribe"'))).toBe(true);
  expect(lines.some((line) => line.startsWith('← {"type":"system.connected"'))).toBe(true);
  expect(lines).toContain('{"state":"connecting"}');
  expect(lines.join()).not.toContain("very-secret");
});

test.for([
  { options: {}, asked: "300" },
  { options: { heartbeatSeconds: 60 }, asked: "60" },
  { options: { heartbeatSeconds: null }, asked: null },
])("asks for a heartbeat of $asked", async ({ options, asked }) => {
  const { server, client } = setUp(options);
  await client.connect();
  expect(server.last.query.get("heartbeat")).toBe(asked);
});

test("says at once that the runtime has no WebSocket", () => {
  vi.stubGlobal("WebSocket", undefined);
  expect(() => new TidingsClient({ url: "ws://localhost/" })).toThrow("This runtime has no WebSocket. Use Node 22 or newer");
  vi.unstubAllGlobals();
});

test("stays under 6 kB, minified and gzipped", async () => {
  expect(await gzippedBytes("../src/index.js")).toBeLessThan(6_000);
});

test.each(["tidings", "tidings/react", "tidings/producer"])("require('%s') gives the same module as import", async (name) => {
  const required = createRequire(import.meta.url)(name);
  expect(Object.keys(required).filter((key) => key !== "__esModule")).not.toEqual([]);
});
