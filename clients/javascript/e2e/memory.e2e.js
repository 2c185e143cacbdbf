// The client in Chromium and the memory of the real local system: what is missed comes back, once, whatever goes wrong.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { installed, launch } from "./browser.js";
import { advance, call, finished, gateway, publishJob, until, urlOf } from "./local.js";
import { startSystem } from "./system.js";

const long = test.skipIf(process.env.TIDINGS_E2E !== "full");
const run = Math.random().toString(36).slice(2);
const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

describe.skipIf(!installed)("in Chromium, what was missed", () => {
  /** @type {import("playwright-core").Browser} */
  let browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser?.close());
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
    for (const api of ["/_tidings/faults", "/_tidings/gateway/faults"]) await call("DELETE", api);
  });

  /** @param {string} user */
  const listening = async (user, origin = gateway) => {
    const page = await (await browser.newContext()).newPage();
    const load = async () => {
      await page.goto(`${origin}/health`);
      // As text: the test runner would rewrite the import.
      await page.evaluate(`import("/client/index.js").then(async ({ TidingsClient }) => {
        const client = new TidingsClient({ url: "${urlOf(origin)}", userId: "${user}", channels: ["jobs", "skills"], retryBaseMs: 200, retryCapMs: 1000, storage: sessionStorage });
        Object.assign(window, { client, handled: [], told: [], errors: [] });
        client.on("*", (_data, event) => handled.push({ id: event.id, recovered: !!event.recovered }));
        client.on("recovery", (recovery) => told.push(recovery));
        client.on("error", (error) => errors.push(error.code));
        await client.connect();
      })`);
    };
    await load();
    const read = (/** @type {string} */ name) => page.evaluate((name) => /** @type {any} */ (window)[name], name);
    return {
      page,
      load,
      handled: () => /** @type {Promise<{ id: string, recovered: boolean }[]>} */ (read("handled")),
      told: () => /** @type {Promise<any[]>} */ (read("told")),
      status: () => page.evaluate(() => /** @type {any} */ (window).client.status),
    };
  };

  const reset = async (/** @type {Awaited<ReturnType<typeof listening>>} */ { status }, origin = gateway) => {
    const { connectionId } = await status();
    if (connectionId) await call("POST", `/_tidings/gateway/connections/${encodeURIComponent(connectionId)}/reset`, undefined, origin).catch(() => {});
  };
  const ids = (/** @type {{ id: string }[]} */ handled) => handled.map(({ id }) => id).sort();

  test("while the network was away comes back in order, marked, once", async () => {
    const here = await listening(`${run}-away`);
    await publishJob(`${run}-away-0`);
    await until(async () => (await here.handled()).length === 1, "the first event");
    await here.page.context().setOffline(true);
    await reset(here);
    const missed = [1, 2, 3, 4, 5].map((number) => `${run}-away-${number}`);
    for (const id of missed) await publishJob(id, id.endsWith("3") ? { user_id: `${run}-away` } : {});
    // Until they are in the streams, so that it is the memory that brings them.
    await finished(missed);
    await here.page.context().setOffline(false);
    await until(async () => (await here.handled()).length === 6, "five events");
    const handled = await here.handled();
    expect(handled.map(({ recovered }) => recovered)).toEqual([false, true, true, true, true, true]);
    expect(ids(handled)).toEqual([`${run}-away-0`, ...missed]);
    expect((await here.told()).filter(({ state }) => state === "recovered").reduce((sum, { events }) => sum + events, 0)).toBe(5);
  });

  test("while the page was loaded anew comes once, and what came before does not come again", async () => {
    const here = await listening(`${run}-reload`);
    await publishJob(`${run}-reload-0`);
    await until(async () => (await here.handled()).length === 1, "the first event");
    await here.page.goto("about:blank");
    await publishJob(`${run}-reload-1`);
    await here.load();
    await until(async () => (await here.handled()).length === 1, "the missed event");
    await publishJob(`${run}-reload-2`);
    await until(async () => (await here.handled()).length === 2, "the last event");
    expect(ids(await here.handled())).toEqual([`${run}-reload-1`, `${run}-reload-2`]);
  });

  test("under faults and cuts: none lost, none twice", { timeout: 240_000 }, async () => {
    const user = `${run}-faults`;
    const here = await listening(user);
    await call("PUT", "/_tidings/gateway/faults", {
      seed: 7,
      rules: [
        { fault: "reset-on-post", share: 0.15 },
        { fault: "post-gone", share: 0.1 },
        { fault: "post-limit", share: 0.2 },
        { fault: "post-error", share: 0.1 },
      ],
    });
    await call("PUT", "/_tidings/faults", {
      seed: 7,
      rules: [
        { fault: "bus-duplicate", share: 0.3 },
        { fault: "queue-duplicate", share: 0.3 },
        { fault: "bus-reorder", share: 0.5 },
        { fault: "function-kill", share: 0.04, name: "*publisher*", seconds: 0.02 },
      ],
    });
    const published = Array.from({ length: 80 }, (_, number) => `${run}-faults-${String(number).padStart(3, "0")}`);
    for (const [number, id] of published.entries()) {
      await publishJob(id, number % 3 ? {} : { user_id: user });
      if (number % 20 === 10) await reset(here);
      await pause(60);
    }
    await call("DELETE", "/_tidings/gateway/faults");
    await call("DELETE", "/_tidings/faults");
    const mine = async () => (await here.handled()).filter(({ id }) => id.startsWith(`${run}-faults`));
    const all = async () => {
      // What a killed publisher left is tried again after a minute, by the system's clock.
      await advance(30);
      return new Set(ids(await mine())).size >= published.length;
    };
    await until(all, "the last events", 150_000);
    await pause(2_000);
    const handled = await mine();
    const recovered = handled.filter((one) => one.recovered).length;
    console.log(`under faults: ${published.length} published, ${handled.length} handled, ${new Set(ids(handled)).size} different, ${recovered} of them recovered`);
    expect(ids(handled)).toEqual(published);
    expect((await here.told()).filter(({ state }) => state === "state_lost")).toEqual([]);
    // The memory had something to do.
    expect(recovered).toBeGreaterThan(0);
  });

  long("over the two-hour cut, with faults: none lost, none twice", { timeout: 500_000 }, async () => {
    const user = `${run}-cut`;
    const here = await listening(user);
    const { connectionId: first } = await here.status();
    for (let leap = 0; leap < 12; leap++) await advance(540, true);
    await call("PUT", "/_tidings/faults", { seed: 3, rules: ["bus-duplicate", "bus-reorder", "queue-duplicate"].map((fault) => ({ fault, share: 0.4 })) });
    /** @type {string[]} */
    const published = [];
    let streaming = true;
    const stream = (async () => {
      while (streaming) {
        const id = `${run}-cut-${published.length}`;
        await publishJob(id, published.length % 3 ? {} : { user_id: user });
        published.push(id);
        await pause(150);
      }
    })();
    for (let leap = 0; leap < 20 && (await here.status()).connectionId === first; leap++) {
      await advance(60, true);
      await pause(500);
    }
    await until(async () => ![first, undefined].includes((await here.status()).connectionId), "the takeover");
    // The clock stands now: what is tried again later would hold it up.
    await call("PUT", "/_tidings/gateway/faults", { seed: 3, rules: ["post-limit", "post-error", "reset-on-post"].map((fault) => ({ fault, share: 0.15 })) });
    await pause(5_000);
    streaming = false;
    await stream;
    for (const api of ["/_tidings/faults", "/_tidings/gateway/faults"]) await call("DELETE", api);
    await until(async () => new Set(ids(await here.handled())).size >= published.length, "the last events", 120_000);
    const handled = await here.handled();
    console.log(`two-hour cut in Chromium: ${published.length} published, ${handled.length} handled, ${handled.filter((one) => one.recovered).length} recovered`);
    expect(ids(handled)).toEqual([...published].sort());
    expect((await here.told()).filter(({ state }) => state === "state_lost")).toEqual([]);
  });

  test("of a server that was killed is told as lost, once for each stream, and nothing comes twice", { timeout: 240_000 }, async () => {
    let system = await startSystem();
    try {
      const here = await listening("killed", system.gateway);
      for (const id of ["1", "2"]) await publishJob(id, {}, system.gateway);
      await until(async () => (await here.handled()).length === 2, "two events");
      const { port } = new URL(system.gateway);
      await system.end("SIGKILL");
      system = await startSystem(port);
      await until(async () => (await here.status()).state === "open", "the return", 60_000);
      await publishJob("3", {}, system.gateway);
      await until(async () => (await here.handled()).length === 3, "the third event");
      expect(ids(await here.handled())).toEqual(["1", "2", "3"]);
      // Its memory died with it.
      const lost = (await here.told()).filter(({ state }) => state === "state_lost");
      expect(lost.map(({ stream, reason }) => `${stream} ${reason}`).sort()).toEqual(["@me epoch", "jobs epoch", "skills epoch"]);
    } finally {
      await system.end();
    }
  });
});
