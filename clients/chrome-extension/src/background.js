// Keeps the connection. Chrome stops a service worker after 30 seconds without activity; messages over a WebSocket
// count as activity since Chrome 116, so the client pings by itself. An alarm brings the worker back if it was stopped
// all the same: loading this file is what connects.
// https://developer.chrome.com/docs/extensions/how-to/web-platform/websockets
import { TidingsClient } from "./client/index.js";
import { notify } from "./notifications.js";
import { remember } from "./recent.js";
import { settings } from "./settings.js";

const KEEP_ALIVE_MS = 20_000;
const REVIVE_MINUTES = 0.5;
const RED = "#b3261e";
const BLUE = "#1d4ed8";

/** @type {TidingsClient | null} */
let client = null;

const connect = async () => {
  const { url, userId } = await settings();
  client?.close("settings changed");
  client = new TidingsClient({
    url,
    userId,
    channels: ["jobs", "applications", "interviews", "followups"],
    keepAliveMs: KEEP_ALIVE_MS,
  });
  client.on("status", showStatus);
  client.on("*", handle);
  client.connect().catch(() => {}); // told by the status
};

/** @param {unknown} _data @param {any} event */
const handle = async (_data, event) => {
  notify(event);
  if (event.type === "job.analyzed") await badge("NEW", BLUE);
  await remember(event);
  tell({ type: "websocket_event", data: event });
};

/** @param {import("./client/index.js").Status} status */
const showStatus = async (status) => {
  const text = await chrome.action.getBadgeText({});
  if (status.state === "open") {
    if (text === "!") await badge("", BLUE);
  } else if (status.state !== "connecting") {
    await badge("!", RED);
  }
  tell({ type: "status", data: status });
};

/** @param {string} text @param {string} color */
const badge = async (text, color) => {
  await chrome.action.setBadgeBackgroundColor({ color });
  await chrome.action.setBadgeText({ text });
};

/** @param {object} message to the popup; nobody listens while it is closed */
const tell = (message) => void chrome.runtime.sendMessage(message).catch(() => {});

// Listeners are registered while this file loads: Chrome does not find those that come later.
chrome.alarms.onAlarm.addListener(() => {});
chrome.storage.local.onChanged.addListener(() => void connect());
chrome.runtime.onMessage.addListener((message, _sender, respond) => {
  if (message.type === "status?") respond(client?.status ?? { state: "connecting" });
});
chrome.alarms.create("revive", { periodInMinutes: REVIVE_MINUTES });
void connect();
