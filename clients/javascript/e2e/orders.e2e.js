// The page of examples/orders, another team's application, in a real browser: the whole system with its events.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { complaints, installed, launch } from "./browser.js";
import { call, until } from "./local.js";
import { startSystem } from "./system.js";

describe.skipIf(!installed)("another application's page", () => {
  /** @type {Awaited<ReturnType<typeof startSystem>>} */
  let system;
  /** @type {import("playwright-core").Browser} */
  let browser;

  beforeAll(async () => {
    [system, browser] = await Promise.all([startSystem("0", ["-c", "events=examples/orders/events"]), launch()]);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await system?.end();
  });

  /** @param {string} type @param {object} data */
  const publish = (type, data) => call("POST", "/_tidings/page/publish", { type, data }, system.gateway);

  test("tells a customer what becomes of the order", async () => {
    const page = await browser.newPage();
    const heard = complaints(page);
    await page.goto(`${system.gateway}/orders?customer=ann&order=ann-42`);
    await until(async () => (await call("GET", "/_tidings/gateway/connections", undefined, system.gateway)).connections.length, "the page");
    const told = () => page.locator("li").allTextContents();
    await publish("order.shipped", { order_id: "bob-7", carrier: "UPS" });
    await publish("order.shipped", { order_id: "ann-42", carrier: "DHL" });
    await until(async () => (await told()).length, "the first line");
    await publish("order.delivered", { order_id: "ann-42", signed_by: "Ann" });
    await until(async () => (await told()).length > 1, "the second line");
    expect(await told()).toEqual(["On its way with DHL", "Delivered, signed by Ann"]);
    expect(heard).toEqual([]);
  });
});
