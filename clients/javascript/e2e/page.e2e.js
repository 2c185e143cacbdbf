// The page of the local system in a real browser, end to end.
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { complaints, installed, launch } from "./browser.js";
import { call, gateway, until } from "./local.js";

const SCREENSHOTS = fileURLToPath(new URL("../../../.cache/screenshots/", import.meta.url));
const VIEWS = [
  { name: "light", viewport: { width: 1280, height: 900 }, colorScheme: "light" },
  { name: "dark", viewport: { width: 1280, height: 900 }, colorScheme: "dark" },
  { name: "phone", viewport: { width: 390, height: 844 }, colorScheme: "light", isMobile: true },
];

describe.skipIf(!installed)("the page", () => {
  /** @type {import("playwright-core").Browser} */
  let browser;
  beforeAll(async () => {
    mkdirSync(SCREENSHOTS, { recursive: true });
    browser = await launch();
  });
  afterAll(() => browser?.close());

  /** @param {object} [view] */
  const visit = async (view) => {
    const page = await (await browser.newContext(view)).newPage();
    const heard = complaints(page);
    await page.goto(gateway);
    await page.waitForSelector('#status[data-state="open"]');
    return { page, heard };
  };

  const event = (/** @type {import("playwright-core").Page} */ page, /** @type {string} */ type) =>
    page.locator("#events li:not([hidden])", { hasText: type });

  test.for(VIEWS)("in $name shows every event it publishes, and complains of nothing", async ({ name, ...view }) => {
    const { page, heard } = await visit(view);
    const buttons = await page.locator("#samples button").all();
    expect(buttons.length).toBeGreaterThan(15);
    for (const button of buttons) await button.click();
    // followup.scheduled is for the bus only; all others are shown.
    const types = (await Promise.all(buttons.map((button) => button.getAttribute("title")))).map((title) => title?.slice("Publish ".length) ?? "");
    for (const type of types.filter((type) => type !== "followup.scheduled")) await event(page, type).first().waitFor();
    await page.locator("#receipts td", { hasText: "1" }).first().waitFor();
    await page.locator(".mine").waitFor();
    await event(page, "interview.updated").first().locator("summary").click();
    await page.screenshot({ path: `${SCREENSHOTS}page-${name}.png`, fullPage: true });
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
    expect(heard).toEqual([]);
    await page.context().close();
  });

  test("never takes an event's text for markup", async () => {
    const { page, heard } = await visit();
    const company = '<img src=x onerror="window.stolen=1"><script>window.stolen=1</script>';
    await call("POST", "/_tidings/page/publish", { type: "job.analyzing", data: { job_id: 7, company, job_title: "x" } });
    const shown = event(page, "job.analyzing").first();
    await shown.locator("summary").click();
    expect(await shown.locator("pre").textContent()).toContain(JSON.stringify(company));
    expect(await page.locator("#events img, #events script").count()).toBe(0);
    expect(await page.evaluate(() => "stolen" in window)).toBe(false);
    expect(heard).toEqual([]);
    await page.context().close();
  });

  test("filters, pauses and clears by keyboard", async () => {
    const { page } = await visit();
    await page.getByTitle("Publish job.created").press("Enter");
    await page.getByTitle("Publish system.notification").press("Enter");
    await event(page, "system.notification").waitFor();
    await event(page, "job.created").waitFor();
    await page.getByLabel("Filter events by text").fill("linkedin");
    await until(async () => (await event(page, "system.notification").count()) === 0, "the filter");
    expect(await event(page, "job.created").count()).toBe(1);
    await page.getByLabel("Filter events by text").fill("");
    await page.locator("#pause").press("Space");
    await page.getByTitle("Publish job.analyzed").press("Enter");
    await page.locator("#pause", { hasText: "Resume (1)" }).waitFor();
    expect(await event(page, "job.analyzed").count()).toBe(0);
    await page.locator("#pause").press("Space");
    await event(page, "job.analyzed").waitFor();
    await page.locator("#clear").press("Enter");
    expect(await page.locator("#events li").count()).toBe(0);
    await page.context().close();
  });

  test("publishes to one user only, and leaves channels that are unticked", async () => {
    const { page } = await visit();
    const other = await visit();
    await other.page.getByLabel("User", { exact: true }).first().fill("user456");
    await other.page.getByLabel("User", { exact: true }).first().press("Tab");
    await other.page.locator(".mine", { hasText: "user456" }).waitFor();
    await page.getByLabel("User to publish to").fill("user456");
    await page.getByTitle("Publish skill_gap.completed").click();
    await event(other.page, "skill_gap.completed").waitFor();
    expect(await event(page, "skill_gap.completed").count()).toBe(0);

    await other.page.getByLabel("jobs").uncheck();
    await until(async () => !(await other.page.locator(".mine").textContent())?.includes("jobs"), "the unsubscription");
    await page.getByLabel("everyone on the channel").check();
    await page.getByTitle("Publish job.created").click();
    await event(page, "job.created").waitFor();
    expect(await event(other.page, "job.created").count()).toBe(0);
    await page.context().close();
    await other.page.context().close();
  });

  test("moves the clock and switches faults", async () => {
    const { page } = await visit();
    await page.getByRole("button", { name: "+1 min" }).click();
    await page.locator("#offset", { hasText: "ahead" }).waitFor();
    await page.getByLabel("cut the socket on a post").check();
    await until(async () => (await call("GET", "/_tidings/gateway/faults")).rules.length === 1, "the rule");
    await page.getByLabel("cut the socket on a post").uncheck();
    await until(async () => (await call("GET", "/_tidings/gateway/faults")).rules.length === 0, "no rule");
    await page.context().close();
  });

  test("says why the connection is gone, and that it is back", async () => {
    const { page } = await visit();
    await page.locator(".mine").waitFor();
    const id = (await page.locator(".mine .id").textContent())?.split(" ")[0] ?? "";
    await page.evaluate(() => {
      const states = /** @type {any} */ (window).states = /** @type {string[]} */ ([]);
      new MutationObserver(() => states.push(document.getElementById("status")?.dataset.state ?? "")).observe(
        /** @type {any} */ (document.getElementById("status")),
        { attributes: true },
      );
    });
    await call("POST", `/_tidings/gateway/connections/${encodeURIComponent(id)}/reset`);
    await until(() => page.evaluate(() => /** @type {any} */ (window).states.includes("reconnecting")), "the loss");
    await page.waitForSelector('#status[data-state="open"]');
    await page.context().close();
  });
});
