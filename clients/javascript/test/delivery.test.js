import { describe, expect, test, vi } from "vitest";
import { seconds, setUp, settle } from "./setup.js";

describe("events", () => {
  test("reach the listeners of their type and of all, data first", async () => {
    const { server, client } = setUp();
    /** @type {unknown[]} */
    const heard = [];
    client.on("job.analyzed", (data, event) => heard.push([data.match_score, event.type]));
    client.on("*", (_data, event) => heard.push(event.type));
    await client.connect();
    server.publish({ type: "job.analyzed", id: "1", data: { job_id: 42, match_score: 85.5 } });
    await settle();
    expect(heard).toEqual([[85.5, "job.analyzed"], "job.analyzed"]);
  });

  test("that are pings reach only those who name them", async () => {
    const { server, client } = setUp();
    const [all, pings] = [vi.fn(), vi.fn()];
    client.on("*", all);
    client.on("system.ping", pings);
    await client.connect();
    server.last.ping();
    await settle();
    expect(all).not.toHaveBeenCalled();
    expect(pings).toHaveBeenCalledOnce();
  });

  test("stop when the listener is taken away", async () => {
    const { server, client } = setUp();
    const listener = vi.fn();
    const stop = client.on("job.created", listener);
    await client.connect();
    stop();
    server.publish({ id: "1" });
    await settle();
    expect(listener).not.toHaveBeenCalled();
  });

  test("with one id are handled once", async () => {
    const { server, client, events } = setUp();
    await client.connect();
    for (const id of ["1", "1", "2", "1"]) server.publish({ id });
    await settle();
    expect(events.map(({ id }) => id)).toEqual(["1", "2"]);
  });

  test("of one job with two true changes in a second are both handled", async () => {
    const { server, client } = setUp({ channels: ["applications"] });
    /** @type {string[]} */
    const statuses = [];
    client.on("application.status_changed", (data) => statuses.push(data.new_status));
    await client.connect();
    const change = { type: "application.status_changed", channel: "applications" };
    server.publish({ ...change, id: "1", data: { job_id: 42, new_status: "interviewing" } });
    server.publish({ ...change, id: "2", data: { job_id: 42, new_status: "offer_received" } });
    await settle();
    expect(statuses).toEqual(["interviewing", "offer_received"]);
  });

  test("are remembered in bounded number: the oldest id is forgotten first", async () => {
    const { server, client, events } = setUp({ rememberIds: 2 });
    await client.connect();
    for (const id of ["1", "2", "3", "3", "2", "1"]) server.publish({ id });
    await settle();
    expect(events.map(({ id }) => id)).toEqual(["1", "2", "3", "1"]);
  });

  test("keep their order when listeners take their time", async () => {
    const { server, client } = setUp();
    /** @type {string[]} */
    const log = [];
    client.on("*", async (_data, { id }) => {
      log.push(`start ${id}`);
      await new Promise((resolve) => setTimeout(resolve, id === "1" ? 1_000 : 10));
      log.push(`end ${id}`);
    });
    await client.connect();
    server.publish({ id: "1" });
    server.publish({ id: "2" });
    await seconds(2);
    expect(log).toEqual(["start 1", "end 1", "start 2", "end 2"]);
  });

  test("go on after a listener throws, and the failure is told", async () => {
    const { server, client, errors, events } = setUp();
    client.on("*", (_data, { id }) => {
      if (id === "1") throw new Error("boom");
    });
    await client.connect();
    server.publish({ id: "1" });
    server.publish({ id: "2" });
    await settle();
    expect(events.map(({ id }) => id)).toEqual(["1", "2"]);
    expect(errors).toMatchObject([{ code: "listener_failed", cause: { message: "boom" } }]);
  });

  test("beyond the buffer drop the oldest waiting, and say so", async () => {
    const { server, client, errors } = setUp({ bufferLimit: 2 });
    /** @type {(string | undefined)[]} */
    const heard = [];
    client.on("*", async (_data, { id }) => {
      heard.push(id);
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    });
    await client.connect();
    for (const id of ["1", "2", "3", "4"]) server.publish({ id });
    await seconds(10);
    expect(heard).toEqual(["1", "3", "4"]);
    expect(errors).toMatchObject([{ code: "buffer_overflow" }]);
  });

  test("without listeners of errors, those are printed", async () => {
    const print = vi.spyOn(console, "error").mockReturnValue();
    const { server, client } = setUp();
    const { TidingsClient } = await import("../src/index.js");
    const alone = new TidingsClient({ url: "ws://localhost/", WebSocket: server.WebSocket });
    await alone.connect();
    server.last.deliver({ message: "Internal server error", connectionId: "c1=", requestId: "r1=" });
    expect(print).toHaveBeenCalledOnce();
    alone.close();
    client.close();
  });
});

describe("what is no event", () => {
  test.for([
    { name: "API Gateway's frames", frame: '{"message": "Forbidden", "connectionId":"c=", "requestId":"r="}', code: "gateway" },
    { name: "an error nobody asked for", frame: '{"type":"system.error","data":{"code":"unknown_channel","message":"No channel x"}}', code: "unknown_channel" },
    { name: "null", frame: "null", code: "gateway" },
  ])("$name is told as an error and breaks nothing", async ({ frame, code }) => {
    const { server, client, errors, events } = setUp();
    await client.connect();
    server.last.deliver(frame);
    server.publish({ id: "1" });
    await settle();
    expect(errors).toMatchObject([{ code }]);
    expect(events).toHaveLength(1);
  });

  test("text that is not JSON is ignored", async () => {
    const { server, client, errors } = setUp();
    await client.connect();
    server.last.deliver("hello");
    expect(errors).toEqual([]);
    expect(client.status.state).toBe("open");
  });
});
