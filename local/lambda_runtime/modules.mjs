// Lets `import` find what Lambda finds: the modules of layers and of the runtime, and files under /opt.
// `require` looks into NODE_PATH by itself; `import` does not.
import { existsSync } from "node:fs";
import module from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const NOT_FOUND = new Set(["MODULE_NOT_FOUND", "ERR_MODULE_NOT_FOUND"]);
const folders = (process.env.NODE_PATH ?? "").split(path.delimiter).filter(Boolean);
const layers = process.env._LOCAL_OPT;

/** Where a layer's file lies when this machine has no /opt of its own for the function. */
function fromLayers(specifier) {
  if (!layers || !specifier.startsWith("/opt/") || existsSync(specifier)) return specifier;
  return path.join(layers, specifier.slice("/opt/".length));
}

export function install() {
  // Node.js 22.15 has them; before, only `require` looks further than beside the code.
  if (!module.registerHooks || (folders.length === 0 && !layers)) return;
  module.registerHooks({
    resolve(specifier, context, next) {
      const wanted = fromLayers(specifier);
      try {
        return next(wanted, context);
      } catch (error) {
        if (!NOT_FOUND.has(error?.code) || /^(?:[./]|\w+:)/.test(wanted)) throw error;
        for (const folder of folders) {
          const parentURL = pathToFileURL(path.join(path.dirname(folder), "index.mjs")).href;
          try {
            return next(wanted, { ...context, parentURL });
          } catch {
            // Perhaps the next folder has it.
          }
        }
        throw error;
      }
    },
  });
}
