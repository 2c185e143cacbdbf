// Who is connected, and to what.
import { channels as known } from "./application.js";
import { ask, byId, duration, element } from "./dom.js";
import { now } from "./system.js";

const EVERY_MS = 2_000;

/** The connection of this page itself, to be marked. */
export const mine = { id: "" };

const show = async () => {
  const answer = await ask("/_tidings/page/connections").catch(() => null);
  if (!answer) return;
  byId("people-count").textContent = String(answer.connections.length);
  byId("people").replaceChildren(
    ...answer.connections.map((/** @type {any} */ { connection_id, user_id, channels, connected_at }) =>
      element(
        "li",
        { className: connection_id === mine.id ? "person mine" : "person" },
        element("b", {}, user_id ?? "nobody"),
        element("span", { className: "soft" }, connected_at === null ? "" : duration(now() / 1000 - connected_at)),
        element("span", { className: "heard" }, channels.length === Object.keys(known).length ? "all channels" : channels.join(", ") || "no channel"),
        element("span", { className: "id mono" }, connection_id === mine.id ? `${connection_id} (this page)` : connection_id),
      ),
    ),
  );
};

export const start = () => {
  void show();
  setInterval(() => document.hidden || show(), EVERY_MS);
};
