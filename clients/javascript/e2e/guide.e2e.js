// What the guide tells people to type, in a real browser, with the guide's own host and port.
import { chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { installed, options } from "./browser.js";
import { advance, call, gateway, publishJob, until } from "./local.js";
import { serve } from "./serve.js";

describe.skipIf(!installed)("the guide's snippets", () => {
  /** @type {import("playwright-core").Browser} */
  let browser;
  /** @type {Awaited<ReturnType<typeof serve>>} */
  let site;
  beforeAll(async () => {
    site = await serve({ "/": "<!doctype html><title>An application</title>" });
    const { host } = new URL(gateway);
    browser = await chromium.launch({
      ...options,
      args: [...options.args, `--host-resolver-rules=MAP localhost:8000 ${host}`],
    });
  });
  afterAll(async () => {
    await browser?.close();
    site?.close();
  });

  const open = async () => {
    const page = await (await browser.newContext()).newPage();
    /** @type {any[]} */
    const heard = [];
    await page.exposeFunction("heard", (/** @type {string} */ text) => heard.push(JSON.parse(text)));
    await page.goto(site.origin);
    return { page, heard };
  };
  const types = (/** @type {any[]} */ heard) => heard.map(({ type }) => type);

  test("the console session: connect, create a job over HTTP, watch its events", async () => {
    const { page, heard } = await open();
    await page.evaluate(`
      globalThis.ws = new WebSocket('ws://localhost:8000/api/v1/ws?user_id=test&channels=jobs,applications');
      ws.onmessage = (e) => heard(e.data);
      new Promise((resolve) => { ws.onopen = () => resolve(); });
    `);
    await until(() => types(heard).includes("system.connected"), "the welcome");
    expect(heard[0].data).toMatchObject({ user_id: "test", channels: ["jobs", "applications"] });
    const status = await page.evaluate(`
      fetch('http://localhost:8000/api/v1/jobs', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({
          company: 'Test Corp', job_title: 'Test Engineer', job_description: 'Test job',
          job_url: 'https://test.com/job/123', location: 'Test City', source: 'test',
        }),
      }).then((response) => response.ok)
    `);
    expect(status).toBe(true);
    // The first event may come last: it waits for a second when it finds the welcome under way still.
    await until(() => ["job.created", "job.analyzed"].every((type) => types(heard).includes(type)), "both events");
    await page.context().close();
  });

  test("subscribe, unsubscribe and list after connecting", async () => {
    const { page, heard } = await open();
    await page.evaluate(`
      globalThis.ws = new WebSocket('ws://localhost:8000/api/v1/ws?channels=jobs,applications,interviews');
      ws.onmessage = (e) => heard(e.data);
      new Promise((resolve) => { ws.onopen = () => resolve(); });
    `);
    const say = (/** @type {object} */ message) => page.evaluate(`ws.send(${JSON.stringify(JSON.stringify(message))})`);
    await say({ action: "subscribe", channel: "recommendations" });
    await until(() => types(heard).includes("system.subscribed"), "the subscription");
    await say({ action: "unsubscribe", channel: "recommendations" });
    await until(() => types(heard).includes("system.unsubscribed"), "its end");
    await say({ action: "list_channels" });
    await until(() => types(heard).includes("system.channels"), "the list");
    const reply = (/** @type {string} */ type) => heard.find((message) => message.type === type).data;
    expect(reply("system.subscribed")).toMatchObject({ channel: "recommendations", subscriber_count: 1 });
    expect(reply("system.unsubscribed")).toEqual({ channel: "recommendations" });
    expect(reply("system.channels").channels.sort()).toEqual(["applications", "interviews", "jobs"]);
    await page.context().close();
  });

  test("the heartbeat monitor answers each ping and stays", async () => {
    const { page, heard } = await open();
    await page.evaluate(`
      globalThis.ws = new WebSocket('ws://localhost:8000/api/v1/ws?channels=jobs');
      ws.onclose = () => heard('{"type":"closed"}');
      ws.onmessage = (event) => {
        heard(event.data);
        if (JSON.parse(event.data).type === 'system.ping') ws.send(JSON.stringify({ action: 'pong' }));
      };
    `);
    await until(() => types(heard).includes("system.connected"), "the welcome");
    await advance(60);
    await until(() => types(heard).includes("system.ping"), "a ping");
    expect(types(heard)).not.toContain("closed");
    expect(types(heard)).not.toContain("system.error");
    await page.context().close();
  });

  test("a manager that reconnects by its own timer is let in again with its channels", async () => {
    const { page, heard } = await open();
    await page.evaluate(`
      const connect = () => {
        const ws = new WebSocket('ws://localhost:8000/api/v1/ws?user_id=manager&channels=jobs');
        ws.onmessage = (event) => heard(event.data);
        ws.onclose = () => setTimeout(connect, 200);
      };
      connect();
    `);
    await until(() => types(heard).includes("system.connected"), "the welcome");
    await call("POST", `/_tidings/gateway/connections/${encodeURIComponent(heard[0].data.connection_id)}/reset`);
    await until(() => types(heard).filter((type) => type === "system.connected").length === 2, "the second welcome");
    await publishJob("guide-manager", { user_id: "manager" });
    await until(() => types(heard).includes("job.created"), "the event");
    await page.context().close();
  });
});
