// What became of the events that were published here: delivered to how many, or rejected, and why.
import { ask, byId, duration, element } from "./dom.js";
import { now } from "./system.js";

const SHOWN = 50;
const EVERY_MS = 700;
// An event without a receipt after this long is for the system only, or held; asking goes on, slowly.
const SOON_MS = 15_000;

/** @typedef {{ id: string, type: string, user: string, later: string, started: number, words: string, state: string, done: boolean }} Published */

/** @type {Published[]} newest first */
let published = [];
/** @type {Map<string, string>} */
const arrivals = new Map();

/**
 * An event came: how long it took, if it was published here and now.
 * @param {string | undefined} id
 */
export const arrived = (id) => {
  const one = published.find((candidate) => candidate.id === id);
  if (!one || one.later || arrivals.has(one.id)) return "";
  const took = `${Math.round(performance.now() - one.started)} ms`;
  arrivals.set(one.id, took);
  return took;
};

/** @param {Pick<Published, "id" | "type" | "user" | "later" | "started">} one */
export const add = (one) => {
  published = [{ ...one, words: "…", state: "waiting", done: false }, ...published].slice(0, SHOWN);
  draw();
  void look();
};

/** It was not published after all.
 * @param {string} id */
export const remove = (id) => {
  published = published.filter((one) => one.id !== id);
  draw();
};

const draw = () => {
  byId("no-receipts").hidden = published.length > 0;
  byId("receipts").hidden = published.length === 0;
  byId("receipts").replaceChildren(
    ...published.map(({ id, type, user, words, state }) =>
      element(
        "li",
        { className: "receipt", title: id, data: { state } },
        element("b", {}, type),
        element("span", { className: "soft" }, user ? `to ${user}` : "to everyone"),
        element("span", { className: "verdict" }, words),
      ),
    ),
  );
};

const COUNTS = ["gone", "throttled", "failed", "waiting", "superseded"];

/** @param {Record<string, number>} receipt @param {string} took */
const told = (receipt, took) => {
  const { matched = 0, delivered = 0, held = 0, superseded = 0 } = receipt;
  if (held) return { state: "none", words: "held: the newest of its key is sent when its window ends" };
  if (!matched && superseded) return { state: "none", words: "superseded by a newer one of its key" };
  if (!matched) return { state: "none", words: "nobody connected is subscribed" };
  const rest = COUNTS.flatMap((name) => (receipt[name] ? [`${receipt[name]} ${name}`] : []));
  return { state: delivered ? "good" : "bad", words: [`delivered to ${delivered} of ${matched}`, ...rest, took].filter(Boolean).join(" · ") };
};

/** @param {Published} one @param {any} answer */
const judge = (one, answer) => {
  const reasons = answer.rejected?.[one.id];
  const { finished, receipt } = answer.receipts[one.id] ?? {};
  if (reasons) Object.assign(one, { state: "bad", words: `rejected: ${reasons.join("; ")}`, done: true });
  else if (receipt) Object.assign(one, told(receipt, arrivals.get(one.id) ?? ""), { done: finished && !receipt.held });
  else if (one.later) Object.assign(one, { state: "waiting", words: `planned, in ${duration((Date.parse(one.later) - now()) / 1000)}` });
};

let looking = false;
let lookedAt = 0;

const look = async () => {
  const open = published.filter(({ done }) => !done);
  const fresh = open.some(({ started }) => performance.now() - started < SOON_MS);
  if (looking || !open.length || (!fresh && Date.now() - lookedAt < EVERY_MS * 5)) return;
  looking = true;
  lookedAt = Date.now();
  const ids = open.map(({ id }) => encodeURIComponent(id)).join(",");
  const answer = await ask(`/_tidings/page/receipts?ids=${ids}`).catch(() => null);
  if (answer) {
    for (const one of open) judge(one, answer);
    draw();
  }
  looking = false;
};

export const start = () => setInterval(() => document.hidden || look(), EVERY_MS);
