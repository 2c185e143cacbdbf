// The package as npm would publish it, looked at by publint and attw: what bundlers, Node and TypeScript make of it.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = mkdtempSync(join(tmpdir(), "tidings-package-"));
/** @param {string} command @param {string[]} given */
const run = (command, ...given) => execFileSync(command, given, { stdio: ["ignore", "inherit", "inherit"] });
try {
  run("npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", folder);
  const [archive = ""] = execFileSync("ls", [folder], { encoding: "utf8" }).split("\n");
  run("npx", "--no-install", "publint", "--strict", join(folder, archive));
  // node10 knows no `exports`; TypeScript 6 has dropped it.
  run("npx", "--no-install", "attw", "--profile", "node16", "--no-emoji", join(folder, archive));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
