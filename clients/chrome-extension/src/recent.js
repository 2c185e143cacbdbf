// The latest events, kept for the popup. Session storage outlives the service worker, which Chrome stops at will.
const KEPT = 20;

/** @returns {Promise<any[]>} newest first */
export const recent = async () => {
  const { events } = /** @type {{ events: any[] }} */ (await chrome.storage.session.get({ events: [] }));
  return events;
};

/** @param {object} event */
export const remember = async (event) => {
  await chrome.storage.session.set({ events: [event, ...(await recent())].slice(0, KEPT) });
};
