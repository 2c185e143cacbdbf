// Starts the local system once for all files, on free ports, and stops it at the end; or one more for a single file.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const PATIENCE_MS = 120_000;

/**
 * @param {string} [port]
 * @param {string[]} [options] of the command
 */
export const startSystem = async (port = "0", options = []) => {
  const folder = mkdtempSync(join(tmpdir(), "tidings-e2e-"));
  const ready = join(folder, "ready.json");
  const system = spawn(
    join(ROOT, ".venv/bin/python"),
    ["-m", "local", "--port", port, "--aws-port", "0", "--no-reload", "--ready-file", ready, ...options],
    { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] },
  );
  const ended = new Promise((resolve) => system.once("exit", resolve));
  let output = "";
  for (const stream of [system.stdout, system.stderr])
    stream.on("data", (text) => {
      output = (output + text).slice(-20_000);
    });
  /** @param {NodeJS.Signals} signal */
  const signal = (signal) => system.kill(signal);
  const end = async (/** @type {NodeJS.Signals} */ how = "SIGINT") => {
    signal(how);
    // A test that failed may have left it stopped: it would never hear the signal.
    signal("SIGCONT");
    await ended;
    rmSync(folder, { recursive: true, force: true });
    if (process.env.TIDINGS_E2E_LOG) console.log(output);
  };
  const until = Date.now() + PATIENCE_MS;
  while (!existsSync(ready)) {
    if (system.exitCode !== null || Date.now() > until) {
      await end("SIGKILL");
      throw new Error(`The local system did not start:\n${output}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const gateway = /** @type {string} */ (JSON.parse(readFileSync(ready, "utf8")).gateway);
  return { gateway, signal, end };
};

/** @param {import("vitest/node").TestProject} project */
export default async (project) => {
  const { gateway, end } = await startSystem();
  project.provide(/** @type {never} */ ("gateway"), /** @type {never} */ (gateway));
  return () => end();
};
