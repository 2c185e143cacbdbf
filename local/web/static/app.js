// The page of the local system, on our own client. Everything it shows of an event is text.
import { TidingsClient } from "/client/index.js";
import * as clock from "./clock.js";
import { byId, element } from "./dom.js";
import * as faults from "./faults.js";
import * as people from "./people.js";
import * as publish from "./publish.js";
import * as stream from "./stream.js";

const CHANNELS = ["jobs", "applications", "recommendations", "skills", "followups", "interviews", "system"];

/** @type {TidingsClient | null} */
let client = null;
/** @type {ReturnType<typeof setInterval> | undefined} */
let countdown;

/** @param {any} status */
const words = (status) => {
  if (status.state === "open") return "connected";
  if (status.state === "connecting") return "connecting …";
  if (status.state === "closed") return "not connected";
  if (status.retryAt === undefined) return `${status.reason}; trying again …`;
  return `${status.reason}; next try in ${Math.max(0, Math.ceil((status.retryAt - Date.now()) / 1000))} s`;
};

/** @param {any} status */
const showStatus = (status) => {
  clearInterval(countdown);
  const pill = byId("status");
  const show = () => {
    pill.textContent = words(status);
  };
  pill.dataset.state = status.state;
  people.mine.id = status.connectionId ?? "";
  show();
  if (status.retryAt) countdown = setInterval(show, 500);
  byId("connect").textContent = status.state === "closed" ? "Connect" : "Disconnect";
};

const connect = () => {
  const user = byId("user").value.trim();
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  client = new TidingsClient({
    url: `${scheme}://${location.host}/api/v1/ws`,
    ...(user && { userId: user }),
    channels: checked(),
  });
  client.on("status", showStatus);
  client.on("*", (_data, event) => stream.add(event));
  client.on("system.ping", (_data, event) => stream.add(event));
  client.on("error", ({ code, message }) =>
    stream.add({ type: "client.error", data: { code, message }, timestamp: new Date().toISOString() }),
  );
  client.connect().catch(() => {}); // the status says it
};

const disconnect = () => {
  client?.close();
  client = null;
};

/** @returns {any[]} */
const checked = () => [...byId("channels").querySelectorAll("input:checked")].map(({ value }) => value);

byId("channels").append(
  ...CHANNELS.map((channel) => {
    const box = element("input", { type: "checkbox", value: channel, checked: true });
    box.addEventListener("change", () => {
      const asked = box.checked ? client?.subscribe(box.value) : client?.unsubscribe(box.value);
      asked?.catch((/** @type {Error} */ error) => stream.add({ type: "client.error", data: { message: error.message }, timestamp: "" }));
    });
    return element("label", { data: { channel } }, box, ` ${channel}`);
  }),
);

byId("connection").addEventListener("submit", (/** @type {Event} */ event) => {
  event.preventDefault();
  if (client) disconnect();
  else connect();
});

byId("user").addEventListener("change", () => {
  if (!client) return;
  disconnect();
  connect();
});

connect();
people.start();
await Promise.all([publish.start(), clock.start(), faults.start()]);
