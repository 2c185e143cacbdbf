// The page of the local system in a real browser, end to end.
import { mkdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { complaints, installed, launch } from "./browser.js";
import { call, finished, gateway, until } from "./local.js";

const path = (/** @type {string} */ relative) => fileURLToPath(new URL(relative, import.meta.url));
const SCREENSHOTS = path("../../../.cache/screenshots/");
const AXE = path("../node_modules/axe-core/axe.min.js");
/** @type {{ samples: Record<string, object>, channels: Record<string, string[]> }} */
const { samples: SAMPLES, channels: CHANNELS } = installed ? await call("GET", "/_tidings/page/application") : { samples: {}, channels: {} };
const SHOWN = Object.values(CHANNELS).flat();
const SIZES = [
  { width: 1440, height: 900 },
  { width: 1024, height: 900 },
  { width: 390, height: 844 },
];
const SCHEMES = /** @type {const} */ (["light", "dark"]);
const VIEWS = SIZES.map((viewport) => ({ viewport, isMobile: viewport.width < 500, reducedMotion: "reduce" }));

describe.skipIf(!installed)("the page", () => {
  /** @type {import("playwright-core").Browser} */
  let browser;
  beforeAll(async () => {
    mkdirSync(SCREENSHOTS, { recursive: true });
    browser = await launch();
  });
  afterAll(() => browser?.close());
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
    for (const api of ["/_tidings/faults", "/_tidings/gateway/faults"]) await call("DELETE", api);
  });

  /** @param {object} [view] */
  const visit = async (view) => {
    const context = await browser.newContext(view);
    const page = await context.newPage();
    const heard = complaints(page);
    await page.goto(gateway);
    await page.waitForSelector('#status[data-state="open"]');
    await page.waitForSelector("#faults-groups input", { state: "attached" });
    return { page, heard, context };
  };
  /** @typedef {import("playwright-core").Page} Page */

  const row = (/** @type {Page} */ page, /** @type {string} */ text) => page.locator("#events .line", { hasText: text });
  const verdict = (/** @type {Page} */ page, /** @type {string} */ text) => page.locator("#receipts li", { hasText: text }).first();
  /** @param {Page} page @param {string} type */
  const publish = async (page, type) => {
    await page.locator("#type").selectOption(type);
    await page.locator("#publish").click();
  };

  /** What axe finds that stands seriously in somebody's way, in each scheme of colours. With a name, each is kept as an image.
   * @param {Page} page @param {string} [name] @param {object} [options] */
  const serious = async (page, name, options) => {
    // Evaluated, not added as a tag, which the page's policy forbids.
    await page.evaluate(readFileSync(AXE, "utf8"));
    /** @type {string[]} */
    const found = [];
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme });
      if (name) await page.screenshot({ path: `${SCREENSHOTS}${name}-${page.viewportSize()?.width}-${colorScheme}.png`, ...options });
      const violations = await page.evaluate(async () => (await /** @type {any} */ (window).axe.run()).violations);
      for (const { impact, id, nodes } of violations)
        if (["serious", "critical"].includes(impact)) found.push(`${colorScheme}: ${id}: ${nodes.map((/** @type {any} */ { html }) => html.slice(0, 120)).join(" | ")}`);
    }
    return found;
  };

  test.for(VIEWS)("at $viewport.width shows every event it publishes, and nothing serious stands in anybody's way", { timeout: 120_000 }, async (view) => {
    const { page, heard } = await visit(view);
    await page.locator("#story").click();
    const shown = Object.keys(SAMPLES).filter((type) => SHOWN.includes(type));
    await page.locator("#count", { hasText: `${shown.length} of ${shown.length}` }).waitFor();
    await verdict(page, "system.maintenance").locator(".verdict", { hasText: /delivered to \d+ of \d+/ }).waitFor();
    await page.locator(".mine").waitFor();
    await row(page, "interview.updated").click();
    await page.locator("#detail-json", { hasText: '"status": "rescheduled"' }).waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
    expect(heard).toEqual([]);
    expect(await serious(page, "page", { fullPage: view.isMobile })).toEqual([]);
    for (const look of ["#tab-frames", "#faults-button"]) {
      await page.locator(look).click();
      expect(await serious(page)).toEqual([]);
    }
  });

  test("has clock and faults in reach without scrolling, at 900 px", async () => {
    for (const viewport of SIZES) {
      const { page } = await visit({ viewport });
      for (const id of ["#steps", "#faults-button", "#status"]) {
        const box = await page.locator(id).boundingBox();
        expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThan(viewport.height);
      }
    }
  });

  test("never takes an event's text for markup", async () => {
    const { page, heard } = await visit();
    const company = '<img src=x onerror="window.stolen=1"><script>window.stolen=1</script>';
    await call("POST", "/_tidings/page/publish", { type: "job.analyzed", data: { ...SAMPLES["job.analyzed"], company } });
    await row(page, "job.analyzed").first().click();
    await page.locator("#detail-json", { hasText: JSON.stringify(company).slice(0, 30) }).waitFor();
    expect(await page.locator("main img, main script").count()).toBe(0);
    expect(await page.evaluate(() => "stolen" in window)).toBe(false);
    expect(heard).toEqual([]);
  });

  test("publishes any JSON, and says why it was rejected", async () => {
    const { page } = await visit();
    await page.locator("#type").selectOption("job.analyzed");
    await page.locator("#data").fill('{"job_id": 42, "match_score":');
    await page.locator("#data-told", { hasText: "No JSON" }).waitFor();
    expect(await page.locator("#data").getAttribute("aria-invalid")).toBe("true");
    await page.locator("#publish").click();
    expect(await page.locator("#receipts li").count()).toBe(0);

    await page.locator("#data").fill('{"job_id": 42, "match_score": 200, "recommendation": "x", "strengths": [], "concerns": []}');
    await page.locator("#data").press("Control+Enter");
    await verdict(page, "job.analyzed").locator(".verdict", { hasText: "rejected: detail.data.match_score" }).waitFor();

    await page.locator("#type").selectOption("other …");
    await page.locator("#other-type").fill("order.shipped");
    await page.locator("#publish").click();
    await verdict(page, "order.shipped").locator(".verdict", { hasText: "rejected: unknown event type 'order.shipped'" }).waitFor();
  });

  test("asks for the user's name instead of publishing to everyone", async () => {
    const { page } = await visit();
    await page.locator("#to-user").fill("");
    await page.locator("#publish").click();
    await page.locator("#data-told", { hasText: "Name the user, or choose everyone." }).waitFor();
    expect(await page.locator("#receipts li").count()).toBe(0);
  });

  test("is used by keyboard: passing through the form changes nothing, rows are walked with arrows", async () => {
    const { page } = await visit();
    await page.locator("#type").focus();
    for (let step = 0; step < 8; step++) await page.keyboard.press("Tab");
    expect(await page.locator('input[name="to"][value="everyone"]').isChecked()).toBe(true);

    await publish(page, "job.created");
    await row(page, "job.created").waitFor();
    await publish(page, "system.notification");
    await row(page, "system.notification").waitFor();
    await page.locator("#events").focus();
    await page.keyboard.press("ArrowDown");
    await page.locator("#detail-title", { hasText: "system.notification" }).waitFor();
    await page.keyboard.press("ArrowDown");
    await page.locator("#detail-title", { hasText: "job.created" }).waitFor();
    await publish(page, "job.analyzed");
    await row(page, "job.analyzed").waitFor();
    // What is selected stays selected when more arrives.
    expect(await page.locator('#events [aria-selected="true"]').textContent()).toContain("job.created");
    await page.locator("#detail-again").click();
    expect(JSON.parse(await page.locator("#data").inputValue())).toEqual(SAMPLES["job.created"]);
  });

  test("filters by channel and text, counts, pauses and clears", async () => {
    const { page } = await visit();
    await publish(page, "job.created");
    await publish(page, "system.notification");
    await page.locator("#count", { hasText: "2 of 2" }).waitFor();
    await page.getByLabel("Filter by text").fill("linkedin");
    await page.locator("#count", { hasText: "1 of 2" }).waitFor();
    await page.getByLabel("Filter by text").fill("nothing like it");
    await page.locator("#count", { hasText: "0 of 2" }).waitFor();
    await page.locator("#no-events", { hasText: "matches the filter" }).waitFor();
    await page.getByLabel("Filter by text").fill("");
    await page.locator('.chip[data-channel="jobs"]').press("Enter");
    await page.locator("#count", { hasText: "1 of 2" }).waitFor();
    expect(await row(page, "job.created").count()).toBe(0);
    await page.locator('.chip[data-channel="jobs"]').click();
    await page.locator("#pause").press("Space");
    await publish(page, "job.analyzed");
    await page.locator("#pause", { hasText: "Resume (1)" }).waitFor();
    expect(await row(page, "job.analyzed").count()).toBe(0);
    await page.locator("#pause").press("Space");
    await row(page, "job.analyzed").waitFor();
    await page.locator("#clear").press("Enter");
    await page.locator("#count", { hasText: "0 of 0" }).waitFor();
  });

  test("holds thousands of events, and draws those that can be seen", async () => {
    const { page } = await visit();
    // As text: the test runner would rewrite the import.
    await page.evaluate(`import("/page/stream.js").then(({ addEvent }) => {
      for (let number = 0; number < 3000; number++)
        addEvent({ type: "job.created", channel: "jobs", data: { job_id: number }, timestamp: "2025-11-14T15:00:00Z" });
    })`);
    await page.locator("#count", { hasText: "3,000 of 3,000" }).waitFor();
    expect(await page.locator("#events .line").count()).toBeLessThan(60);
    await page.locator("#events").focus();
    await page.keyboard.press("End");
    await row(page, "job_id: 0").waitFor();
    await page.getByLabel("Filter by text").fill('"job_id":2999');
    await page.locator("#count", { hasText: "1 of 3,000" }).waitFor();
  });

  test("shows frames in both directions, and sends any text", async () => {
    const { page } = await visit();
    await page.locator("#tab-events").press("ArrowRight");
    const frame = (/** @type {string} */ text) => page.locator("#frames .line", { hasText: text }).first();
    await frame("system.connected").waitFor();
    await page.locator("#raw-text").fill('{"action": "list_channels"}');
    await page.locator("#raw-text").press("Enter");
    await frame("system.channels").waitFor();
    expect(await page.locator("#frames .arrow.out").count()).toBeGreaterThan(0);
    await page.locator("#raw-text").fill("no json at all");
    await page.locator("#raw").getByRole("button").click();
    await frame("invalid_json").waitFor();
    await frame("invalid_json").click();
    await page.locator("#detail-json", { hasText: '"code": "invalid_json"' }).waitFor();
  });

  test("publishes to one user only, and leaves channels that are unticked", async () => {
    const { page } = await visit();
    const { page: other } = await visit();
    await other.locator("#user").fill("user456");
    await other.locator("#user").press("Tab");
    await other.locator(".mine", { hasText: "user456" }).waitFor();
    await page.locator("#to-user").fill("user456");
    await publish(page, "skill_gap.completed");
    await row(other, "skill_gap.completed").waitFor();
    expect(await row(page, "skill_gap.completed").count()).toBe(0);

    await other.locator('#channels input[value="jobs"]').uncheck();
    await until(async () => (await other.locator(".mine .heard").textContent())?.includes("jobs") === false, "the unsubscription");
    await page.locator('input[name="to"][value="everyone"]').check();
    await publish(page, "job.created");
    await row(page, "job.created").waitFor();
    expect(await row(other, "job.created").count()).toBe(0);
  });

  test("moves the clock, and sets the faults that the system lists", async () => {
    const { page } = await visit();
    await page.getByRole("button", { name: "+1 min" }).click();
    await page.locator("#offset", { hasText: "ahead" }).waitFor();
    await page.locator("#faults-button").click();
    for (const api of ["/_tidings/faults", "/_tidings/gateway/faults"]) {
      const { kinds } = await call("GET", api);
      for (const { fault } of kinds) await page.locator(`#faults input[value="${fault}"]`).waitFor();
    }
    await page.locator("#faults-share").fill("20");
    await page.locator('#faults input[value="reset-on-post"]').check();
    await until(async () => (await call("GET", "/_tidings/gateway/faults")).rules[0]?.share === 0.2, "the rule");
    await page.locator("#faults-count", { hasText: "1" }).waitFor();
    await page.locator("#faults-clear").click();
    await until(async () => (await call("GET", "/_tidings/gateway/faults")).rules.length === 0, "no rule");
  });

  test("copies code that runs: curl publishes the event again", async () => {
    const { page, context } = await visit({ permissions: ["clipboard-read", "clipboard-write"] });
    void context;
    await page.locator("#type").selectOption("job.created");
    /** @param {string} box @param {string} name */
    const copied = async (box, name) => {
      await page.locator(box).getByRole("button", { name }).click();
      await page.locator("#copied", { hasText: `${name} copied` }).waitFor();
      return page.evaluate(() => navigator.clipboard.readText());
    };
    expect(await copied("#event-copies", "curl")).toContain(`curl -X POST ${gateway}/_tidings/page/publish`);
    expect(await copied("#event-copies", "Python")).toContain('"DetailType": "job.created"');
    expect(await copied("#event-copies", "JavaScript")).toContain('new Producer({ bus: "tidings-local"');
    expect(await copied("#connection-copies", "Address")).toMatch(/^ws:.*\/api\/v1\/ws\?user_id=user123&channels=jobs/);
    expect(await copied("#connection-copies", "Python")).toContain("with Listener(");
  });

  test("says why the connection is gone, and that it is back", async () => {
    const { page } = await visit();
    const id = (await page.locator("#fact-id").textContent()) ?? "";
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
  });

  test.for(VIEWS)("at $viewport.width marks what it missed while the network was away", { timeout: 120_000 }, async (view) => {
    const { page, context } = await visit(view);
    await publish(page, "job.created");
    await row(page, "job.created").waitFor();
    const id = (await page.locator("#fact-id").textContent()) ?? "";
    await context.setOffline(true);
    await call("POST", `/_tidings/gateway/connections/${encodeURIComponent(id)}/reset`);
    await page.waitForSelector('#status[data-state="reconnecting"]');
    const missed = ["job.analyzing", "job.analyzed", "skill_gap.completed", "system.notification", "job.created"].map((type) => ({ type, data: SAMPLES[type], id: `${view.viewport.width}-${type}` }));
    for (const event of missed) await call("POST", "/_tidings/page/publish", event);
    await finished(missed.map(({ id }) => id));
    await context.setOffline(false);
    await page.locator("#recovery", { hasText: "5 events were missed and recovered" }).waitFor();
    expect(await row(page, "").locator(".mark", { hasText: "recovered" }).count()).toBe(5);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
    await page.locator("#down").waitFor({ state: "hidden" });
    expect(await serious(page, "recovered", { fullPage: view.isMobile })).toEqual([]);
  });

  test("goes on after a reload, and tells nothing twice", async () => {
    const { page } = await visit();
    await publish(page, "job.created");
    await row(page, "job.created").waitFor();
    await page.goto("about:blank");
    await call("POST", "/_tidings/page/publish", { type: "job.analyzed", data: SAMPLES["job.analyzed"] });
    await page.goto(gateway);
    await row(page, "job.analyzed").locator(".mark", { hasText: "recovered" }).waitFor();
    expect(await row(page, "job.created").count()).toBe(0);
  });

  test.for(VIEWS)("at $viewport.width has the inbox behind a bell, by keyboard, and marks it as seen on all devices", { timeout: 120_000 }, async (view) => {
    const user = `inbox-${view.viewport.width}`;
    const { page } = await visit(view);
    const { page: other } = await visit(view);
    for (const one of [page, other]) {
      await one.locator("#user").fill(user);
      await one.locator("#user").press("Enter");
      if ((await one.locator("#connect").textContent()) === "Connect") await one.locator("#connect").click();
      await one.locator(".mine", { hasText: user }).waitFor();
    }
    const data = { ...SAMPLES["interview.scheduled"], scheduled_date: "2030-01-02T15:00:00Z" };
    for (const number of [1, 2, 3]) await call("POST", "/_tidings/page/publish", { type: "interview.scheduled", data: { ...data, interview_id: number }, user_id: user });
    for (const one of [page, other]) await one.locator("#inbox-count", { hasText: "3" }).waitFor();
    await page.locator("#inbox-button").focus();
    await page.keyboard.press("Enter");
    await page.locator('.item[data-unseen="true"]').nth(2).waitFor();
    expect(await serious(page, "inbox")).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("inbox-seen");
    await page.keyboard.press("Enter");
    for (const one of [page, other]) await one.locator("#inbox-count").waitFor({ state: "hidden" });
    expect(await page.locator('.item[data-unseen="true"]').count()).toBe(0);
    expect(await page.locator(".item").count()).toBe(3);
    await page.keyboard.press("Escape");
    await page.locator("#inbox").waitFor({ state: "hidden" });
    // What comes later is one more, wherever it is looked at.
    await call("POST", "/_tidings/page/publish", { type: "interview.scheduled", data: { ...data, interview_id: 4 }, user_id: user });
    for (const one of [page, other]) await one.locator("#inbox-count", { hasText: "1" }).waitFor();
  });
});
