import { afterEach, beforeEach, vi } from "vitest";
import { TidingsClient } from "../src/index.js";
import { FakeServer } from "./fake-server.js";

export const URL_LOCAL = "ws://localhost:8000/api/v1/ws";

/** @type {TidingsClient[]} */
const clients = [];

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse("2026-11-22T12:00:00Z") });
});

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
  vi.useRealTimers();
});

/**
 * A server, a client that is not connected yet, and what it tells.
 * @param {Partial<import("../src/index.js").ClientOptions> & { server?: FakeServer }} [options]
 */
export const setUp = ({ server = new FakeServer(), ...options } = {}) => {
  const client = new TidingsClient({
    url: URL_LOCAL,
    channels: ["jobs"],
    WebSocket: server.WebSocket,
    random: () => 0.5,
    ...options,
  });
  clients.push(client);
  /** @type {import("../src/index.js").Status[]} */
  const statuses = [];
  /** @type {(Error & { code: string })[]} */
  const errors = [];
  /** @type {any[]} */
  const events = [];
  /** @type {import("../src/index.js").Recovery[]} */
  const recoveries = [];
  client.on("status", (status) => statuses.push(status));
  client.on("recovery", (recovery) => recoveries.push(recovery));
  client.on("error", (error) => errors.push(error));
  client.on("job.created", (_data, event) => events.push(event));
  return { server, client, statuses, errors, events, recoveries };
};

/** Let promises settle without moving the clock. */
export const settle = () => vi.advanceTimersByTimeAsync(0);

/** @param {number} seconds */
export const seconds = (seconds) => vi.advanceTimersByTimeAsync(seconds * 1000);
