// Puts the extension and a copy of the client into dist/, ready for "Load unpacked": Chrome loads nothing from
// outside an extension's folder.
import { cpSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));

rmSync(here("dist"), { recursive: true, force: true });
cpSync(here("src"), here("dist"), { recursive: true });
cpSync(here("../javascript/src"), here("dist/client"), {
  recursive: true,
  filter: (source) => !source.endsWith(".cjs") && !/(react|producer)\.js$/.test(source),
});
console.log(`Load unpacked in chrome://extensions: ${here("dist")}`);
