// Makes docs/page.webp, the picture in the README, from a local system that runs.
// node scripts/screenshot.js http://localhost:8000
import { writeFileSync } from "node:fs";
import { launch } from "../e2e/browser.js";

const [, , address = "http://localhost:8000"] = process.argv;
const browser = await launch();
const page = await (await browser.newContext({ viewport: { width: 1440, height: 810 }, colorScheme: "light", reducedMotion: "reduce" })).newPage();
await page.goto(address);
await page.waitForSelector('#status[data-state="open"]');
await page.locator("#story").click();
await page.locator("#events .line", { hasText: "system.maintenance" }).waitFor();
await page.locator("#events .line", { hasText: "interview.reminder" }).click();
await page.locator("#type").selectOption("job.analyzed");
await page.locator("#story", { hasText: "Play" }).waitFor();
await page.locator("#receipts .verdict", { hasText: "delivered" }).first().waitFor();
const session = await page.context().newCDPSession(page);
const { data } = await session.send("Page.captureScreenshot", { format: "webp", quality: 72 });
const picture = Buffer.from(data, "base64");
writeFileSync(new URL("../../../docs/page.webp", import.meta.url), picture);
console.log(`docs/page.webp: ${picture.length} bytes`);
await browser.close();
