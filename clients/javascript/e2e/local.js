// The local system as the tests steer it.
import { inject } from "vitest";
import { TidingsClient } from "../src/index.js";

// Kept, because some tests take the client's timers into their own hands.
const { setTimeout } = globalThis;

export const gateway = /** @type {string} */ (inject(/** @type {never} */ ("gateway")));
export const urlOf = (/** @type {string} */ origin) => `${origin.replace("http", "ws")}/api/v1/ws`;
export const url = urlOf(gateway);

/** @param {string} method @param {string} path @param {unknown} [body] */
export const call = async (method, path, body, origin = gateway) => {
  const response = await fetch(origin + path, {
    method,
    ...(body !== undefined && { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.status === 204 ? null : response.json();
};

/** @param {string} id @param {object} [options] */
export const publishJob = (id, options, origin = gateway) => {
  const data = { job_id: 42, company: "Google", job_title: "Engineer", location: "Remote", source: id };
  return call("POST", "/_tidings/page/publish", { type: "job.created", id, data, ...options }, origin);
};

/** Wait until the system has done with these: they are in its streams, and nobody is owed anything.
 * @param {string[]} ids */
export const finished = (ids) =>
  until(async () => {
    const { receipts } = await call("GET", `/_tidings/page/receipts?ids=${ids.join()}`);
    return ids.every((id) => receipts[id]?.finished);
  }, "the receipts");

/** @param {number} seconds @param {boolean} [jump] */
export const advance = (seconds, jump = false) => call("POST", "/_tidings/clock", { advance_seconds: seconds, jump });

/**
 * @param {() => unknown} condition
 * @param {string} what
 */
export const until = async (condition, what, patienceMs = 20_000) => {
  const end = Date.now() + patienceMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`This did not come: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

/** @param {Partial<import("../src/index.js").ClientOptions>} [options] */
export const listener = (options) => {
  const client = new TidingsClient({ url, channels: ["jobs"], ...options });
  /** @type {string[]} */
  const ids = [];
  /** @type {import("../src/index.js").Status[]} */
  const statuses = [];
  client.on("job.created", (_data, event) => ids.push(String(event.id)));
  client.on("status", (status) => statuses.push(status));
  client.on("error", () => {});
  return { client, ids, statuses };
};
