// Whether the local system answers, what time it has, and the buttons that move its clock.
import { ask, byId, duration, element, json, wordsOf } from "./dom.js";

const EVERY_MS = 2_000;
const PATIENCE_MS = 4_000;
const STEPS = /** @type {[string, number][]} */ ([
  ["+1 min", 60],
  ["+15 min", 900],
  ["+1 h", 3600],
  ["+1 day", 86400],
]);

let aheadMs = 0;
let up = true;
let moving = false;
/** @type {(() => unknown)[]} */
const whenBack = [];

/** The local system's time, in epoch milliseconds. */
export const now = () => Date.now() + aheadMs;

/** Call when the system answers again: it may be another one, with nothing in memory.
 * @param {() => unknown} refresh */
export const onBack = (refresh) => whenBack.push(refresh);

/** @param {boolean} answers */
const tell = (answers) => {
  if (answers === up) return;
  up = answers;
  byId("down").hidden = up;
  byId("down").textContent = "The local system does not answer. Start it again with: make run. This page then goes on by itself.";
  document.body.dataset.down = String(!up);
  for (const part of document.querySelectorAll("header .clock, #faults-button, .compose, #raw")) /** @type {any} */ (part).inert = !up;
  if (!up) byId("faults").hidePopover();
  if (up) for (const refresh of whenBack) void refresh();
};

const look = async () => {
  if (moving) return;
  try {
    show(await ask("/_tidings/clock", { signal: AbortSignal.timeout(PATIENCE_MS) }));
    tell(true);
  } catch {
    if (!moving) tell(false);
  }
};

/** @param {number} seconds */
const advance = async (seconds) => {
  moving = true;
  byId("offset").textContent = "moving …";
  byId("steps").inert = true;
  try {
    show(await ask("/_tidings/clock", json("POST", { advance_seconds: seconds })));
  } catch (error) {
    byId("offset").textContent = `not moved: ${wordsOf(error)}`;
  } finally {
    moving = false;
    byId("steps").inert = false;
  }
};

/** @param {{ offset_seconds: number } | null} answer */
const show = (answer) => {
  if (!answer) return;
  aheadMs = answer.offset_seconds * 1000;
  byId("offset").textContent = answer.offset_seconds ? `${duration(answer.offset_seconds)} ahead` : "real time";
  tick();
};

const tick = () => {
  const moment = new Date(now());
  byId("clock").dateTime = moment.toISOString();
  byId("clock").textContent = moment.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
};

export const start = () => {
  byId("steps").append(...STEPS.map(([label, seconds]) => element("button", { type: "button", className: "small", on: { click: () => advance(seconds) } }, label)));
  void look();
  setInterval(tick, 1_000);
  setInterval(() => document.hidden || look(), EVERY_MS);
};
