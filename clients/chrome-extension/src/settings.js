// What the user chose, with what holds until then.
export const DEFAULTS = {
  url: "ws://localhost:8000/api/v1/ws",
  userId: "extension",
};

/** @returns {Promise<typeof DEFAULTS>} */
export const settings = () => chrome.storage.local.get(DEFAULTS);
