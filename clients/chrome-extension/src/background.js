// Keeps the connection. Chrome stops a service worker after 30 seconds without activity; messages over a WebSocket
// count as activity since Chrome 116, so the client pings by itself. An alarm brings the worker back if it was stopped
// all the same: loading this file is what connects.
// https://developer.chrome.com/docs/extensions/how-to/web-platform/websockets
import { showOnBadge } from "./badge.js";
import { TidingsClient } from "./client/index.js";
import { notify } from "./notifications.js";
import { remember } from "./recent.js";
import { settings } from "./settings.js";

const KEEP_ALIVE_MS = 20_000;
const REVIVE_MINUTES = 0.5;
// What was missed while the worker was stopped is read when it is back.
const STORAGE = {
  getItem: async (/** @type {string} */ key) => /** @type {any} */ (await chrome.storage.session.get(key))[key],
  setItem: (/** @type {string} */ key, /** @type {string} */ value) => chrome.storage.session.set({ [key]: value }),
};

/** @type {TidingsClient | null} */
let client = null;
/** The number of the newest item in the inbox. */
let last = 0;

const connect = async () => {
  const { url, userId } = await settings();
  // Nothing is awaited from here to the new client: settings that change while this file loads would else leave two.
  client?.close("settings changed");
  // Another user's inbox begins with the next welcome.
  last = 0;
  void showOnBadge({ unseen: 0 });
  client = new TidingsClient({
    url,
    userId,
    channels: ["jobs", "applications", "interviews", "followups"],
    keepAliveMs: KEEP_ALIVE_MS,
    storage: STORAGE,
  });
  client.on("status", showStatus);
  client.on("*", handle);
  client.on("inbox", showInbox);
  client.connect().catch(() => {}); // told by the status
};

/** @param {unknown} _data @param {any} event */
const handle = async (_data, event) => {
  notify(event);
  if (event.type === "job.analyzed") await showOnBadge({ news: true });
  await remember(event);
  tell({ type: "websocket_event", data: event });
};

/** @param {import("./client/index.js").Status} status */
const showStatus = async (status) => {
  if (status.state !== "connecting") await showOnBadge({ lost: status.state !== "open" });
  tell({ type: "status", data: status });
};

/** @param {import("./client/index.js").InboxCounts} counts */
const showInbox = async (counts) => {
  last = counts.last;
  await showOnBadge({ unseen: counts.unseen });
  tell({ type: "inbox", data: counts.unseen });
};

/** @param {object} message to the popup; nobody listens while it is closed */
const tell = (message) => void chrome.runtime.sendMessage(message).catch(() => {});

// Listeners are registered while this file loads: Chrome does not find those that come later.
chrome.alarms.onAlarm.addListener(() => {});
chrome.storage.local.onChanged.addListener(() => void connect());
chrome.runtime.onMessage.addListener((message, _sender, respond) => {
  if (message.type === "status?") respond({ status: client?.status ?? { state: "connecting" }, unseen: client?.unseen ?? 0 });
  if (message.type === "looked") void showOnBadge({ news: false });
  if (message.type === "seen") client?.seen(last).catch(() => {}); // the number stays, and can be pressed again
});
chrome.alarms.create("revive", { periodInMinutes: REVIVE_MINUTES });
void connect();
