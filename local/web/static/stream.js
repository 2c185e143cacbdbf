// What arrives: events and frames, each a long list with a filter, a pause and the selected one in full.
import { channels, colour } from "./application.js";
import * as compose from "./compose.js";
import { byId, coloured, copy, element } from "./dom.js";
import { List } from "./list.js";

const KEPT = 10_000;

/** @typedef {{ key: number, at: string, channel: string, text: string, message: any, type: string, gist: string, note: string, mark: string, direction: string }} Entry */

let keys = 0;
let paused = false;
/** @type {Set<string>} channels that are not shown */
const hidden = new Set();

/** Everything of one kind, and the part of it that is shown. */
class Store {
  /** @type {Entry[]} oldest first */
  all = [];
  /** @type {Entry[]} came while paused */
  held = [];
  dropped = 0;

  /** @param {string} name @param {(entry: Entry) => HTMLElement[]} render */
  constructor(name, render) {
    this.name = name;
    this.list = new List(byId(name), { render, choose: (entry) => showDetail(this, entry) });
  }

  /** @param {Omit<Entry, "key">} entry */
  add(entry) {
    const kept = { ...entry, key: ++keys };
    if (paused) {
      this.held.push(kept);
      if (this.held.length > KEPT) this.dropped += this.held.splice(0, this.held.length - KEPT).length;
    } else this.#enter(kept);
    told();
  }

  /** @param {Entry} entry */
  #enter(entry) {
    this.all.push(entry);
    if (this.all.length > KEPT) {
      this.dropped += this.all.splice(0, Math.ceil(KEPT / 10)).length;
      this.refresh();
    } else if (matches(entry)) this.list.add(entry);
  }

  release() {
    for (const entry of this.held.splice(0)) this.#enter(entry);
  }

  refresh() {
    this.list.set(this.all.filter(matches));
  }

  clear() {
    this.all = [];
    this.held = [];
    this.dropped = 0;
    this.list.set([]);
  }
}

/** @param {Entry} entry */
const matches = ({ channel, text }) => !hidden.has(channel) && text.includes(byId("filter").value.trim().toLowerCase());

/** @param {string} at */
const clock = (at) => {
  const moment = new Date(at);
  return Number.isNaN(moment.getTime()) ? "" : moment.toLocaleTimeString();
};

const events = new Store("events", (entry) => [
  element("span", { className: "dot", data: { colour: colour(entry.channel) } }),
  element("time", { dateTime: entry.at }, clock(entry.at)),
  element("b", { className: "type", data: { colour: colour(entry.channel) } }, entry.type),
  element("span", { className: "gist" }, entry.gist),
  // Where a client that came back says what it recovered.
  element("span", { className: "mark" }, entry.mark),
  element("span", { className: "note" }, entry.note),
]);

const frames = new Store("frames", (entry) => [
  element("span", { className: `arrow ${entry.direction}`, title: entry.direction === "out" ? "sent" : "received" }, entry.direction === "out" ? "↑" : entry.direction === "in" ? "↓" : "•"),
  element("time", { dateTime: entry.at }, clock(entry.at)),
  element("span", { className: "gist mono" }, entry.gist),
  element("span", { className: "note" }, entry.note),
]);

let shown = events;

/** The plain fields of a payload in one line.
 * @param {any} data */
export const gistOf = (data) =>
  Object.entries(data ?? {})
    .filter(([, value]) => typeof value !== "object")
    .map(([name, value]) => `${name}: ${value}`)
    .join(" · ");

/**
 * An event, as the client handed it out.
 * @param {any} event
 * @param {{ note?: string, mark?: string }} [more] `mark`: that it was recovered, for instance
 */
export const addEvent = (event, { note = "", mark = "" } = {}) => {
  const { type, data, timestamp, channel = "system" } = event;
  events.add({ at: timestamp, channel, text: JSON.stringify(event).toLowerCase(), message: event, type, gist: gistOf(data), note, mark, direction: "in" });
};

/**
 * A frame, or what happened to the socket.
 * @param {"in" | "out" | "state"} direction
 * @param {string} text
 */
export const addFrame = (direction, text) => {
  let message = null;
  try {
    message = JSON.parse(text);
  } catch {
    // Whoever sends raw text may send anything.
  }
  const note = direction === "state" ? "" : `${new TextEncoder().encode(text).length} B`;
  frames.add({ at: new Date().toISOString(), channel: "", text: text.toLowerCase(), message: message ?? text, type: "", gist: text, note, mark: "", direction });
};

let telling = false;

/** Once a frame, however much came. */
const told = () => {
  if (telling) return;
  telling = true;
  requestAnimationFrame(() => {
    telling = false;
    tell();
  });
};

const tell = () => {
  /** @type {Record<string, number>} */
  const counts = {};
  for (const { channel } of events.all) counts[channel] = (counts[channel] ?? 0) + 1;
  const { all, list, dropped } = shown;
  byId("count").textContent = `${list.length.toLocaleString()} of ${all.length.toLocaleString()}${dropped ? `, ${dropped.toLocaleString()} older dropped` : ""}`;
  byId("no-events").hidden = events.list.length > 0;
  byId("no-events").textContent = events.all.length ? "Nothing here matches the filter." : "Nothing yet. Publish something.";
  byId("no-frames").hidden = frames.list.length > 0;
  const held = shown.held.length;
  byId("pause").textContent = paused ? `Resume (${held.toLocaleString()})` : "Pause";
  byId("pause").ariaPressed = String(paused);
  for (const chip of byId("channel-filter").children) {
    chip.lastElementChild.textContent = counts[chip.dataset.channel]?.toLocaleString() ?? "";
  }
};

/** @type {Entry | null} */
let selected = null;

/** @param {Store} store @param {Entry | null} entry */
const showDetail = (store, entry) => {
  if (store !== shown) return;
  selected = entry;
  byId("detail").hidden = !entry;
  if (!entry) return;
  const text = typeof entry.message === "string" ? entry.message : JSON.stringify(entry.message, null, 2);
  byId("detail-title").textContent = entry.type || (entry.direction === "out" ? "Sent" : "Received");
  byId("detail-json").replaceChildren(coloured(text));
  byId("detail-again").hidden = !(store === events && compose.knows(entry.type));
};

/** @param {Store} store */
const show = (store) => {
  shown = store;
  for (const { name } of [events, frames]) {
    const chosen = name === store.name;
    byId(`panel-${name}`).hidden = !chosen;
    byId(`tab-${name}`).ariaSelected = String(chosen);
    byId(`tab-${name}`).tabIndex = chosen ? 0 : -1;
  }
  store.list.select(store.list.selected);
  told();
};

export const start = () => {
  byId("channel-filter").append(
    ...Object.keys(channels).map((channel) =>
      element(
        "button",
        {
          type: "button",
          className: "chip",
          ariaPressed: "true",
          data: { channel, colour: colour(channel) },
          on: {
            click: (/** @type {any} */ { currentTarget }) => {
              if (!hidden.delete(channel)) hidden.add(channel);
              currentTarget.ariaPressed = String(!hidden.has(channel));
              events.refresh();
              told();
            },
          },
        },
        element("span", { className: "dot", data: { colour: colour(channel) } }),
        channel,
        element("span", { className: "number" }),
      ),
    ),
  );
  byId("filter").addEventListener("input", () => {
    for (const store of [events, frames]) store.refresh();
    told();
  });
  byId("pause").addEventListener("click", () => {
    paused = !paused;
    if (!paused) for (const store of [events, frames]) store.release();
    told();
  });
  byId("clear").addEventListener("click", () => {
    shown.clear();
    told();
  });
  for (const store of [events, frames]) {
    byId(`tab-${store.name}`).addEventListener("click", () => show(store));
    byId(`tab-${store.name}`).addEventListener("keydown", (/** @type {KeyboardEvent} */ { key }) => {
      if (key !== "ArrowRight" && key !== "ArrowLeft") return;
      const other = store === events ? frames : events;
      show(other);
      byId(`tab-${other.name}`).focus();
    });
  }
  byId("detail-close").addEventListener("click", () => {
    shown.list.select(null);
    byId(shown.name).focus();
  });
  byId("detail-copy").addEventListener("click", () => copy("JSON", byId("detail-json").textContent));
  byId("detail-again").addEventListener("click", () => selected && compose.load(selected.type, selected.message.data));
  told();
};
