// Switches for the faults of the gateway and of the cloud behind it, where they are offered.
import { ask, byId, element, json } from "./dom.js";

const SHARE = 0.5;
const SLOW_SECONDS = 5;

/** @type {Record<string, Record<string, string>>} */
const OFFERED = {
  "/_tidings/gateway/faults": {
    "disconnect-drop": "lose $disconnect",
    "disconnect-delay": "delay $disconnect",
    "post-gone": "answer 410 to posts",
    "post-limit": "answer 429 to posts",
    "post-error": "answer 500 to posts",
    "post-hang": "let posts hang",
    "reset-on-post": "cut the socket on a post",
    "reset-on-message": "cut the socket on a message",
  },
  "/_tidings/faults": {
    "bus-duplicate": "bus delivers twice",
    "bus-delay": "bus delivers late",
    "queue-duplicate": "queue delivers twice",
    "queue-reorder": "queue changes the order",
    "function-kill": "kill functions at work",
  },
};

export const start = () => Promise.all(Object.entries(OFFERED).map(([path, faults]) => offer(path, faults)));

/** @param {string} path @param {Record<string, string>} faults */
const offer = async (path, faults) => {
  const answer = await ask(path).catch(() => null);
  if (!answer) return;
  const inForce = new Set(answer.rules.map((/** @type {{ fault: string }} */ { fault }) => fault));
  const group = element("div", { className: "faults-group" });
  const set = async () => {
    const checked = [...group.querySelectorAll("input:checked")].map(({ value }) => value);
    const rules = checked.map((fault) => ({ fault, share: SHARE, ...(/delay|hang/.test(fault) && { seconds: SLOW_SECONDS }) }));
    await ask(path, json("PUT", { seed: 1, rules }));
  };
  for (const [fault, words] of Object.entries(faults)) {
    const box = element("input", { type: "checkbox", value: fault, checked: inForce.has(fault), on: { change: set } });
    group.append(element("label", {}, box, ` ${words}`));
  }
  byId("faults").append(group);
  byId("faults").closest("section").hidden = false;
};
