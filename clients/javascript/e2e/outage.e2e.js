// The client in Node when the local system as a whole stands still or dies: a system of its own, since others share theirs.
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { listener, publishJob, until, urlOf } from "./local.js";
import { startSystem } from "./system.js";

/** @type {Awaited<ReturnType<typeof startSystem>>} */
let system;
/** @type {import("../src/index.js").TidingsClient | undefined} */
let client;

beforeAll(async () => {
  system = await startSystem();
});
afterEach(() => {
  system?.signal("SIGCONT");
  client?.close();
  vi.useRealTimers();
});
afterAll(() => system?.end());

/** @type {string[]} what came over any connection, the replies that listeners are not told of included */
const frames = [];
class Recorded extends WebSocket {
  /** @param {string | URL} url @param {string | string[]} [protocols] */
  constructor(url, protocols) {
    super(url, protocols);
    this.addEventListener("message", ({ data }) => frames.push(JSON.parse(data).type));
  }
}

const connected = async () => {
  const made = listener({ url: urlOf(system.gateway), heartbeatSeconds: null, retryBaseMs: 200, retryCapMs: 500, WebSocket: Recorded });
  client = made.client;
  await client.connect();
  await client.subscribe("skills");
  return made;
};

/** @param {Awaited<ReturnType<typeof connected>>} made @param {string} id */
const expectAllBack = async ({ client, ids }, id) => {
  expect((await client.listChannels()).sort()).toEqual(["jobs", "skills"]);
  await publishJob(id, {}, system.gateway);
  await until(() => ids.includes(id), "the event");
};

describe("against a local system that fails as a whole", () => {
  test("a silent connection, without pings and answers, is given up and replaced", async () => {
    // The client waits by these; the system keeps real time.
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const made = await connected();
    const reasons = () => made.statuses.flatMap((status) => (status.state === "reconnecting" ? [status.reason] : []));

    // Without pings alone: asked by the client, the system answers, and the connection stays.
    await vi.advanceTimersByTimeAsync(45_000);
    await until(() => frames.includes("system.pong"), "the answer");
    await vi.advanceTimersByTimeAsync(10_000);
    expect(reasons()).toEqual([]);

    // Stopped, not ended: the kernel keeps its connections open and even accepts new ones, but nothing is ever said.
    system.signal("SIGSTOP");
    frames.length = 0;
    await vi.advanceTimersByTimeAsync(35_000);
    // Time enough for an answer, if there were one.
    await expect(fetch(`${system.gateway}/health`, { signal: AbortSignal.timeout(500) })).rejects.toThrow("timeout");
    expect(frames).toEqual([]);
    expect(made.client.status.state).toBe("open");
    await vi.advanceTimersByTimeAsync(10_000);
    expect(reasons()).toEqual(["the server fell silent"]);
    await vi.advanceTimersByTimeAsync(20_000);
    // Further tries were made and given up, too.
    expect(reasons().length).toBeGreaterThan(2);
    expect(made.client.status.state).toBe("reconnecting");

    system.signal("SIGCONT");
    await until(async () => {
      await vi.advanceTimersByTimeAsync(20);
      return made.client.status.state === "open";
    }, "the return");
    await expectAllBack(made, "after-silence");
  });

  test("a killed server is found again when it is back", async () => {
    const made = await connected();
    const { port } = new URL(system.gateway);
    await system.end("SIGKILL");
    await until(() => made.statuses.some(({ state }) => state === "reconnecting"), "the loss");
    await until(() => made.statuses.some((status) => status.state === "reconnecting" && status.reason === "could not connect"), "a try in vain");

    system = await startSystem(port);
    await until(() => made.client.status.state === "open", "the return");
    await expectAllBack(made, "after-restart");
  });
});
