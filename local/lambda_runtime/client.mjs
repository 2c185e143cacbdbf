// The runtime interface client for Node.js functions: loads the handler and answers the Lambda Runtime API.
// It runs inside the function's process, on Node's own modules alone. The protocol:
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
import http from "node:http";
import { types } from "node:util";

import { CALLBACKS, RuntimeFault, load, sdkHint } from "./handler.mjs";
import * as modules from "./modules.mjs";
import * as redirect from "./redirect.mjs";

const ROOT = "/2018-06-01/runtime";
const [HOST, PORT] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");

if (process.env._LOCAL_AWS) redirect.install(process.env._LOCAL_AWS);
modules.install();

const agent = new http.Agent({ keepAlive: true });
let requestId = null;
let whenIdle = null;

function call(method, place, body = "", headers = {}) {
  return new Promise((resolve, reject) => {
    const own = { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) };
    const target = { host: HOST, port: PORT, path: `${ROOT}/${place}` };
    const options = { ...target, method, agent, headers: { ...own, ...headers } };
    const request = http.request(options, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const { statusCode, headers: received } = response;
        resolve({ statusCode, headers: received, text: Buffer.concat(chunks).toString() });
      });
    });
    request.on("error", reject);
    request.end(body);
  });
}

function shapeOf(error) {
  if (error instanceof RuntimeFault) {
    return { errorType: error.name, errorMessage: error.message, trace: error.trace };
  }
  if (error instanceof Error || types.isNativeError(error)) {
    return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? "").split("\n") };
  }
  return { errorType: typeof error, errorMessage: String(error), trace: [] };
}

const isMissing = (error) => error instanceof RuntimeFault && error.name === "Runtime.ImportModuleError";

async function report(place, error) {
  const shape = shapeOf(error);
  const hint = place === "init/error" ? "" : sdkHint(error);
  // A module that is missing is named in one line: what else is told of it is not the developer's.
  const [message, trace] = isMissing(error)
    ? [shape.errorMessage.replace(/\n[^]*?(?=\(Lambda|$)/, " ").trim(), []]
    : [`${shape.errorMessage}${hint}`, shape.trace];
  process.stdout.write([`[ERROR] ${shape.errorType}: ${message}`, ...trace, ""].join("\n"));
  await call("POST", place, JSON.stringify(shape), { "Lambda-Runtime-Function-Error-Type": shape.errorType });
}

/** Date shows the local clock, which may be ahead of the machine's. Timers stay real. */
const clock = {
  offset: 0,
  follow(offsetSeconds) {
    if (offsetSeconds !== 0 && this.offset === 0) {
      const Real = Date;
      const now = () => Real.now() + this.offset;
      globalThis.Date = new Proxy(Real, {
        apply: () => new Real(now()).toString(),
        construct: (target, given, made) =>
          Reflect.construct(target, given.length ? given : [now()], made === globalThis.Date ? target : made),
        get: (target, name) => (name === "now" ? now : Reflect.get(target, name)),
      });
    }
    this.offset = offsetSeconds * 1000;
  },
};

/** How old handlers end: at once, with whatever is still under way left behind. */
function enders(resolve, reject) {
  const done = (error, result) => (error === null || error === undefined ? resolve(result) : reject(error));
  return { succeed: resolve, fail: (error) => reject(error ?? null), done };
}

function contextOf(headers) {
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  return {
    awsRequestId: headers["lambda-runtime-aws-request-id"],
    callbackWaitsForEmptyEventLoop: true,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

/** A promise decides; else the callback, once nothing is left to do; else null, when nothing is left to do. */
function run(handler, event, context) {
  return new Promise((resolve, reject) => {
    const callback = (error, result) => {
      const settle = () => (error === null || error === undefined ? resolve(result) : reject(error));
      if (context.callbackWaitsForEmptyEventLoop) {
        whenIdle = settle;
      } else {
        settle();
      }
    };
    const unsettled = new RuntimeFault("NodeJsExit", "The event loop is empty and the handler's promise unsettled");
    if (CALLBACKS) Object.assign(context, enders(resolve, reject));
    whenIdle = () => (types.isAsyncFunction(handler) ? reject(unsettled) : resolve(null));
    const returned = CALLBACKS ? handler(event, context, callback) : handler(event, context);
    if (typeof returned?.then === "function") {
      returned.then(resolve, reject);
    }
  }).finally(() => {
    whenIdle = null;
  });
}

async function serve() {
  let handler;
  try {
    handler = await load(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER);
  } catch (error) {
    await report("init/error", error);
    process.exit(1);
  }
  while (true) {
    const { statusCode, headers, text } = await call("GET", "invocation/next");
    if (statusCode !== 200) return;
    requestId = headers["lambda-runtime-aws-request-id"];
    process.env._X_AMZN_TRACE_ID = headers["lambda-runtime-trace-id"];
    clock.follow(Number(headers["local-clock-offset-seconds"] ?? 0));
    const place = `invocation/${requestId}`;
    try {
      const answer = JSON.stringify((await run(handler, JSON.parse(text), contextOf(headers))) ?? null);
      await call("POST", `${place}/response`, answer ?? "null");
    } catch (error) {
      await report(`${place}/error`, error);
    }
    requestId = null;
  }
}

async function die(error, status) {
  await report(requestId === null ? "init/error" : `invocation/${requestId}/error`, error).catch(() => {});
  process.exit(status);
}

process.on("beforeExit", () => whenIdle?.());
process.on("uncaughtException", (error) => die(error, 129));
process.on("unhandledRejection", (reason) => {
  const shape = shapeOf(reason);
  const message = `${shape.errorType}: ${shape.errorMessage}`;
  die(new RuntimeFault("UnhandledPromiseRejection", message, shape.trace), 128);
});
// Without its Runtime API the local system is gone or has dropped this sandbox: nothing is left to be done.
serve().then(
  () => process.exit(0),
  () => process.exit(0),
);
