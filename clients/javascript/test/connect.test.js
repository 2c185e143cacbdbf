import { describe, expect, test, vi } from "vitest";
import { TidingsClient } from "../src/index.js";
import { seconds, setUp, settle } from "./setup.js";

describe("connecting", () => {
  test("resolves with the welcome and asks for user and channels in the query", async () => {
    const { server, client, statuses } = setUp({ userId: "user 123", channels: ["jobs", "interviews"] });
    const welcome = await client.connect();
    expect(welcome.connection_id).toBe("c1");
    expect(server.last.query.get("user_id")).toBe("user 123");
    expect(server.last.query.get("channels")).toBe("jobs,interviews");
    expect(statuses).toEqual([{ state: "connecting" }, { state: "open", connectionId: "c1" }]);
  });

  test("twice opens one connection", async () => {
    const { server, client } = setUp();
    await Promise.all([client.connect(), client.connect()]);
    expect(server.tried).toHaveLength(1);
  });

  test("a bad address throws at once", () => {
    expect(() => new TidingsClient({ url: "localhost" })).toThrow();
  });

  test("close ends it with 1000, and no listener is called any more", async () => {
    const { server, client, statuses, events } = setUp();
    await client.connect();
    server.publish({ id: "1" });
    client.close();
    server.last.deliver({ type: "job.created", channel: "jobs", id: "2", data: {}, timestamp: "" });
    await seconds(600);
    expect(server.last.closedWith).toBe(1000);
    expect(server.tried).toHaveLength(1);
    expect(statuses.at(-1)).toEqual({ state: "closed", reason: "closed by this program" });
    expect(events.map(({ id }) => id)).toEqual(["1"]);
  });

  test("close before the welcome rejects connect", async () => {
    const { client } = setUp();
    const connected = client.connect();
    client.close();
    await expect(connected).rejects.toMatchObject({ code: "closed" });
  });

  test("can be connected again after close", async () => {
    const { server, client } = setUp();
    await client.connect();
    client.close();
    await client.connect();
    expect(server.live).toHaveLength(1);
  });
});

test("a user's newest device takes the place of the oldest, which does not fight for it", async () => {
  const { server, client, statuses, errors } = setUp();
  await client.connect();
  const data = { code: "too_many_connections", message: "This user connected elsewhere" };
  server.last.deliver({ type: "system.error", data, timestamp: "" });
  await seconds(600);
  expect(server.tried).toHaveLength(1);
  expect(errors).toMatchObject([{ code: "too_many_connections" }]);
  expect(statuses.at(-1)).toEqual({ state: "closed", reason: "This user connected elsewhere" });
});

describe("tokens", () => {
  test.for([
    { tokenIn: "query", token: "secret", ticket: null, protocols: [] },
    { tokenIn: "ticket", token: null, ticket: "secret", protocols: [] },
    { tokenIn: "protocol", token: null, ticket: null, protocols: ["tidings", "bearer.secret"] },
  ])("travel as $tokenIn", async ({ tokenIn, token, ticket, protocols }) => {
    const { server, client } = setUp({ token: "secret", tokenIn: /** @type {"query" | "protocol" | "ticket"} */ (tokenIn) });
    await client.connect();
    expect(server.last.query.get("token")).toBe(token);
    expect(server.last.query.get("ticket")).toBe(ticket);
    expect(server.last.protocols).toEqual(protocols);
  });

  test("are asked for anew on each try, which is told whether the last was refused", async () => {
    /** @type {object[]} */
    const asked = [];
    const { server, client } = setUp({ token: async (request) => `t${asked.push(request)}` });
    server.refusing = true;
    void client.connect();
    await settle();
    server.refusing = false;
    await seconds(1);
    expect(asked).toEqual([{ attempt: 0, refused: false }, { attempt: 1, refused: true }]);
    expect(server.last.query.get("token")).toBe("t2");
  });

  test("that are renewed are renewed before they end, by another connection", async () => {
    const { server, client, statuses } = setUp({ token: () => "short-lived" });
    server.tokenMs = 900_000;
    await client.connect();
    await seconds(900 - 180);
    expect(server.tried).toHaveLength(2);
    expect(statuses.map(({ state }) => state)).toEqual(["connecting", "open", "open"]);
  });

  test("that are fixed are not: another connection would end at the same time", async () => {
    const { server, client } = setUp({ token: "fixed" });
    server.tokenMs = 900_000;
    await client.connect();
    await seconds(1_000);
    expect(server.tried).toHaveLength(1);
  });

  test("null means signed out: no further try", async () => {
    const { server, client, statuses } = setUp({ token: () => null });
    await expect(client.connect()).rejects.toMatchObject({ code: "closed" });
    await seconds(3600);
    expect(server.tried).toHaveLength(0);
    expect(statuses.at(-1)).toEqual({ state: "closed", reason: "no token: nobody is signed in" });
  });

  test("a callback that throws is asked again after a wait", async () => {
    const token = vi.fn().mockRejectedValueOnce(new Error("offline")).mockResolvedValue("t");
    const { client, statuses } = setUp({ token });
    void client.connect();
    await seconds(1);
    expect(statuses.map(({ state }) => state)).toEqual(["connecting", "reconnecting", "reconnecting", "open"]);
  });

  test("a token that arrives after close opens nothing", async () => {
    /** @type {(token: string) => void} */
    let give = () => {};
    const { server, client } = setUp({ token: () => new Promise((resolve) => (give = resolve)) });
    void client.connect();
    client.close();
    give("late");
    await seconds(60);
    expect(server.tried).toHaveLength(0);
  });
});
