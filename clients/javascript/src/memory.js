/**
 * @import { ClientOptions, Storage, Welcome } from "../types/index.js"
 * @import { Memory, Positions, Question, Step } from "./positions.js"
 */
import { Delivery } from "./delivery.js";
import { TidingsError } from "./errors.js";
import { remember } from "./positions.js";
import { answered, stands, tick, wakeAtMs } from "./resume.js";

// The largest page: each costs a message.
const PAGE = 300;
// How long a connection that is taken over may still bring what the new one counts already.
const OVERLAP_MS = 2_000;
// An event that was handled before a reload may come again after it.
const STORED_IDS = 100;

/**
 * Carries out what `resume.js` decides: asks, tells, keeps the time, and stores what has been handled.
 * @param {ClientOptions} options
 * @param {(action: string, fields: object, timeoutMs: number) => Promise<any>} ask
 */
export const memory = ({ url, userId, rememberIds = 1_000, bufferLimit = 1_000, storage, storageKey, getState }, ask) => {
  const key = storageKey ?? `tidings ${url} ${userId ?? ""}`;
  /** @type {Positions} of what is handled; what only waits for its listeners does not count */
  let handled = {};
  /** @type {string[]} */
  let handledIds = [];
  /** @type {string | null | undefined} whose positions they are */
  let user;
  /** @type {ReturnType<typeof setTimeout>} */
  let timer;
  let remembered = remember(rememberIds);

  /** @param {Partial<Step>} step */
  const finish = async ({ event, ask: question, positions }) => {
    // Pages are asked for as fast as listeners take them.
    if (question) void read(question);
    if (event?.id !== undefined) handledIds = [...handledIds, event.id].slice(-STORED_IDS);
    if (!positions || positions === handled) return;
    handled = positions;
    await use((kept) => kept.setItem(key, JSON.stringify([user, handled, handledIds])));
  };
  const delivery = new Delivery(bufferLimit, finish);
  // Events wait for a listener's promise: those after the loss come when the state is here.
  delivery.on("recovery", (told) => (told.state === "state_lost" ? getState?.(told) : undefined));

  /** @param {Question} question */
  const read = (question) =>
    ask("history", { ...question, limit: PAGE }, Infinity).then(
      (answer) => act(answered, question, answer),
      ({ code }) => act(answered, question, { reason: code }),
    );

  /** @param {(kept: Storage) => unknown} how */
  const use = async (how) => {
    try {
      if (storage) await how(storage);
    } catch (error) {
      storage = undefined;
      delivery.report(new TidingsError("storage_failed", `Positions are not stored: ${error}`, error));
    }
  };

  /**
   * Hand what was heard to a function of `resume.js`, and do what it says.
   * @template {any[]} T
   * @param {(memory: Memory, nowMs: number, ...about: T) => Step[]} decide
   * @param {T} about
   */
  const act = (decide, ...about) => {
    // A clock that nobody sets back.
    const now = performance.now();
    const steps = decide(remembered, now, ...about);
    delivery.take([...steps, { positions: remembered.positions }]);
    clearTimeout(timer);
    const waitMs = wakeAtMs(remembered) - now;
    if (waitMs < Infinity) timer = setTimeout(act, waitMs, tick);
  };

  /** Begin with what was handled, in this life or an earlier one. */
  const start = () => {
    remembered = remember(rememberIds, handled, handledIds);
  };

  return {
    delivery,
    act,
    start,
    stop: () => {
      clearTimeout(timer);
      start();
    },
    /** Fetch what an earlier life has stored. */
    load: () =>
      use(async (kept) => {
        const text = await kept.getItem(key);
        if (text && user === undefined) [user, handled, handledIds] = JSON.parse(text);
      }),
    /** @param {Welcome} welcome @param {boolean} takesOver */
    welcomed: (welcome, takesOver) => {
      if ((user ?? welcome.user_id) !== welcome.user_id) {
        handled = {};
        start();
      }
      user = welcome.user_id;
      act(stands, welcome, takesOver ? OVERLAP_MS : 0);
    },
  };
};
