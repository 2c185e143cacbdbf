// A long list of rows of one height: only those that can be seen exist. Newest first; the selection stays where it is.
import { element } from "./dom.js";

const AROUND = 8;
const FRESH_MS = 600;

/**
 * @template {{ key: number }} T
 */
export class List {
  /** @type {T[]} oldest first */
  #items = [];
  /** @type {Map<number, HTMLElement>} */
  #rows = new Map();
  /** @type {Map<number, number>} when the latest came: a row that only scrolls into view does not light up */
  #arrived = new Map();
  /** @type {number | null} */
  selected = null;
  #box;
  #space;
  #render;
  #choose;
  #height = 40;
  #scheduled = false;

  /**
   * @param {HTMLElement} box
   * @param {{ render: (item: T) => HTMLElement[], choose: (item: T | null) => void }} options
   */
  constructor(box, { render, choose }) {
    this.#box = box;
    this.#render = render;
    this.#choose = choose;
    this.#space = element("div", { className: "space", role: "presentation" });
    box.append(this.#space);
    box.addEventListener("scroll", () => this.#schedule());
    box.addEventListener("keydown", (event) => this.#key(event));
    box.addEventListener("click", (event) => {
      const row = /** @type {HTMLElement} */ (event.target).closest('[role="option"]');
      if (row) this.select(Number(/** @type {HTMLElement} */ (row).dataset.key));
    });
    new ResizeObserver(() => this.#schedule()).observe(box);
  }

  /** How many rows there are, whether they can be seen or not. */
  get length() {
    return this.#items.length;
  }

  /** Something was added: those who have scrolled down keep what they look at.
   * @param {T} item */
  add(item) {
    this.#items.push(item);
    this.#arrived.set(item.key, performance.now());
    if (this.#box.scrollTop > 0) this.#box.scrollTop += this.#height;
    this.#schedule();
  }

  /** @param {T[]} items oldest first */
  set(items) {
    this.#items = items;
    for (const row of this.#rows.values()) row.remove();
    this.#rows.clear();
    if (!items.some(({ key }) => key === this.selected)) this.select(null);
    this.#schedule();
  }

  /** @param {number | null} key */
  select(key) {
    this.selected = key;
    this.#choose(this.#items.find((item) => item.key === key) ?? null);
    this.#schedule();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const last = this.#items.length - 1;
    const place = this.#items.findIndex(({ key }) => key === this.selected);
    const now = place < 0 ? -1 : last - place;
    const page = Math.max(1, Math.floor(this.#box.clientHeight / this.#height) - 1);
    /** @type {Record<string, number>} */
    const moves = { ArrowDown: now + 1, ArrowUp: now - 1, PageDown: now + page, PageUp: now - page, Home: 0, End: last };
    if (event.key === "Escape" && this.selected !== null) return this.select(null);
    const next = moves[event.key];
    if (next === undefined || last < 0) return;
    event.preventDefault();
    const wanted = Math.min(last, Math.max(0, next));
    const top = wanted * this.#height;
    if (top < this.#box.scrollTop) this.#box.scrollTop = top;
    else if (top + this.#height > this.#box.scrollTop + this.#box.clientHeight) this.#box.scrollTop = top + this.#height - this.#box.clientHeight;
    this.select(this.#items[last - wanted]?.key ?? null);
  }

  #schedule() {
    if (this.#scheduled) return;
    this.#scheduled = true;
    // A hidden page draws no frames; what came meanwhile is drawn when it is looked at.
    requestAnimationFrame(() => {
      this.#scheduled = false;
      this.#draw();
    });
  }

  #draw() {
    const count = this.#items.length;
    this.#height = Number.parseFloat(getComputedStyle(this.#box).getPropertyValue("--row")) || this.#height;
    this.#space.style.height = `${count * this.#height}px`;
    const first = Math.max(0, Math.floor(this.#box.scrollTop / this.#height) - AROUND);
    const end = Math.min(count, Math.ceil((this.#box.scrollTop + this.#box.clientHeight) / this.#height) + AROUND);
    const stay = new Set();
    for (let place = first; place < end; place++) {
      const item = /** @type {T} */ (this.#items[count - 1 - place]);
      stay.add(item.key);
      const row = this.#rows.get(item.key) ?? this.#make(item);
      row.style.transform = `translateY(${place * this.#height}px)`;
      row.ariaPosInSet = String(place + 1);
      row.ariaSetSize = String(count);
      row.ariaSelected = String(item.key === this.selected);
    }
    for (const [key, at] of this.#arrived) if (performance.now() - at > FRESH_MS) this.#arrived.delete(key);
    for (const [key, row] of this.#rows) {
      if (stay.has(key)) continue;
      row.remove();
      this.#rows.delete(key);
    }
    const active = this.selected === null ? null : this.#rows.get(this.selected);
    if (active) this.#box.setAttribute("aria-activedescendant", active.id);
    else this.#box.removeAttribute("aria-activedescendant");
  }

  /** @param {T} item */
  #make(item) {
    const fresh = performance.now() - (this.#arrived.get(item.key) ?? 0) < FRESH_MS;
    const row = element("div", { id: `${this.#box.id}-${item.key}`, className: fresh ? "line fresh" : "line", role: "option", data: { key: String(item.key) } }, ...this.#render(item));
    this.#rows.set(item.key, row);
    this.#space.append(row);
    return row;
  }
}
