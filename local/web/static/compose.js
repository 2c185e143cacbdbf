// Puts an event on the bus: a sample of each type to begin with, any JSON in the end.
import { busOnly, channels, samples } from "./application.js";
import { ask, byId, copyButtons, element, json, wordsOf } from "./dom.js";
import * as receipts from "./receipts.js";
import { publishCurl, publishJavaScript, publishPython } from "./snippets.js";
import { now } from "./system.js";

const OTHER = "other …";
const STORY_MS = 450;
const UNITS = /** @type {Record<string, number>} */ ({ s: 1, m: 60, h: 3600, d: 86400 });

/** @param {number} later seconds */
const wireTime = (later) => `${new Date(now() + later * 1000).toISOString().slice(0, 19)}Z`;

/**
 * Samples say "now+2d" where an event has a time.
 * @param {any} value
 * @returns {any}
 */
const timed = (value) => {
  if (Array.isArray(value)) return value.map(timed);
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, timed(inner)]));
  const [, count, unit] = /^now(?:\+(\d+)([smhd]))?$/.exec(value) ?? [undefined];
  if (typeof value === "string" && value.startsWith("now")) return wireTime(Number(count ?? 0) * (UNITS[unit ?? "s"] ?? 1));
  return value;
};

/** @param {string} type */
export const knows = (type) => type in samples;

const type = () => (byId("type").value === OTHER ? byId("other-type").value.trim() : byId("type").value);

/** @param {string} chosen @param {any} data */
export const load = (chosen, data) => {
  byId("type").value = chosen;
  byId("other-type").hidden = true;
  byId("data").value = JSON.stringify(data, null, 2);
  check();
  byId("data").focus();
};

const sample = () => {
  const chosen = byId("type").value;
  byId("other-type").hidden = chosen !== OTHER;
  if (chosen === OTHER) byId("other-type").focus();
  byId("data").value = JSON.stringify(timed(samples[chosen] ?? {}), null, 2);
  check();
};

/** What is wrong with what is written, or nothing. */
const problem = () => {
  const form = byId("compose").elements;
  if (!type()) return "Name the event type.";
  if (form.to.value === "user" && !byId("to-user").value.trim()) return "Name the user, or choose everyone.";
  try {
    const data = JSON.parse(byId("data").value);
    if (typeof data !== "object" || data === null || Array.isArray(data)) return "The data must be a JSON object.";
  } catch (error) {
    return `No JSON: ${wordsOf(error)}`;
  }
  return "";
};

const check = () => {
  const wrong = problem();
  byId("data-told").textContent = wrong;
  byId("data").ariaInvalid = String(wrong.startsWith("No JSON") || wrong.startsWith("The data"));
  return !wrong;
};

/** The event as it is written. */
const written = () => {
  const delay = Number(byId("delay").value) || 0;
  const user = byId("compose").elements.to.value === "user" ? byId("to-user").value.trim() : "";
  return {
    type: type(),
    data: JSON.parse(byId("data").value),
    ...(user && { user_id: user }),
    ...(delay > 0 && { deliver_at: wireTime(delay) }),
  };
};

/** @param {any} event */
const publish = async (event) => {
  // Named here: the event may arrive before the answer does.
  const id = crypto.randomUUID();
  receipts.add({ id, type: event.type, user: event.user_id ?? "", later: event.deliver_at ?? "", started: performance.now() });
  try {
    await ask("/_tidings/page/publish", json("POST", { ...event, id }));
  } catch (error) {
    receipts.remove(id);
    byId("data-told").textContent = `Not published: ${wordsOf(error)}`;
  }
};

/** @type {ReturnType<typeof setInterval> | undefined} */
let story;

const play = () => {
  if (story) {
    clearInterval(story);
    story = undefined;
    byId("story").textContent = "Play all samples";
    return;
  }
  const left = Object.keys(samples);
  byId("story").textContent = "Stop";
  const next = () => {
    const following = left.shift();
    if (following) void publish({ type: following, data: timed(samples[following]) });
    else play();
  };
  story = setInterval(next, STORY_MS);
  next();
};

export const start = () => {
  for (const [channel, types] of Object.entries(channels)) byId("type").append(element("optgroup", { label: channel }, ...types.map((name) => element("option", {}, name))));
  byId("type").append(element("optgroup", { label: "for the system only" }, ...[...busOnly, OTHER].map((name) => element("option", {}, name))));
  byId("type").addEventListener("change", sample);
  byId("reset").addEventListener("click", sample);
  byId("story").addEventListener("click", play);
  byId("to-user").addEventListener("input", () => {
    // Writing a name means that user; passing the field with the Tab key means nothing.
    byId("compose").elements.to.value = "user";
  });
  byId("compose").addEventListener("input", check);
  byId("compose").addEventListener("change", check);
  byId("data").addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) byId("compose").requestSubmit();
  });
  byId("compose").addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault();
    if (check()) void publish(written());
  });
  copyButtons(byId("event-copies"), {
    curl: () => (check() ? publishCurl(written()) : ""),
    Python: () => (check() ? publishPython(written()) : ""),
    JavaScript: () => (check() ? publishJavaScript(written()) : ""),
  });
  sample();
};
