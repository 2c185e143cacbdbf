// What the badge says: that the connection is lost, how much of the inbox is not seen, or that there is news.
const RED = "#b3261e";
const BLUE = "#1d4ed8";

/** @type {{ lost?: boolean, unseen?: number }} of this worker; whether there is news outlives it */
const told = {};

/** Each change waits for the one before it: of two that overlap, the older one could be shown last. */
let shown = Promise.resolve();

/** @param {{ lost?: boolean, unseen?: number, news?: boolean }} change */
export const showOnBadge = (change) => (shown = shown.then(() => show(change)));

/** @param {{ lost?: boolean, unseen?: number, news?: boolean }} change */
const show = async ({ news, ...change }) => {
  Object.assign(told, change);
  if (news !== undefined) await chrome.storage.session.set({ news });
  const kept = await chrome.storage.session.get({ news: false });
  const { lost, unseen } = told;
  // Not awaited: Chrome does not always say that it has done these.
  void chrome.action.setBadgeBackgroundColor({ color: lost ? RED : BLUE });
  void chrome.action.setBadgeText({ text: lost ? "!" : unseen ? String(unseen) : kept.news ? "NEW" : "" });
};
