// What became of events that were missed: read again, or lost, in one line for all streams.
import { byId } from "./dom.js";

const SHOWN_MS = 15_000;

/** @type {Map<string, any>} the latest of each stream */
const told = new Map();
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/** @param {string} state */
const those = (state) => [...told.values()].filter((one) => one.state === state);

const show = () => {
  const [recovering, recovered, lost] = [those("recovering"), those("recovered"), those("state_lost")];
  const count = recovered.reduce((sum, { events }) => sum + events, 0);
  const words = [
    recovering.length && `Reading what was missed in ${recovering.map(({ stream }) => stream).join(", ")} …`,
    count && `${count === 1 ? "One event was" : `${count} events were`} missed and recovered, from ${recovered.filter(({ events }) => events).map(({ stream }) => stream).join(", ")}.`,
    lost.length && `State lost in ${lost.map(({ stream }) => stream).join(", ")} (${[...new Set(lost.map(({ reason }) => reason))].join(", ")}): an application would fetch its state anew.`,
  ].filter(Boolean);
  byId("recovery").hidden = !words.length;
  byId("recovery").dataset.state = lost.length ? "lost" : recovering.length ? "recovering" : "recovered";
  if (byId("recovery-told").textContent !== words.join(" ")) byId("recovery-told").textContent = words.join(" ");
};

/** @param {{ state: string, stream: string }} recovery */
export const tell = (recovery) => {
  const before = told.get(recovery.stream);
  // What is lost stays told until somebody has closed it.
  if (before?.state !== "state_lost" || recovery.state === "state_lost") told.set(recovery.stream, recovery);
  clearTimeout(timer);
  timer = setTimeout(() => {
    for (const [stream, { state }] of told) if (state === "recovered") told.delete(stream);
    show();
  }, SHOWN_MS);
  show();
};

export const forget = () => {
  told.clear();
  show();
};

export const start = () => byId("recovery-close").addEventListener("click", forget);
