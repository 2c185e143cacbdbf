// The producer for Node with the AWS SDK against the local system: what it publishes is heard, once and in order.
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { afterEach, expect, test } from "vitest";
import { Producer } from "../src/producer.js";
import { call, listener, until } from "./local.js";

const run = Math.random().toString(36).slice(2);
/** @type {import("../src/index.js").TidingsClient | undefined} */
let client;
afterEach(() => client?.close());

test("publishes through the SDK, in batches, to be heard once", async () => {
  const { bus, aws } = await call("GET", "/_tidings/page/system");
  const sdk = new EventBridgeClient({ endpoint: aws, region: "us-east-1", credentials: { accessKeyId: "local", secretAccessKey: "local" } });
  const producer = new Producer({ bus, source: "e2e", client: sdk });
  const made = listener({ userId: `node-${run}` });
  client = made.client;
  await client.connect();
  const job = (/** @type {string} */ id) => ({
    type: /** @type {const} */ ("job.created"),
    data: { job_id: 42, company: "Google", job_title: "Engineer", location: "Remote", source: "node" },
    userId: `node-${run}`,
    id,
  });
  const messages = Array.from({ length: 23 }, (_, number) => job(`${run}-${number}`));
  expect(await producer.publish(messages)).toEqual(messages.map(({ id }) => id));
  // Again under the same ids: nothing is heard twice.
  await producer.publish(messages);
  await producer.publish(job(`${run}-last`));
  await until(() => made.ids.includes(`${run}-last`), "the last event");
  await until(() => made.ids.length >= 24, "all events");
  expect(made.ids.length).toBe(24);
});

test("tells a bus that is not there", async () => {
  const { aws } = await call("GET", "/_tidings/page/system");
  const sdk = new EventBridgeClient({ endpoint: aws, region: "us-east-1", maxAttempts: 1, credentials: { accessKeyId: "local", secretAccessKey: "local" } });
  const producer = new Producer({ bus: "tidings-nowhere", source: "e2e", client: sdk, attempts: 1 });
  await expect(producer.publish({ type: "schedule.cancelled", data: {}, scheduleKey: "k" })).rejects.toThrow();
});
