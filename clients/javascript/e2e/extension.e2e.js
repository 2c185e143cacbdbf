// The extension, unpacked into Chromium: it connects, hears an event and sets its badge.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { installed, options } from "./browser.js";
import { call, until, url } from "./local.js";

const FOLDER = fileURLToPath(new URL("../../chrome-extension/", import.meta.url));

describe.skipIf(!installed)("the extension", () => {
  /** @type {import("playwright-core").BrowserContext} */
  let browser;
  /** @type {import("playwright-core").Worker} */
  let worker;
  const profile = mkdtempSync(join(tmpdir(), "tidings-extension-"));

  beforeAll(async () => {
    execFileSync(process.execPath, [`${FOLDER}build.js`]);
    browser = await chromium.launchPersistentContext(profile, {
      ...options,
      channel: "chromium",
      headless: true,
      args: [...options.args, `--disable-extensions-except=${FOLDER}dist`, `--load-extension=${FOLDER}dist`],
    });
    worker = browser.serviceWorkers()[0] ?? (await browser.waitForEvent("serviceworker"));
    await worker.evaluate((address) => chrome.storage.local.set({ url: address, userId: "extension" }), url);
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(profile, { recursive: true, force: true });
  });

  const badge = () => worker.evaluate(() => chrome.action.getBadgeText({}));
  const connections = async () =>
    (await call("GET", "/_tidings/page/connections")).connections.filter((/** @type {any} */ { user_id }) => user_id === "extension");

  test("connects, sets its badge and notifies on an analyzed job, and shows it in the popup", async () => {
    await until(async () => (await connections()).length === 1, "its connection");
    const data = { job_id: 42, match_score: 85.5, recommendation: "apply_now", strengths: [], concerns: [] };
    await call("POST", "/_tidings/page/publish", { type: "job.analyzed", data, user_id: "extension", id: "extension-1" });
    await until(async () => (await badge()) === "NEW", "the badge");
    // Chrome shows it in its own time, which may be after the badge.
    await until(async () => Object.keys(await worker.evaluate(() => chrome.notifications.getAll())).join() === "extension-1", "the notification");

    const popup = await browser.newPage();
    await popup.goto(new URL("popup.html", worker.url()).href);
    await popup.locator("#status", { hasText: "connected" }).waitFor();
    await popup.locator("#events li", { hasText: "job.analyzed" }).waitFor();
    expect(await popup.locator("#events li").textContent()).toContain("85.5% match");
    await until(async () => (await badge()) === "", "the badge to be cleared");
  });

  test("counts on its badge what is in the inbox, until it is marked as seen", async () => {
    const data = { interview_id: 7, job_id: 42, company: "Google", interview_type: "technical", scheduled_date: "2030-01-02T15:00:00Z", job_title: "Engineer", duration_minutes: 90 };
    for (const number of [1, 2]) await call("POST", "/_tidings/page/publish", { type: "interview.scheduled", data: { ...data, interview_id: number }, user_id: "extension" });
    await until(async () => (await badge()) === "2", "the number");
    const popup = await browser.newPage();
    await popup.goto(new URL("popup.html", worker.url()).href);
    await popup.locator("#unseen", { hasText: "2 not seen" }).waitFor();
    await popup.locator("#seen").click();
    await popup.locator("#inbox").waitFor({ state: "hidden" });
    await until(async () => (await badge()) === "", "the badge to be cleared");
  });

  test("says so when the connection is lost, and comes back", async () => {
    const [{ connection_id }] = await connections();
    const seen = worker.evaluate(
      () =>
        new Promise((resolve) => {
          const timer = setInterval(async () => {
            if ((await chrome.action.getBadgeText({})) !== "!") return;
            clearInterval(timer);
            resolve(true);
          }, 5);
        }),
    );
    await call("POST", `/_tidings/gateway/connections/${encodeURIComponent(connection_id)}/reset`);
    expect(await seen).toBe(true);
    await until(async () => (await badge()) === "", "the return");
  });
});
