// The system's clock, which may run ahead of this machine's, and the buttons that move it.
import { ask, byId, duration, element, json } from "./dom.js";

const STEPS = [
  ["+1 min", 60],
  ["+15 min", 900],
  ["+1 h", 3600],
  ["+1 day", 86400],
];

let aheadMs = 0;

/** The local system's time, in epoch milliseconds. */
export const now = () => Date.now() + aheadMs;

export const start = async () => {
  const offered = await ask("/_tidings/clock").catch(() => null);
  if (!offered) return;
  show(offered);
  byId("clock").closest("section").hidden = false;
  byId("steps").append(
    ...STEPS.map(([label, seconds]) =>
      element("button", { type: "button", on: { click: () => advance(Number(seconds)) } }, String(label)),
    ),
  );
  setInterval(tick, 1_000);
};

/** @param {number} seconds */
const advance = async (seconds) => {
  byId("offset").textContent = "moving …";
  show(await ask("/_tidings/clock", json("POST", { advance_seconds: seconds })));
};

/** @param {{ offset_seconds: number }} answer */
const show = ({ offset_seconds }) => {
  aheadMs = offset_seconds * 1000;
  byId("offset").textContent = offset_seconds ? `${duration(offset_seconds)} ahead` : "real time";
  tick();
};

const tick = () => {
  const moment = new Date(now());
  byId("clock").dateTime = moment.toISOString();
  byId("clock").textContent = moment.toLocaleString();
};
