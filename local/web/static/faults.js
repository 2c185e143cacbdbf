// Switches for the gateway's faults, where it offers them.
import { ask, byId, element, json } from "./dom.js";

const PATH = "/_tidings/gateway/faults";
const SHARE = 0.5;

const FAULTS = {
  "disconnect-drop": "lose $disconnect",
  "disconnect-delay": "delay $disconnect by 5 s",
  "post-gone": "answer 410 to posts",
  "post-limit": "answer 429 to posts",
  "post-error": "answer 500 to posts",
  "post-hang": "let posts hang for 5 s",
  "reset-on-post": "cut the socket on a post",
  "reset-on-message": "cut the socket on a message",
};

export const start = async () => {
  const offered = await ask(PATH).catch(() => null);
  if (!offered) return;
  const inForce = new Set(offered.rules.map((/** @type {{ fault: string }} */ { fault }) => fault));
  const boxes = Object.entries(FAULTS).map(([fault, words]) => {
    const box = element("input", { type: "checkbox", value: fault, checked: inForce.has(fault), on: { change: set } });
    return element("label", {}, box, ` ${words}`);
  });
  byId("faults").append(...boxes);
  byId("faults").closest("section").hidden = false;
};

const set = async () => {
  const checked = [...byId("faults").querySelectorAll("input:checked")].map(({ value }) => value);
  const rules = checked.map((fault) => ({ fault, share: SHARE, ...(/delay|hang/.test(fault) && { seconds: 5 }) }));
  await ask(PATH, json("PUT", { seed: 1, rules }));
};
