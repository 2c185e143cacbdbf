// Builds elements. Text is only ever set as text: what an event says can never become markup.

/**
 * @param {string} id
 * @returns {any} the element; the page's own markup guarantees that it is there
 */
export const byId = (id) => document.getElementById(id);

/**
 * @param {string} name
 * @param {Record<string, any>} properties set on the element; `data` on its dataset, `on` as listeners
 * @param {...(Node | string)} children
 * @returns {any}
 */
export const element = (name, { data = {}, on = {}, ...properties } = {}, ...children) => {
  const made = Object.assign(document.createElement(name), properties);
  Object.assign(made.dataset, data);
  for (const [event, listener] of Object.entries(on)) made.addEventListener(event, listener);
  made.append(...children);
  return made;
};

/** @param {number} seconds */
export const duration = (seconds) => {
  if (seconds < 60) return `${Math.max(0, Math.floor(seconds))} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} days`;
};

/**
 * Ask our own local API. An API that is not offered answers null.
 * @param {string} path
 * @param {RequestInit} [options]
 */
export const ask = async (path, options) => {
  const response = await fetch(path, options);
  if (response.status === 404 && !options) return null;
  if (!response.ok) throw new Error((await response.text()) || response.statusText);
  return response.headers.get("Content-Type")?.includes("json") ? response.json() : null;
};

/**
 * @param {string} method
 * @param {unknown} body
 * @returns {RequestInit}
 */
export const json = (method, body) => ({ method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
