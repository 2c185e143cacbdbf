// Who is connected, and to what.
import { now } from "./clock.js";
import { ask, byId, duration, element } from "./dom.js";

const EVERY_MS = 2_000;

export const start = () => {
  void show();
  setInterval(() => document.hidden || show(), EVERY_MS);
};

/** The connection of this page itself, to be marked. */
export const mine = { id: "" };

const show = async () => {
  const answer = await ask("/_tidings/page/connections").catch(() => null);
  if (!answer) return;
  byId("people").replaceChildren(
    ...answer.connections.map((/** @type {any} */ { connection_id, user_id, channels, connected_at }) =>
      element(
        "tr",
        { className: connection_id === mine.id ? "mine" : "" },
        element("th", { scope: "row" }, user_id ?? "nobody"),
        element("td", {}, channels.join(", ") || "none"),
        element("td", { className: "id" }, connection_id === mine.id ? `${connection_id} (this page)` : connection_id),
        element("td", {}, connected_at === null ? "" : duration(now() / 1000 - connected_at)),
      ),
    ),
  );
};
