// Headless Chromium, where it is installed: Debian's `chromium`, or what CHROMIUM names.
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

export const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
export const installed = existsSync(executablePath);
if (!installed) console.log(`Browser tests are skipped: there is no ${executablePath} (apt-get install chromium, or set CHROMIUM)`);

export const options = {
  executablePath,
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
};

export const launch = () => chromium.launch(options);

/**
 * What the page complains about: there must be nothing.
 * @param {import("playwright-core").Page} page
 */
export const complaints = (page) => {
  /** @type {string[]} */
  const heard = [];
  page.on("pageerror", (error) => heard.push(error.message));
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && heard.push(message.text()));
  return heard;
};
