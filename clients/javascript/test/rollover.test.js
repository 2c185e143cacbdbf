import { describe, expect, test } from "vitest";
import { seconds, setUp, settle } from "./setup.js";

const LIFE_SECONDS = 2 * 60 * 60;

/** Two hours and more of one event a second, and a server that keeps its two-hour promise to cut. */
const stream = async (/** @type {import("./fake-server.js").FakeServer} */ server, /** @type {number} */ total) => {
  const born = new Map();
  for (let second = 0; second < total; second++) {
    for (const socket of server.live) {
      if (!born.has(socket)) born.set(socket, second);
      if (second - born.get(socket) >= LIFE_SECONDS) socket.drop(1001, "Going away");
      else if (second % 30 === 0) socket.ping();
    }
    server.publish({ id: String(second) });
    await seconds(1);
  }
};

describe("before the two-hour cut", () => {
  test("a second connection takes over: of an event each second for five hours none is lost, none comes twice", async () => {
    const { server, client, events, statuses } = setUp();
    await client.connect();
    await stream(server, 5 * 60 * 60);
    expect(events.map(({ id }) => Number(id))).toEqual(Array.from({ length: 5 * 60 * 60 }, (_, second) => second));
    expect(statuses.map(({ state }) => state)).toEqual(["connecting", "open", "open", "open"]);
    expect(server.tried.map(({ closedWith }) => closedWith)).toEqual([1000, 1000, 0]);
  });

  test("the old connection stays while the new one has no welcome yet", async () => {
    const { server, client, events } = setUp();
    await client.connect();
    server.welcoming = false;
    await seconds(LIFE_SECONDS - 180);
    expect(server.live).toHaveLength(2);
    server.last.channels.clear();
    server.publish({ id: "1" });
    server.last.welcome();
    await seconds(6);
    server.publish({ id: "2" });
    await settle();
    expect(server.live).toHaveLength(1);
    expect([...server.last.channels]).toEqual(["jobs"]);
    expect(events.map(({ id }) => id)).toEqual(["1", "2"]);
  });

  test("a takeover that fails is tried again, and the status stays open meanwhile", async () => {
    const { server, client, statuses } = setUp();
    await client.connect();
    server.refusing = true;
    await seconds(LIFE_SECONDS - 180);
    expect(server.tried.length).toBeGreaterThan(1);
    server.refusing = false;
    await seconds(10);
    expect(server.live).toHaveLength(1);
    expect(statuses.map(({ state }) => state)).toEqual(["connecting", "open", "open"]);
  });

  test("a cut in the middle of a takeover leaves the takeover to finish", async () => {
    const { server, client, statuses } = setUp();
    await client.connect();
    server.welcoming = false;
    await seconds(LIFE_SECONDS - 180);
    const [old, fresh] = server.tried;
    old?.drop(1001, "Going away");
    fresh?.welcome();
    await seconds(10);
    expect(server.tried).toHaveLength(2);
    expect(statuses.map(({ state }) => state)).toEqual(["connecting", "open", "reconnecting", "open"]);
  });

  test("a machine that slept learns the server's time from the next ping", async () => {
    const { server, client } = setUp();
    await client.connect();
    server.last.ping(new Date(Date.now() + (LIFE_SECONDS - 30) * 1000).toISOString());
    await seconds(6);
    expect(server.tried).toHaveLength(2);
    expect(server.live).toEqual([server.last]);
  });

  test("a client whose clock is wrong by a day rolls over at the right moment", async () => {
    const { server, client } = setUp();
    server.welcoming = false;
    void client.connect();
    await settle();
    const day = 24 * 60 * 60 * 1000;
    const timestamp = new Date(Date.now() - day).toISOString();
    const expires_at = new Date(Date.now() - day + 7_200_000).toISOString();
    const data = { connection_id: "c1", user_id: null, channels: ["jobs"], message: "", timestamp, heartbeat_seconds: 30, expires_at };
    server.last.deliver({ type: "system.connected", data, timestamp });
    server.welcoming = true;
    await seconds(LIFE_SECONDS - 300);
    expect(server.tried).toHaveLength(1);
    await seconds(240);
    expect(server.tried).toHaveLength(2);
  });

  test("unsubscribed during the overlap, a channel is not heard through the old connection either", async () => {
    const { server, client, events } = setUp({ channels: ["jobs", "skills"] });
    await client.connect();
    await seconds(LIFE_SECONDS - 180);
    expect(server.live).toHaveLength(2);
    await client.unsubscribe("jobs");
    server.publish({ id: "1" });
    await settle();
    expect(events).toEqual([]);
  });

  test.for([
    { name: "a minute", lifetimeMs: 60_000, atMost: 25 },
    { name: "nothing", lifetimeMs: 0, atMost: 65 },
    { name: "past", lifetimeMs: -3_600_000, atMost: 65 },
    { name: "a year, beyond what timers count", lifetimeMs: 365 * 86_400_000, atMost: 1 },
  ])("a life of $name does not make a storm of takeovers", async ({ lifetimeMs, atMost }) => {
    const { server, client } = setUp();
    server.lifetimeMs = lifetimeMs;
    await client.connect();
    await seconds(600);
    expect(server.tried.length).toBeLessThanOrEqual(atMost);
  });
});
