// A newcomer with the README: from a fresh clone to an event type of their own on a page of their own. Every step is
// what the README says, word for word; only ports are others, where they are taken.
import { execFile, spawn } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { installed, launch } from "./browser.js";
import { until } from "./local.js";
import { serve } from "./serve.js";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const run = promisify(execFile);

/** A port that nobody has. @returns {Promise<number>} */
const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });

// It installs everything anew, which takes half a minute and the network: with the longer tests.
describe.skipIf(!installed || process.env.TIDINGS_E2E !== "full")("a newcomer", () => {
  const folder = mkdtempSync(join(tmpdir(), "tidings-newcomer-"));
  const clone = join(folder, "tidings");
  const readme = readFileSync(`${ROOT}README.md`, "utf8");
  /** @type {NodeJS.ProcessEnv} */
  let env;
  /** @type {import("node:child_process").ChildProcess | undefined} */
  let system;
  /** @type {import("playwright-core").Browser} */
  let browser;
  let output = "";

  /** The code blocks of a part of the README. @param {string} heading @param {string} kind */
  const blocks = (heading, kind) => {
    const part = readme.split(/^## /m).find((text) => text.startsWith(heading)) ?? "";
    return [...part.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, found, code = ""]) => (found === kind ? [code] : []));
  };

  /** The commands of a part, without what they print. @param {string} heading */
  const commands = (heading) =>
    blocks(heading, "console").flatMap((text) => [...text.matchAll(/^\$ ((?:.*\\\n)*.*)$/gm)].map(([, command = ""]) => command.replace(/\s+#.*$/, "")));

  /** @param {string} command */
  const shell = async (command) => (await run("bash", ["-c", command], { cwd: clone, env })).stdout;

  beforeAll(async () => {
    await run("git", ["clone", "--quiet", ROOT, clone]);
    const [port, awsPort] = [await freePort(), await freePort()];
    env = { ...process.env, TIDINGS_PORT: String(port), TIDINGS_AWS_PORT: String(awsPort) };
    browser = await launch();
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    if (system?.exitCode === null) {
      const ended = new Promise((resolve) => system?.once("exit", resolve));
      process.kill(-(/** @type {number} */ (system.pid)), "SIGINT");
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  test("sees an event type of their own on a page of their own", { timeout: 400_000 }, async () => {
    const [start = ""] = commands("Two commands");
    expect(start).toBe("make run");
    system = spawn("bash", ["-c", start], { cwd: clone, env, detached: true });
    for (const stream of [system.stdout, system.stderr]) stream?.on("data", (text) => (output += text));
    const health = `http://localhost:${env.TIDINGS_PORT}/health`;
    await until(() => (system?.exitCode === null ? fetch(health).then(({ ok }) => ok, () => false) : Promise.reject(new Error(output))), "the system", 240_000);

    // Sixty seconds of use
    const [listen = "", publish = ""] = commands("Sixty seconds");
    const heard = shell(`${listen} --count 1`);
    await until(async () => (await (await fetch(`http://localhost:${env.TIDINGS_PORT}/_tidings/page/connections`)).json()).connections.length === 1, "the listener");
    expect(await shell(publish)).toContain("Delivered to 1 connection");
    expect(await heard).toContain("job.created");

    // A page of their own
    const site = join(folder, "site");
    mkdirSync(site);
    writeFileSync(join(site, "package.json"), '{ "type": "module" }');
    await run("npm", ["install", "--no-audit", "--no-fund", "--offline", join(clone, "clients/javascript")], { cwd: site });
    const [code = ""] = blocks("From my app", "js");
    writeFileSync(join(site, "app.js"), code.replace("localhost:8000", `localhost:${env.TIDINGS_PORT}`));
    const { outputFiles } = await build({ entryPoints: [join(site, "app.js")], bundle: true, format: "esm", write: false });
    const server = await serve({
      "/": '<!doctype html><title>Mine</title><link rel="icon" href="data:,"><body></body><script type="module" src="/app.js"></script>',
      "/app.js": outputFiles?.[0]?.text ?? "",
    });
    const page = await browser.newPage();
    const connected = page.waitForEvent("console", (message) => message.text().startsWith("open"));
    await page.goto(server.origin);
    await connected;

    // An event type of their own
    const [ownType = ""] = blocks("My own events", "python");
    appendFileSync(join(clone, "events/jobs.py"), `\n\n${ownType}`);
    const [types = "", own = ""] = commands("My own events");
    await shell(types);
    await until(() => output.includes("functions reload"), "the reload");
    expect(await shell(own)).toContain("Delivered to 1 connection");
    await page.locator("body", { hasText: 'job.archived {"job_id":42,"reason":"filled"}' }).waitFor();
    server.close();
  });
});
