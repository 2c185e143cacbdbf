/**
 * Full jitter: a random wait between nothing and a bound that doubles with each attempt. A thousand clients that
 * lost the same server come back spread out, not in step.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 * @param {number} attempt counted from 0
 * @param {number} baseMs
 * @param {number} capMs
 * @param {() => number} random
 */
export const fullJitter = (attempt, baseMs, capMs, random) =>
  random() * Math.min(capMs, baseMs * 2 ** Math.min(attempt, 30));
