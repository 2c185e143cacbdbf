// The list of events: newest on top, filtered, paused, each opened to its JSON.
import { byId, element } from "./dom.js";

const KEPT = 200;

/** @type {{ entry: any, text: string }[]} newest first */
let shown = [];
/** @type {any[]} what came while paused */
let held = [];
let paused = false;

/** @param {any} event */
export const add = (event) => {
  if (!paused) return show(event);
  held = [...held, event].slice(-KEPT);
  label();
};

/** @param {any} event */
const show = (event) => {
  const { type, data, timestamp, channel } = event;
  const summary = element(
    "summary",
    {},
    element("time", { dateTime: timestamp }, clock(timestamp)),
    element("b", { className: "type", data: { channel: channel ?? "system" } }, type),
    element("span", { className: "gist" }, gist(data)),
  );
  const entry = element("li", {}, element("details", {}, summary, element("pre", { tabIndex: 0 }, JSON.stringify(event, null, 2))));
  const text = JSON.stringify(event).toLowerCase();
  entry.hidden = !matches(text);
  shown.unshift({ entry, text });
  byId("events").prepend(entry);
  for (const old of shown.splice(KEPT)) old.entry.remove();
  byId("empty").hidden = true;
};

/** @param {string} timestamp */
const clock = (timestamp) => {
  const moment = new Date(timestamp);
  return Number.isNaN(moment.getTime()) ? "" : moment.toLocaleTimeString();
};

/** @param {unknown} data the fields that fit a line */
const gist = (data) =>
  Object.entries(data ?? {})
    .filter(([, value]) => typeof value !== "object")
    .map(([name, value]) => `${name}: ${value}`)
    .join(" · ");

/** @param {string} text */
const matches = (text) => text.includes(byId("filter").value.trim().toLowerCase());

const label = () => {
  byId("pause").textContent = paused ? `Resume (${held.length})` : "Pause";
  byId("pause").ariaPressed = String(paused);
};

byId("filter").addEventListener("input", () => {
  for (const { entry, text } of shown) entry.hidden = !matches(text);
});

byId("pause").addEventListener("click", () => {
  paused = !paused;
  if (!paused) held.splice(0).forEach(show);
  label();
});

byId("clear").addEventListener("click", () => {
  shown = [];
  held = [];
  byId("events").replaceChildren();
  byId("empty").hidden = false;
  label();
});
