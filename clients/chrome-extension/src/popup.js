// Status, the inbox's number, the last events, and the two settings. Opening it takes NEW from the badge.
import { recent } from "./recent.js";
import { settings } from "./settings.js";

/** @param {string} id @returns {any} */
const byId = (id) => document.getElementById(id);

/** @param {any} status */
const showStatus = (status) => {
  byId("status").dataset.state = status.state;
  byId("status").textContent = status.state === "open" ? "connected" : [status.state, status.reason].filter(Boolean).join(": ");
};

const showEvents = async () => {
  const events = await recent();
  byId("empty").hidden = events.length > 0;
  byId("events").replaceChildren(
    ...events.map(({ type, timestamp, data }) => {
      const entry = document.createElement("li");
      const name = document.createElement("b");
      name.textContent = `${type} · ${new Date(timestamp).toLocaleTimeString()}`;
      // Text, never markup: events carry what others wrote.
      entry.append(name, data.company ?? data.message ?? "", data.match_score === undefined ? "" : ` ${data.match_score}% match`);
      return entry;
    }),
  );
};

/** @param {number} unseen */
const showUnseen = (unseen) => {
  byId("inbox").hidden = !unseen;
  byId("unseen").textContent = `${unseen} not seen`;
};

chrome.runtime.onMessage.addListener(({ type, data }) => {
  if (type === "inbox") showUnseen(data);
  if (type === "status") showStatus(data);
  if (type === "websocket_event") void showEvents();
});

byId("settings").addEventListener("submit", (/** @type {Event} */ event) => {
  event.preventDefault();
  void chrome.storage.local.set(Object.fromEntries(new FormData(byId("settings"))));
});

byId("seen").addEventListener("click", () => void chrome.runtime.sendMessage({ type: "seen" }));

const { status, unseen } = await chrome.runtime.sendMessage({ type: "status?" });
showStatus(status);
showUnseen(unseen);
await showEvents();
const { url, userId } = await settings();
byId("settings").elements.url.value = url;
byId("settings").elements.userId.value = userId;
await chrome.runtime.sendMessage({ type: "looked" });
