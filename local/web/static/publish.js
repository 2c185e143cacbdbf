// Buttons that put a realistic sample of every event type on the bus, and the receipts of what became of them.
import { now } from "./clock.js";
import { ask, byId, element, json } from "./dom.js";

const RECEIPTS = 12;
const UNITS = /** @type {Record<string, number>} */ ({ s: 1, m: 60, h: 3600, d: 86400 });

/** @type {{ id: string, type: string }[]} newest first */
let published = [];

export const start = async () => {
  const samples = await ask("/page/samples.json");
  const groups = Map.groupBy(Object.keys(samples), (type) => type.split(".")[0] ?? type);
  for (const [group, types] of groups) {
    const buttons = types.map((type) =>
      element("button", { type: "button", title: `Publish ${type}`, on: { click: () => publish(type, samples[type]) } }, type.slice(group.length + 1)),
    );
    byId("samples").append(element("div", { className: "group" }, element("span", {}, group), element("div", { className: "row" }, ...buttons)));
  }
  byId("target").addEventListener("submit", (/** @type {Event} */ event) => event.preventDefault());
  // Writing a name means that user; passing the field with the Tab key means nothing.
  byId("target-user").addEventListener("input", () => {
    byId("target").elements.to.value = "user";
  });
  setInterval(showReceipts, 1_500);
};

/** @param {string} type @param {object} sample */
const publish = async (type, sample) => {
  const form = byId("target").elements;
  const user = form.to.value === "user" ? byId("target-user").value.trim() : "";
  const delay = Number(byId("delay").value) || 0;
  const event = {
    type,
    data: timed(sample),
    ...(user && { user_id: user }),
    ...(delay > 0 && { deliver_at: wireTime(delay) }),
  };
  const told = byId("published");
  if (form.to.value === "user" && !user) {
    told.textContent = "Not published: name the user, or choose everyone.";
    return;
  }
  try {
    const { id } = await ask("/_tidings/page/publish", json("POST", event));
    published = [{ id, type }, ...published].slice(0, RECEIPTS);
    told.textContent = `${type} for ${user || "everyone"}${delay > 0 ? `, in ${delay} s` : ""}`;
    await showReceipts();
  } catch (error) {
    told.textContent = `Not published: ${error instanceof Error ? error.message : error}`;
  }
};

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

const showReceipts = async () => {
  if (!published.length || document.hidden) return;
  const answer = await ask(`/_tidings/page/receipts?ids=${published.map(({ id }) => encodeURIComponent(id)).join(",")}`).catch(() => null);
  if (!answer) return;
  byId("no-receipts").hidden = true;
  byId("receipts").replaceChildren(
    ...published.map(({ id, type }) => {
      const { finished, receipt } = answer.receipts[id] ?? {};
      const counts = [["matched"], ["delivered"], ["gone"], ["waiting"], ["throttled", "failed"]].map((names) =>
        element(
          "td",
          { className: "number" },
          receipt ? String(names.reduce((sum, name) => sum + (receipt[name] ?? 0), 0)) : finished === undefined ? "–" : "…",
        ),
      );
      return element("tr", {}, element("th", { scope: "row", title: id }, type), ...counts);
    }),
  );
};
