// The client in Node against the real local gateway, with its faults and its movable clock.
import { afterEach, describe, expect, test } from "vitest";
import { advance, call, listener, publishJob, until, url } from "./local.js";

/** @type {import("../src/index.js").TidingsClient[]} */
let clients = [];

/** @param {Parameters<typeof listener>[0]} [options] */
const connected = async (options) => {
  const made = listener(options);
  clients.push(made.client);
  await made.client.connect();
  return made;
};

afterEach(async () => {
  for (const client of clients) client.close();
  clients = [];
  await call("DELETE", "/_tidings/gateway/faults");
  await call("DELETE", "/_tidings/faults");
});

const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));
const open = async () => (await call("GET", "/_tidings/gateway/connections")).connections.map((/** @type {any} */ { connectionId }) => connectionId);

// The two that take a minute each, under TIDINGS_E2E=full.
const long = test.skipIf(process.env.TIDINGS_E2E !== "full");

const run = Math.random().toString(36).slice(2);

describe("against the local system", () => {
  test("subscribing is acknowledged, counted, and heard", async () => {
    const { client, ids } = await connected({ channels: [], userId: "user123" });
    expect(await client.subscribe("jobs")).toMatchObject({ channel: "jobs", subscriber_count: 1 });
    await publishJob(`${run}-a`);
    await until(() => ids.includes(`${run}-a`), "the event");
    await client.unsubscribe("jobs");
    expect(await client.listChannels()).toEqual([]);
  });

  test("a reset connection is replaced with all its channels", async () => {
    const { client, ids, statuses } = await connected();
    await client.subscribe("skills");
    const { connectionId } = /** @type {any} */ (client.status);
    await call("POST", `/_tidings/gateway/connections/${encodeURIComponent(connectionId)}/reset`);
    await until(() => statuses.some(({ state }) => state === "reconnecting"), "the loss");
    await until(() => client.status.state === "open", "the return");
    expect((await client.listChannels()).sort()).toEqual(["jobs", "skills"]);
    await publishJob(`${run}-b`);
    await until(() => ids.includes(`${run}-b`), "the event");
  });

  test("a bus that delivers everything twice is heard once", async () => {
    await call("PUT", "/_tidings/faults", { seed: 1, rules: [{ fault: "bus-duplicate" }, { fault: "queue-duplicate" }] });
    const { ids } = await connected();
    const published = Array.from({ length: 10 }, (_, number) => `${run}-twice-${number}`);
    for (const id of published) await publishJob(id);
    const heard = () => ids.filter((id) => id.includes("twice")).sort();
    await until(() => heard().length >= 10, "ten events");
    await publishJob(`${run}-last`);
    await until(() => ids.includes(`${run}-last`), "the last event");
    expect(heard()).toEqual(published.sort());
  });

  test("a handshake that is refused is tried again slowly", async () => {
    const { client, statuses } = listener({ url: url.replace("/api/v1/ws", "/no-such-stage"), retryBaseMs: 200 });
    clients.push(client);
    void client.connect();
    await until(() => statuses.filter(({ state }) => state === "reconnecting").length >= 5, "some tries");
    expect(client.status).toMatchObject({ reason: "could not connect" });
  });

  long("the two-hour cut under a steady stream: nothing lost, nothing twice", { timeout: 400_000 }, async () => {
    const { client, ids, statuses } = await connected();
    const first = /** @type {any} */ (client.status).connectionId;
    // In leaps shorter than the idle timeout, each with its ping.
    for (let leap = 0; leap < 12; leap++) await advance(540, true);

    /** @type {string[]} */
    const published = [];
    let streaming = true;
    const stream = (async () => {
      while (streaming) {
        const id = `${run}-cut-${published.length}`;
        await publishJob(id);
        published.push(id);
        await pause(150);
      }
    })();
    const takenOver = () => /** @type {any} */ (client.status).connectionId !== first;
    for (let leap = 0; leap < 14 && !takenOver(); leap++) {
      await advance(60, true);
      await pause(500);
    }
    await until(takenOver, "the takeover");
    await until(async () => !(await open()).includes(first), "the end of the old connection");
    // Beyond the cut, had the client stayed where it was.
    await advance(540, true);
    await pause(1_000);
    streaming = false;
    await stream;

    const mine = () => ids.filter((id) => id.includes("-cut-"));
    await until(() => mine().length >= published.length, "the last events");
    expect(mine().sort()).toEqual([...published].sort());
    expect(statuses.map(({ state }) => state)).toEqual(["connecting", "open", "open"]);
    console.log(`two-hour cut: ${published.length} published, ${mine().length} handled, ${new Set(mine()).size} different`);
  });

  long("a hundred clients cut at once come back spread out", { timeout: 180_000 }, async () => {
    const fleet = await Promise.all(Array.from({ length: 100 }, () => connected()));
    /** @type {number[]} */
    const waits = [];
    for (const { client } of fleet)
      client.on("status", (status) => status.state === "reconnecting" && status.retryAt && waits.push(status.retryAt - Date.now()));
    await call("PUT", "/_tidings/gateway/faults", { seed: 1, rules: [{ fault: "reset-on-post", times: 100 }] });
    await publishJob(`${run}-cut-all`);
    await until(() => waits.length >= 100, "all to be cut", 60_000);
    await call("DELETE", "/_tidings/gateway/faults");
    await until(() => fleet.every(({ client }) => client.status.state === "open"), "all to be back", 90_000);
    const perTenth = Array.from({ length: 10 }, (_, tenth) => waits.slice(0, 100).filter((ms) => Math.min(9, Math.floor(ms / 100)) === tenth).length);
    console.log(`a hundred reconnects, first tries planned per 100 ms: ${perTenth.join(" ")}`);
    expect(Math.max(...perTenth)).toBeLessThan(40);
  });
});
