// What is on the page as code to paste: it runs as it stands, against this local system.
import { ask } from "./dom.js";

/** @type {{ bus: string, aws: string } | null} null for another application's template, which has no bus of ours */
export const system = await ask("/_tidings/page/system").catch(() => null);
const { bus, aws } = system ?? { bus: "", aws: "" };

/** @param {string} text as one word of a shell */
const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

/** @param {unknown} value as a literal of Python */
const python = (value) => JSON.stringify(value, null, 4).replace(/("(?:\\.|[^"\\])*")|\b(true|false|null)\b/g, (_all, text, word) => text ?? { true: "True", false: "False", null: "None" }[/** @type {"true"} */ (word)]);

/** @typedef {{ type: string, data: object, user_id?: string, deliver_at?: string }} Event */

/** @param {Event} event */
export const publishCurl = (event) =>
  `curl -X POST ${location.origin}/_tidings/page/publish \\\n  -H 'Content-Type: application/json' \\\n  -d ${quoted(JSON.stringify(event))}\n`;

/** @param {Event} event */
export const publishPython = ({ type, ...detail }) => `import json

import boto3

bus = boto3.client("events", endpoint_url="${aws}", region_name="us-east-1",
                   aws_access_key_id="local", aws_secret_access_key="local")
detail = ${python(detail)}
bus.put_events(Entries=[{"EventBusName": "${bus}", "Source": "my.backend",
                         "DetailType": ${JSON.stringify(type)}, "Detail": json.dumps(detail)}])
`;

/** @param {Event} event */
export const publishJavaScript = ({ type, data, user_id, deliver_at }) => `import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { Producer } from "tidings/producer";

const client = new EventBridgeClient({
  endpoint: "${aws}",
  region: "us-east-1",
  credentials: { accessKeyId: "local", secretAccessKey: "local" },
});
const producer = new Producer({ bus: "${bus}", source: "my.backend", client });
await producer.publish(${JSON.stringify({ type, data, userId: user_id, deliverAt: deliver_at }, null, 2)});
`;

/** @typedef {{ url: string, user: string, channels: string[] }} Client */

/** @param {Client} client */
export const clientJavaScript = ({ url, user, channels }) => `import { TidingsClient } from "tidings";

const client = new TidingsClient(${JSON.stringify({ url, userId: user || undefined, channels }, null, 2)});
client.on("*", (data, event) => console.log(event.type, data));
client.on("status", (status) => console.log(status.state, status.reason ?? ""));
await client.connect();
`;

/** @param {Client} client */
export const clientPython = ({ url, user, channels }) => `from tidings import Listener

with Listener(${JSON.stringify(url)}, ${user ? `user_id=${JSON.stringify(user)}, ` : ""}channels=${JSON.stringify(channels)}) as events:
    for event in events:
        print(event.type, event.data)
`;
