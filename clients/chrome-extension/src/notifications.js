// Which events are worth a notification, and what it says.

/**
 * @import { AnyEvent } from "../../javascript/types/index.js"
 * @import { Catalog } from "../../../events/types.js"
 * @typedef {{ title: string, message: string }} Words
 */

/** @type {{ [T in keyof Catalog["events"]]?: (data: Catalog["events"][T]) => Words }} */
const WORDS = {
  "job.analyzed": (data) => ({ title: "Job analyzed", message: `Match score: ${data.match_score}%` }),
  "interview.scheduled": (data) => ({ title: "Interview scheduled", message: `${data.company} – ${data.interview_type}` }),
  "interview.reminder": (data) => ({ title: `Interview in ${data.time_until}`, message: `${data.company} – ${data.interview_type}` }),
  "followup.due": (data) => ({ title: "Follow-up due", message: `Follow up with ${data.company}` }),
};

/** @param {AnyEvent<Catalog>} event */
export const notify = ({ type, id, data }) => {
  const words = /** @type {((data: any) => Words) | undefined} */ (WORDS[type])?.(data);
  // The event's id as the notification's: shown twice, it would still be one.
  if (words) chrome.notifications.create(id ?? "", { type: "basic", iconUrl: "icon.png", ...words });
};
