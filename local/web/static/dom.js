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
  if (seconds < 172800) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / 86400)} days`;
};

/** @param {unknown} error */
export const wordsOf = (error) => (error instanceof Error ? error.message : String(error));

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

/** @type {ReturnType<typeof setTimeout> | undefined} */
let toast;

/** @param {string} what @param {string} text */
export const copy = async (what, text) => {
  const told = byId("copied");
  try {
    await navigator.clipboard.writeText(text);
    told.textContent = `${what} copied`;
  } catch (error) {
    told.textContent = `Not copied: ${wordsOf(error)}`;
  }
  clearTimeout(toast);
  toast = setTimeout(() => (told.textContent = ""), 2_000);
};

/**
 * Buttons that copy what their function says at that moment.
 * @param {HTMLElement} box
 * @param {Record<string, () => string>} texts
 */
export const copyButtons = (box, texts) =>
  box.append(...Object.entries(texts).map(([name, text]) => element("button", { type: "button", className: "small", on: { click: () => copy(name, text()) } }, name)));

const TOKEN = /("(?:\\.|[^"\\])*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/gi;

/**
 * JSON with its parts coloured.
 * @param {string} text
 * @returns {DocumentFragment}
 */
export const coloured = (text) => {
  const made = document.createDocumentFragment();
  let done = 0;
  for (const found of text.matchAll(TOKEN)) {
    const [whole, string, colon] = found;
    made.append(text.slice(done, found.index));
    const kind = string === undefined ? (/[\d-]/.test(whole[0] ?? "") ? "number" : "word") : colon === undefined ? "string" : "name";
    made.append(element("span", { className: `json-${kind}` }, string ?? whole), colon ?? "");
    done = found.index + whole.length;
  }
  made.append(text.slice(done));
  return made;
};
