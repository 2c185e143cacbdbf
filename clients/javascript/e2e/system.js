// Starts the local system once for all files, on free ports, and stops it at the end.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const PATIENCE_MS = 120_000;

/** @param {import("vitest/node").TestProject} project */
export default async (project) => {
  const folder = mkdtempSync(join(tmpdir(), "tidings-e2e-"));
  const ready = join(folder, "ready.json");
  const system = spawn(
    join(ROOT, ".venv/bin/python"),
    ["-m", "local", "--port", "0", "--aws-port", "0", "--no-reload", "--ready-file", ready],
    { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] },
  );
  let output = "";
  for (const stream of [system.stdout, system.stderr])
    stream.on("data", (text) => {
      output = (output + text).slice(-20_000);
    });
  const until = Date.now() + PATIENCE_MS;
  while (!existsSync(ready)) {
    if (system.exitCode !== null || Date.now() > until) throw new Error(`The local system did not start:\n${output}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  project.provide(/** @type {never} */ ("gateway"), /** @type {never} */ (JSON.parse(readFileSync(ready, "utf8")).gateway));
  return async () => {
    const ended = new Promise((resolve) => system.once("exit", resolve));
    system.kill("SIGINT");
    await ended;
    rmSync(folder, { recursive: true });
    if (process.env.TIDINGS_E2E_LOG) console.log(output);
  };
};
