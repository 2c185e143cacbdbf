// The bell, with the number of what the user has not seen, and the inbox behind it.
import { TidingsClient } from "/client/index.js";
import { colour } from "./application.js";
import { byId, element, wordsOf } from "./dom.js";
import { gistOf } from "./stream.js";

const PAGE = 10;

/** @type {TidingsClient | null} */
let client = null;
/** @type {any[]} newest first */
let items = [];
/** @type {number | undefined} where older items begin; undefined: there are none */
let older;
let counts = { last: 0, unseen: 0 };

/** @param {unknown} error */
const complain = (error) => (byId("inbox-told").textContent = wordsOf(error));

const show = () => {
  const { unseen } = counts;
  byId("inbox-button").hidden = client?.unseen === undefined;
  byId("inbox-button").ariaLabel = unseen ? `Inbox, ${unseen} unseen` : "Inbox, nothing unseen";
  byId("inbox-count").textContent = unseen > 99 ? "99+" : String(unseen);
  byId("inbox-count").hidden = !unseen;
  byId("inbox-seen").disabled = !unseen;
  byId("inbox-older").hidden = older === undefined;
  byId("inbox-none").hidden = items.length > 0;
  byId("inbox-items").replaceChildren(
    ...items.map(({ type, channel, timestamp, data, inbox }) =>
      element(
        "li",
        { className: "item", data: { colour: colour(channel), unseen: String(inbox > counts.last - unseen) } },
        element("b", { className: "type" }, type),
        element("span", { className: "mark" }, inbox > counts.last - unseen ? "not seen" : ""),
        element("time", { className: "soft", dateTime: timestamp }, new Date(timestamp).toLocaleString(undefined, { dateStyle: "short", timeStyle: "short" })),
        element("span", { className: "gist" }, gistOf(data)),
      ),
    ),
  );
};

/** @param {number} [before] */
const fetchPage = async (before) => {
  const asked = client;
  try {
    const page = await asked?.inbox(before === undefined ? { limit: PAGE } : { limit: PAGE, before });
    if (!page || asked !== client) return;
    items = before === undefined ? page.items : [...items, ...page.items];
    older = page.more ? page.through : undefined;
    counts = page;
    byId("inbox-told").textContent = "";
    show();
  } catch (error) {
    if (asked === client) complain(error);
  }
};

/** Show this client's inbox; null: there is none.
 * @param {TidingsClient | null} next */
export const follow = (next) => {
  client = next;
  items = [];
  counts = { last: 0, unseen: 0 };
  older = undefined;
  byId("inbox-told").textContent = "";
  next?.on("inbox", (/** @type {any} */ told) => {
    if (next !== client) return;
    counts = told;
    show();
  });
  next?.on("*", (_data, event) => {
    if (next !== client || !event.inbox || event.inbox <= (items[0]?.inbox ?? 0) || !isOpen()) return;
    items = [event, ...items];
    show();
  });
  next?.on("status", ({ state }) => {
    if (state === "open" && next === client && isOpen()) void fetchPage();
  });
  if (!next) byId("inbox").hidePopover();
  show();
};

const isOpen = () => byId("inbox").matches(":popover-open");

export const start = () => {
  byId("inbox").addEventListener("toggle", (/** @type {any} */ { newState }) => newState === "open" && fetchPage());
  byId("inbox-seen").addEventListener("click", () => client?.seen(counts.last).catch(complain));
  byId("inbox-older").addEventListener("click", () => fetchPage(older));
  show();
};
