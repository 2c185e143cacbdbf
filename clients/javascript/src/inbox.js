/** @import { InboxCounts } from "../types/index.js" */

/**
 * What is in the user's inbox after a message. The server counts; an event with a number is counted here, until the
 * server's next word.
 * @param {InboxCounts | undefined} counts undefined: the server has told of no inbox
 * @param {{ type: string, inbox?: number, data?: any }} message
 * @returns {InboxCounts | undefined} the same object when nothing has changed
 */
export const counted = (counts, { type, inbox, data }) => {
  if (type === "system.connected") return data.inbox ?? counts;
  if (type === "system.inbox") return { last: data.last, unseen: data.unseen };
  if (!counts) return counts;
  const { last, unseen } = counts;
  // What is not seen lies above the cursor, so that the server may count an event that is still under way.
  if (type === "system.seen") return { last: Math.max(last, data.inbox + data.unseen), unseen: data.unseen };
  return inbox !== undefined && inbox > last ? { last: inbox, unseen: unseen + inbox - last } : counts;
};
