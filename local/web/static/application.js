// What the page knows of the application: its channels, its event types, and a sample of each.
import { ask } from "./dom.js";

/** @type {Record<string, string[]>} channel to event types */
export const channels = await ask("/page/channels.json");
/** @type {Record<string, any>} event type to sample; "now+2d" in it is a time */
export const samples = await ask("/page/samples.json");

const names = Object.keys(channels);
const COLOURS = 8;

/** A channel's colour is its place in the list, whatever it is called.
 * @param {string | undefined} channel */
export const colour = (channel) => {
  const place = names.indexOf(channel ?? "");
  return place < 0 ? "none" : String(place % COLOURS);
};

/** Types that no channel carries: for the bus only. */
export const busOnly = Object.keys(samples).filter((type) => !names.some((name) => channels[name]?.includes(type)));
