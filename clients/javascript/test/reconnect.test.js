import { describe, expect, test, vi } from "vitest";
import { fullJitter } from "../src/backoff.js";
import { seconds, setUp, settle } from "./setup.js";

describe("full jitter", () => {
  test.for([
    { attempt: 0, random: 1, waitMs: 1_000 },
    { attempt: 3, random: 1, waitMs: 8_000 },
    { attempt: 3, random: 0, waitMs: 0 },
    { attempt: 3, random: 0.25, waitMs: 2_000 },
    { attempt: 9, random: 1, waitMs: 30_000 },
    { attempt: 5_000, random: 1, waitMs: 30_000 },
  ])("attempt $attempt at $random waits $waitMs ms", ({ attempt, random, waitMs }) => {
    expect(fullJitter(attempt, 1_000, 30_000, () => random)).toBe(waitMs);
  });

  test("a hundred clients that lost one server come back spread over the window", async () => {
    const fleet = Array.from({ length: 100 }, () => setUp({ random: Math.random }));
    for (const { client } of fleet) await client.connect();
    await seconds(60);
    for (const { server } of fleet) server.last.drop(1006);
    const perTenth = [];
    for (let tenth = 0; tenth < 10; tenth++) {
      const before = fleet.filter(({ server }) => server.tried.length > 1).length;
      await vi.advanceTimersByTimeAsync(100);
      perTenth.push(fleet.filter(({ server }) => server.tried.length > 1).length - before);
    }
    expect(perTenth.reduce((sum, count) => sum + count)).toBe(100);
    expect(Math.max(...perTenth)).toBeLessThan(40);
  });
});

describe("a lost connection", () => {
  test("is told with its reason and the time of the next try, and replaced with all channels", async () => {
    const { server, client, statuses } = setUp();
    await client.connect();
    await client.subscribe("skills");
    server.last.drop(1001, "Going away");
    expect(statuses.at(-1)).toEqual({
      state: "reconnecting",
      reason: "closed by the server (1001 Going away)",
      attempt: 1,
      retryAt: Date.now() + 500,
    });
    await seconds(1);
    expect([...server.last.channels]).toEqual(["jobs", "skills"]);
    expect(client.status).toEqual({ state: "open", connectionId: "c2" });
  });

  test("after refusals the waits grow, and stay long while a token is refused", async () => {
    const { server, client } = setUp({ token: "wrong", random: () => 1 });
    server.refusing = true;
    void client.connect();
    await seconds(3600);
    expect(server.tried.length).toBeLessThan(25);
  });

  test("without a token the cap stays short: a server that comes back is found soon", async () => {
    const { server, client } = setUp({ random: () => 1 });
    server.refusing = true;
    void client.connect();
    await seconds(600);
    server.refusing = false;
    await seconds(30);
    expect(client.status.state).toBe("open");
  });

  test("a server that accepts and closes at once is not hammered", async () => {
    const { server, client } = setUp({ random: () => 1 });
    void client.connect();
    for (let second = 0; second < 120; second++) {
      await seconds(1);
      server.live.forEach((socket) => socket.drop(1000));
    }
    expect(server.tried.length).toBeLessThan(12);
  });

  test("after ten good seconds the first wait is short again", async () => {
    const { server, client, statuses } = setUp();
    server.refusing = true;
    void client.connect();
    await seconds(20);
    server.refusing = false;
    await seconds(60);
    server.last.drop(1006);
    expect(statuses.at(-1)).toMatchObject({ attempt: 1 });
  });

  test("a socket without a welcome is given up", async () => {
    const { server, client, statuses } = setUp();
    server.welcoming = false;
    void client.connect();
    await seconds(15);
    expect(server.last.closedWith).toBe(1000);
    expect(statuses.at(-1)).toMatchObject({ state: "reconnecting", reason: "no welcome came" });
  });
});

describe("waking up", () => {
  const wake = { online: () => globalThis.dispatchEvent(new Event("online")) };

  test("a waiting client tries at once when the network returns, but only once in five seconds", async () => {
    const page = new EventTarget();
    vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
    vi.stubGlobal("removeEventListener", page.removeEventListener.bind(page));
    vi.stubGlobal("dispatchEvent", page.dispatchEvent.bind(page));
    const { server, client } = setUp({ random: () => 1, retryBaseMs: 30_000 });
    server.refusing = true;
    void client.connect();
    await settle();
    wake.online();
    await settle();
    wake.online();
    await settle();
    expect(server.tried).toHaveLength(2);
    await seconds(5);
    server.refusing = false;
    wake.online();
    await settle();
    expect(client.status.state).toBe("open");
    client.close();
    vi.unstubAllGlobals();
  });

  test("a page looked at again asks its connection for a sign of life", async () => {
    const document = Object.assign(new EventTarget(), { visibilityState: "hidden" });
    vi.stubGlobal("document", document);
    const { server, client } = setUp();
    await client.connect();
    server.answering = false;
    document.dispatchEvent(new Event("visibilitychange"));
    expect(server.last.heard).toEqual([]);
    document.visibilityState = "visible";
    document.dispatchEvent(new Event("visibilitychange"));
    expect(server.last.heard).toEqual([{ action: "ping" }]);
    await seconds(10);
    expect(client.status).toMatchObject({ state: "reconnecting", reason: "the server fell silent" });
    client.close();
    vi.unstubAllGlobals();
  });
});

describe("the heartbeat", () => {
  test.for([
    { answerPings: false, heard: [] },
    { answerPings: true, heard: [{ action: "pong" }] },
  ])("pings are answered only where answerPings is $answerPings", async ({ answerPings, heard }) => {
    const { server, client } = setUp(answerPings ? { answerPings } : {});
    await client.connect();
    server.last.ping();
    expect(server.last.heard).toEqual(heard);
  });

  test.for([30, 300])("announced as %i s, a silent server is asked after one and a half, and left when it stays silent", async (heartbeat) => {
    const { server, client } = setUp();
    server.heartbeatSeconds = heartbeat;
    await client.connect();
    server.answering = false;
    await seconds(heartbeat * 1.5 - 1);
    expect(server.last.heard).toEqual([]);
    await seconds(1);
    expect(server.last.heard).toEqual([{ action: "ping" }]);
    await seconds(10);
    expect(client.status).toMatchObject({ state: "reconnecting", reason: "the server fell silent" });
  });

  test("a late tick is not a dead server: its answer keeps the connection", async () => {
    const { server, client } = setUp();
    await client.connect();
    await seconds(600);
    expect(server.tried).toHaveLength(1);
  });

  test("keepAliveMs sends pings of our own", async () => {
    const { server, client } = setUp({ keepAliveMs: 20_000 });
    await client.connect();
    await seconds(60);
    expect(server.last.heard).toEqual([{ action: "ping" }, { action: "ping" }, { action: "ping" }]);
  });
});
