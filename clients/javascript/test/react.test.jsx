// @vitest-environment jsdom
import { act, cleanup, render, renderHook } from "@testing-library/react";
import { StrictMode, useEffect } from "react";
import { afterEach, describe, expect, test } from "vitest";
import { useInbox, useRealtime } from "../src/react.js";
import { FakeServer } from "./fake-server.js";
import { seconds, URL_LOCAL } from "./setup.js";

afterEach(cleanup);

/** @param {object} [options] */
const mount = async (options = {}, { strict = false } = {}) => {
  const server = new FakeServer();
  const hook = renderHook(
    (/** @type {any} */ { userId, channels, ...changed }) =>
      useRealtime(userId, channels, { url: URL_LOCAL, WebSocket: server.WebSocket, random: () => 0.5, ...options, ...changed }),
    { initialProps: /** @type {any} */ ({ userId: "user123", channels: ["jobs"] }), ...(strict ? { wrapper: StrictMode } : {}) },
  );
  await act(() => seconds(0));
  return { server, ...hook };
};

const ids = (/** @type {any} */ { result }) => result.current.messages.map((/** @type {any} */ { id }) => id);
/** @param {FakeServer} server @param {string[]} published */
const publish = (server, ...published) =>
  act(async () => {
    for (const id of published) server.publish({ id });
    await seconds(0);
  });

describe("useRealtime", () => {
  test("connects while mounted, shows messages, and leaves nothing behind", async () => {
    const hook = await mount();
    expect(hook.result.current.connected).toBe(true);
    await publish(hook.server, "1", "2", "2");
    expect(ids(hook)).toEqual(["1", "2"]);
    hook.unmount();
    await seconds(3600);
    expect(hook.server.tried).toHaveLength(1);
    expect(hook.server.live).toHaveLength(0);
  });

  test("under StrictMode ends up with one connection and each event once", async () => {
    const hook = await mount({}, { strict: true });
    expect(hook.server.tried).toHaveLength(1);
    await publish(hook.server, "1");
    expect(ids(hook)).toEqual(["1"]);
  });

  test("keeps its connection when a render makes equal arrays and options anew", async () => {
    const hook = await mount();
    for (let render = 0; render < 5; render++) hook.rerender({ userId: "user123", channels: ["jobs"] });
    await act(() => seconds(1));
    expect(hook.server.tried).toHaveLength(1);
    expect(hook.server.last.heard).toEqual([]);
  });

  test("subscribes and unsubscribes on the same connection when the channels change", async () => {
    const hook = await mount();
    hook.rerender({ userId: "user123", channels: ["skills", "interviews"] });
    await act(() => seconds(0));
    expect(hook.server.tried).toHaveLength(1);
    expect([...hook.server.last.channels]).toEqual(["skills", "interviews"]);
  });

  test.for([
    { name: "another user", props: { userId: "user456", channels: ["jobs"] } },
    { name: "another address", props: { userId: "user123", channels: ["jobs"], url: "ws://localhost:8000/dev" } },
    { name: "another token", props: { userId: "user123", channels: ["jobs"], token: "t" } },
  ])("$name means another connection, and the messages of the old one are gone", async ({ props }) => {
    const hook = await mount();
    await publish(hook.server, "1");
    hook.rerender(props);
    await act(() => seconds(0));
    expect(hook.server.tried).toHaveLength(2);
    expect(hook.server.live).toEqual([hook.server.last]);
    expect(ids(hook)).toEqual([]);
    expect(hook.result.current.connected).toBe(true);
  });

  test("asks the token callback of the latest render", async () => {
    const hook = await mount({ token: () => "first" });
    hook.rerender({ userId: "user123", channels: ["jobs"], token: () => "second" });
    expect(hook.server.tried).toHaveLength(1);
    hook.server.last.drop(1006);
    await act(() => seconds(1));
    expect(hook.server.last.query.get("token")).toBe("second");
  });

  test("keeps only the latest messages", async () => {
    const hook = await mount({ maxMessages: 2 });
    await publish(hook.server, "1", "2", "3");
    expect(ids(hook)).toEqual(["2", "3"]);
  });

  test("shows the loss of the connection and its return", async () => {
    const hook = await mount();
    act(() => hook.server.last.drop(1001, "Going away"));
    expect(hook.result.current.connected).toBe(false);
    expect(hook.result.current.status).toMatchObject({ state: "reconnecting", reason: "closed by the server (1001 Going away)" });
    await act(() => seconds(1));
    expect(hook.result.current.connected).toBe(true);
  });

  test("listeners of an effect outlive a change of user, and stop with the effect", async () => {
    const server = new FakeServer();
    /** @type {(string | undefined)[]} */
    const heard = [];
    const Jobs = ({ userId = "user123", listening = true }) => {
      const { on } = useRealtime(userId, ["jobs"], { url: URL_LOCAL, WebSocket: server.WebSocket });
      useEffect(() => (listening ? on("job.created", (_data, { id }) => heard.push(id)) : undefined), [on, listening]);
      return null;
    };
    const { rerender } = render(<Jobs />);
    await act(() => seconds(0));
    await publish(server, "1");
    rerender(<Jobs userId="user456" />);
    await act(() => seconds(0));
    await publish(server, "2");
    rerender(<Jobs userId="user456" listening={false} />);
    await publish(server, "3");
    expect(heard).toEqual(["1", "2"]);
  });

  test("subscribe and unsubscribe answer, and reject after unmount", async () => {
    const hook = await mount();
    await act(async () => expect(await hook.result.current.subscribe("skills")).toMatchObject({ channel: "skills" }));
    await act(async () => expect(await hook.result.current.unsubscribe("jobs")).toMatchObject({ channel: "jobs" }));
    hook.unmount();
    await expect(hook.result.current.subscribe("jobs")).rejects.toMatchObject({ code: "closed" });
  });
});

describe("useInbox", () => {
  const mountInbox = async () => {
    const server = new FakeServer();
    server.keeping = true;
    server.inbox = { last: 3, unseen: 3 };
    for (const inbox of [1, 2, 3]) server.keep({ type: "job.created", channel: "jobs", stream: "@me", data: {}, inbox });
    const hook = renderHook(
      (/** @type {any} */ { userId }) => useInbox(useRealtime(userId, ["jobs"], { url: URL_LOCAL, WebSocket: server.WebSocket, random: () => 0.5 }), { limit: 2 }),
      { initialProps: { userId: "user123" } },
    );
    await act(() => seconds(0));
    const numbers = () => hook.result.current.items.map(({ inbox }) => inbox);
    return { server, numbers, ...hook };
  };

  test("shows a page, then older ones, and the count", async () => {
    const { numbers, result } = await mountInbox();
    expect(numbers()).toEqual([3, 2]);
    expect(result.current.unseen).toBe(3);
    await act(async () => result.current.more?.());
    expect(numbers()).toEqual([3, 2, 1]);
    expect(result.current.more).toBeNull();
  });

  test("shows an event with a number at the top, once", async () => {
    const { server, numbers, result } = await mountInbox();
    server.inbox = { last: 4, unseen: 4 };
    await publish(server, "other");
    await act(async () => {
      const event = server.publish({ stream: "@me", inbox: 4 });
      server.send(event);
      await seconds(0);
    });
    expect(numbers()).toEqual([4, 3, 2]);
    expect(result.current.unseen).toBe(4);
  });

  test("marks as seen what is shown, or up to a number", async () => {
    const { server, result } = await mountInbox();
    await act(async () => void (await result.current.seen(1)));
    expect(result.current.unseen).toBe(2);
    await act(async () => void (await result.current.seen()));
    expect(result.current.unseen).toBe(0);
    expect(server.last.heard.filter(({ action }) => action === "seen").map(({ inbox }) => inbox)).toEqual([1, 3]);
  });

  test("forgets the items of a user who has left", async () => {
    const { server, numbers, result, rerender } = await mountInbox();
    server.refusing = true;
    rerender({ userId: "user456" });
    await act(() => seconds(0));
    expect(numbers()).toEqual([]);
    expect(result.current.unseen).toBe(0);
  });
});
