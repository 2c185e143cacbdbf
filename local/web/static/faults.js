// Switches for the faults that the control APIs list: of the gateway, and of the cloud behind it.
import { ask, byId, element, json, wordsOf } from "./dom.js";
import { onBack } from "./system.js";

const APIS = { "/_tidings/gateway/faults": "API Gateway", "/_tidings/faults": "AWS behind it" };
const SEED = 1;

/** @typedef {{ fault: string, effect?: string, seconds?: string | null }} Kind */

/** @param {string} path */
const groupOf = (path) => byId("faults-groups").querySelector(`[data-path="${path}"]`);

/** @param {any} group */
const checkedIn = (group) => [...group.querySelectorAll("input:checked")];

const count = () => {
  const active = checkedIn(byId("faults-groups")).length;
  byId("faults-count").textContent = String(active);
  byId("faults-count").hidden = !active;
};

/** @param {string} path */
const set = async (path) => {
  const share = Math.min(100, Math.max(1, Number(byId("faults-share").value) || 50)) / 100;
  const seconds = Math.max(0, Number(byId("faults-seconds").value) || 0);
  const rules = checkedIn(groupOf(path)).map((box) => ({ fault: box.value, share, ...(box.dataset.late && { seconds }) }));
  try {
    await ask(path, json("PUT", { seed: SEED, rules }));
    byId("faults-told").textContent = "";
  } catch (error) {
    byId("faults-told").textContent = `Not set: ${wordsOf(error)}`;
    await load();
  }
  count();
};

const load = async () => {
  for (const [path, title] of Object.entries(APIS)) {
    const answer = await ask(path).catch(() => null);
    if (!answer?.kinds) continue;
    const inForce = new Set(answer.rules.map((/** @type {Kind} */ { fault }) => fault));
    const group = element(
      "fieldset",
      { data: { path } },
      element("legend", {}, title),
      ...answer.kinds.map((/** @type {Kind} */ { fault, effect = "", seconds }) => {
        const box = element("input", { type: "checkbox", value: fault, checked: inForce.has(fault), data: seconds ? { late: "yes" } : {}, on: { change: () => set(path) } });
        return element("label", {}, box, element("span", {}, element("b", {}, fault), " ", element("span", { className: "soft" }, effect)));
      }),
    );
    const before = groupOf(path);
    if (before) before.replaceWith(group);
    else byId("faults-groups").append(group);
  }
  byId("faults-button").hidden = !byId("faults-groups").childElementCount;
  count();
};

export const start = async () => {
  for (const id of ["faults-share", "faults-seconds"])
    byId(id).addEventListener("change", () => {
      for (const path of Object.keys(APIS)) if (groupOf(path) && checkedIn(groupOf(path)).length) void set(path);
    });
  byId("faults-clear").addEventListener("click", () => {
    for (const box of checkedIn(byId("faults-groups"))) box.checked = false;
    for (const path of Object.keys(APIS)) if (groupOf(path)) void set(path);
  });
  onBack(load);
  await load();
};
