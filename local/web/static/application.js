// What the page knows of the application: its channels, its event types, and a sample of each.
import { ask } from "./dom.js";

/** @type {{ channels: Record<string, string[]>, samples: Record<string, any> }} of another template nothing is known */
const told = await ask("/_tidings/page/application").catch(() => ({ channels: {}, samples: {} }));

/** Channel to event types. Of a channel with parameters it is the one that the samples go to. */
export const channels = told.channels;
/** Event type to sample; "now+2d" in it is a time. */
export const samples = told.samples;

const names = Object.keys(channels);
const COLOURS = 8;
// Of orders/42 the first part tells what it is one of.
const kinds = names.map((name) => name.split("/")[0]);

/** A channel's colour is its place in the list, whatever it is called.
 * @param {string | undefined} channel */
export const colour = (channel) => {
  const place = kinds.indexOf(channel?.split("/")[0] ?? "");
  return place < 0 ? "none" : String(place % COLOURS);
};

/** Types that no channel carries: for the bus only. */
export const busOnly = Object.keys(samples).filter((type) => !names.some((name) => channels[name]?.includes(type)));
