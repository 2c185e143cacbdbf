// The page when the local system stops, and when another one takes its place: a system of its own.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { installed, launch } from "./browser.js";
import { call } from "./local.js";
import { startSystem } from "./system.js";

describe.skipIf(!installed)("the page of a system that stops", () => {
  /** @type {import("playwright-core").Browser} */
  let browser;
  /** @type {Awaited<ReturnType<typeof startSystem>>} */
  let system;
  beforeAll(async () => {
    [browser, system] = await Promise.all([launch(), startSystem()]);
  });
  afterAll(async () => {
    await browser?.close();
    await system?.end();
  });

  test("says so, offers nothing that cannot be done, and shows the new system as it is", async () => {
    const page = await browser.newPage();
    await page.goto(system.gateway);
    await page.waitForSelector('#status[data-state="open"]');
    await page.locator("#faults-button").click();
    await page.locator('#faults input[value="bus-delay"]').check();
    await page.locator("#faults-count", { hasText: "1" }).waitFor();
    await page.getByRole("button", { name: "+1 min" }).click();
    await page.locator("#offset", { hasText: "ahead" }).waitFor();

    const { port } = new URL(system.gateway);
    await system.end("SIGKILL");
    await page.locator("#down", { hasText: "make run" }).waitFor();
    expect(await page.locator(".compose").getAttribute("inert")).not.toBeNull();
    await page.waitForSelector('#status[data-state="reconnecting"]');

    system = await startSystem(port);
    await page.locator("#down").waitFor({ state: "hidden" });
    await page.locator("#offset", { hasText: "real time" }).waitFor();
    await page.locator("#faults-count").waitFor({ state: "hidden" });
    await page.waitForSelector('#status[data-state="open"]');
    await page.locator("#publish").click();
    await page.locator("#events .line", { hasText: "job.created" }).waitFor();
    expect((await call("GET", "/_tidings/faults", undefined, system.gateway)).rules).toEqual([]);
  });
});
