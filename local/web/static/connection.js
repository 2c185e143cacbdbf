// This page's own connection, on our own client: who it is, what it hears, how it is.
import { TidingsClient } from "/client/index.js";
import { channels, colour } from "./application.js";
import { byId, copyButtons, duration, element, wordsOf } from "./dom.js";
import { follow } from "./inbox.js";
import { mine } from "./people.js";
import { arrived } from "./receipts.js";
import { forget, tell } from "./recovery.js";
import { clientJavaScript, clientPython } from "./snippets.js";
import { ToldWebSocket, sendRaw } from "./sockets.js";
import { addEvent, addFrame } from "./stream.js";
import { now } from "./system.js";

// A page that is watched shows a sign of life often: the interval the protocol's simplest clients have.
const HEARTBEAT_SECONDS = 30;

/** @type {TidingsClient | null} */
let client = null;
/** @type {any} */
let status = { state: "closed" };
/** @type {any} */
let welcome = null;
let heardAt = 0;

const words = () => {
  if (status.state === "open") return "connected";
  if (status.state === "connecting") return "connecting …";
  if (status.state === "closed") return "not connected";
  if (status.retryAt === undefined) return `${status.reason}; trying again …`;
  return `${status.reason}; next try in ${Math.max(0, Math.ceil((status.retryAt - Date.now()) / 1000))} s`;
};

const show = () => {
  const pill = byId("status");
  if (pill.textContent !== words()) pill.textContent = words();
  pill.dataset.state = status.state;
  mine.id = status.connectionId ?? "";
  byId("connect").className = status.state === "closed" ? "primary" : "";
  byId("connect").textContent = status.state === "closed" ? "Connect" : "Disconnect";
  const open = status.state === "open" && welcome;
  byId("fact-id").textContent = open ? status.connectionId : "–";
  byId("fact-heartbeat").textContent = open ? `every ${welcome.heartbeat_seconds} s, heard ${duration((Date.now() - heardAt) / 1000)} ago` : "–";
  byId("fact-cut").textContent = open && welcome.expires_at ? `in ${duration((Date.parse(welcome.expires_at) - now()) / 1000)}` : "–";
};

const address = () => `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/v1/ws`;
const user = () => byId("user").value.trim();

/** @returns {any[]} */
const checked = () => [...byId("channels").querySelectorAll("input:checked")].map(({ value }) => value);

/** @param {string} code @param {string} message */
const complain = (code, message) => addEvent({ type: "client.error", data: { code, message }, timestamp: new Date(now()).toISOString(), channel: "system" });

class Welcomed extends ToldWebSocket {
  /** @param {string | URL} url @param {string | string[]} [protocols] */
  constructor(url, protocols) {
    super(url, protocols);
    this.addEventListener("message", ({ data }) => {
      heardAt = Date.now();
      const message = JSON.parse(String(data));
      if (message.type === "system.connected") welcome = message.data;
    });
  }
}

const connect = () => {
  client = new TidingsClient({
    url: address(),
    ...(user() && { userId: user() }),
    channels: checked(),
    heartbeatSeconds: HEARTBEAT_SECONDS,
    // This tab goes on where it was when it is loaded anew.
    storage: sessionStorage,
    WebSocket: Welcomed,
  });
  follow(client);
  client.on("status", (next) => {
    status = next;
    show();
  });
  client.on("*", (_data, event) => addEvent(event, { note: arrived(event.id), mark: event.recovered ? "recovered" : "" }));
  client.on("recovery", tell);
  client.on("error", ({ code, message }) => complain(code, message));
  client.connect().catch(() => {}); // the status says it
};

const disconnect = () => {
  client?.close();
  client = null;
  follow(null);
  forget();
};

export const start = () => {
  byId("channels").append(
    ...Object.keys(channels).map((/** @type {any} */ channel) => {
      const box = element("input", { type: "checkbox", value: channel, checked: true });
      box.addEventListener("change", () => {
        const asked = box.checked ? client?.subscribe(channel) : client?.unsubscribe(channel);
        asked?.catch((/** @type {any} */ error) => complain(error.code, error.message));
      });
      return element("label", { className: "channel", data: { colour: colour(channel) } }, box, channel);
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
  byId("raw").addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!sendRaw(byId("raw-text").value)) addFrame("state", "not sent: there is no open connection");
  });
  const [first = "system"] = Object.keys(channels);
  const suggestions = [{ action: "list_channels" }, { action: "ping" }, { action: "subscribe", channel: first }, { action: "unsubscribe", channel: first }];
  byId("raw-suggestions").append(...suggestions.map((message) => element("option", { value: JSON.stringify(message) })));
  copyButtons(byId("connection-copies"), {
    Address: () => `${address()}?${new URLSearchParams({ ...(user() && { user_id: user() }), channels: checked().join(",") })}`,
    JavaScript: () => clientJavaScript({ url: address(), user: user(), channels: checked() }),
    Python: () => clientPython({ url: address(), user: user(), channels: checked() }),
  });
  setInterval(show, 500);
  try {
    connect();
  } catch (error) {
    complain("page", wordsOf(error));
  }
};
