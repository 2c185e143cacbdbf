// Finds the handler of a Node.js function as Lambda does, and says in Lambda's words why there is none.
import { statSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const VERSION = Number(/nodejs(\d+)/.exec(process.env.AWS_EXECUTION_ENV ?? "")?.[1] ?? 0);
// Callback handlers ended with Lambda's Node.js 24.
export const CALLBACKS = VERSION < 24;
const WITH_V2 = VERSION <= 16;
const ESM_ONLY = new Set(["ERR_REQUIRE_ESM", "ERR_REQUIRE_ASYNC_MODULE"]);
const NOT_FOUND = new Set(["MODULE_NOT_FOUND", "ERR_MODULE_NOT_FOUND"]);
const SDK = /Cannot find (?:module|package) '((?:@aws-sdk\/|@smithy\/|aws-sdk)[^']*)'/;

/** What Lambda reports under a `Runtime.…` type. */
export class RuntimeFault extends Error {
  constructor(kind, message, trace = []) {
    super(message);
    this.name = `Runtime.${kind}`;
    this.trace = trace;
  }
}

/** The AWS SDK is part of Lambda's runtime; the local run brings the packages that most applications use. */
export function sdkHint(error) {
  const name = SDK.exec(error?.message ?? "")?.[1];
  if (!name) return "";
  if (name === "aws-sdk" && !WITH_V2) return " (Lambda brings aws-sdk along up to nodejs16.x only)";
  return ` (Lambda brings ${name} along, the local run does not: npm install ${name} beside the code)`;
}

export async function load(root, handlerName) {
  const [, moduleName, exported] = /^([^.]*)\.(.+)$/.exec(path.basename(handlerName)) ?? [];
  if (!moduleName) {
    throw new RuntimeFault("MalformedHandlerName", `Bad handler '${handlerName}'`);
  }
  const base = path.resolve(root, path.dirname(handlerName), moduleName);
  const isFile = (file) => statSync(file, { throwIfNoEntry: false })?.isFile();
  const file = ["", ".js", ".mjs", ".cjs"].map((ending) => base + ending).find(isFile);
  if (!file) {
    throw new RuntimeFault("ImportModuleError", `Error: Cannot find module '${moduleName}'`);
  }
  const module = await loadModule(file);
  const handler = exported.split(".").reduce((found, name) => found?.[name], module);
  if (typeof handler !== "function") {
    const what = handler === undefined ? "undefined or not exported" : "not a function";
    throw new RuntimeFault("HandlerNotFound", `${handlerName} is ${what}`);
  }
  if (!CALLBACKS && handler.length > 2) {
    const message = "Node.js 24 has no callback-based handlers: use an async function";
    throw new RuntimeFault("CallbackHandlerDeprecated", message);
  }
  return handler;
}

async function loadModule(file) {
  try {
    return file.endsWith(".mjs") ? await import(pathToFileURL(file)) : await loadEither(file);
  } catch (error) {
    const trace = (error?.stack ?? "").split("\n");
    if (error instanceof SyntaxError) {
      throw new RuntimeFault("UserCodeSyntaxError", `SyntaxError: ${error.message}`, trace);
    }
    if (NOT_FOUND.has(error?.code)) {
      throw new RuntimeFault("ImportModuleError", `Error: ${error.message}${sdkHint(error)}`, trace);
    }
    throw error;
  }
}

/** Node knows by the nearest package.json whether a .js file is a module. */
async function loadEither(file) {
  try {
    return createRequire(file)(file);
  } catch (error) {
    if (!ESM_ONLY.has(error?.code)) throw error;
    return import(pathToFileURL(file));
  }
}
