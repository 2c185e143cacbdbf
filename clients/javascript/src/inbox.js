/** @import { InboxCounts } from "../types/index.js" */

/**
 * What is in the user's inbox after a message. The server counts; an event that it has not counted yet is added here.
 * @param {InboxCounts | undefined} counts undefined: the server has told of no inbox
 * @param {{ type: string, inbox?: number, data?: any }} message
 * @returns {InboxCounts | undefined} the same object when nothing has changed
 */
export const counted = (counts, { type, inbox = 0, data }) => {
  if (type === "system.connected") return data.inbox ?? counts;
  if (!counts) return counts;
  const { last, unseen, seen = 0 } = counts;
  // Two devices may mark at once: the larger number is the newer word.
  if (type === "system.inbox" || (type === "system.seen" && data.inbox >= seen)) {
    const newer = Math.max(0, last - data.last);
    return { last: data.last + newer, unseen: data.unseen + newer, seen: data.inbox ?? seen };
  }
  return inbox > last ? { last: inbox, unseen: unseen + inbox - last, seen } : counts;
};
