import { describe, expect, test } from "vitest";
import { seconds, setUp, settle } from "./setup.js";

describe("subscribe and unsubscribe", () => {
  test("resolve with the server's answer", async () => {
    const { client } = setUp();
    await client.connect();
    expect(await client.subscribe("skills")).toMatchObject({ channel: "skills", subscriber_count: 1 });
    expect(await client.listChannels()).toEqual(["jobs", "skills"]);
    expect(await client.unsubscribe("jobs")).toMatchObject({ channel: "jobs" });
    expect(client.channels).toEqual(["skills"]);
  });

  test("answers in another order reach the right promise", async () => {
    const { server, client } = setUp();
    await client.connect();
    server.answering = false;
    const both = [client.subscribe("skills"), client.subscribe("interviews")];
    const [first, second] = server.last.heard;
    for (const { request_id, channel } of [second, first])
      server.last.deliver({ type: "system.subscribed", data: { channel, subscriber_count: 1, request_id }, timestamp: "" });
    expect((await Promise.all(both)).map(({ channel }) => channel)).toEqual(["skills", "interviews"]);
  });

  test("a refused channel rejects with the server's code and is not asked for again", async () => {
    const { server, client } = setUp();
    await client.connect();
    await expect(client.subscribe(/** @type {any} */ ("nonsense"))).rejects.toMatchObject({ code: "unknown_channel" });
    server.last.drop(1006);
    await seconds(1);
    expect(server.last.query.get("channels")).toBe("jobs");
  });

  test("asked before connecting are answered after the welcome", async () => {
    const { client } = setUp();
    const subscribed = client.subscribe("skills");
    await client.connect();
    expect(await subscribed).toMatchObject({ channel: "skills" });
  });

  test("asked while reconnecting wait for the new connection", async () => {
    const { server, client } = setUp();
    await client.connect();
    server.last.drop(1006);
    const unsubscribed = client.unsubscribe("jobs");
    await seconds(1);
    expect(await unsubscribed).toMatchObject({ channel: "jobs" });
    expect([...server.last.channels]).toEqual([]);
  });

  test("asked between dialling and the welcome end up as the server's list", async () => {
    const { server, client } = setUp();
    server.welcoming = false;
    const connected = client.connect();
    await settle();
    const changes = [client.subscribe("skills"), client.unsubscribe("jobs")];
    server.last.welcome();
    await Promise.all([connected, ...changes]);
    expect([...server.last.channels]).toEqual(["skills"]);
  });

  test("an answer that got lost is asked for again", async () => {
    const { server, client } = setUp();
    await client.connect();
    server.answering = false;
    const subscribed = client.subscribe("skills");
    await seconds(1);
    server.answering = true;
    await seconds(5);
    expect(await subscribed).toMatchObject({ channel: "skills" });
  });

  test.for([
    { name: "no answer at all", answer: null, code: "timeout" },
    { name: "nothing but rate_limited", answer: "rate_limited", code: "rate_limited" },
  ])("$name rejects in the end", async ({ answer, code }) => {
    const { server, client } = setUp();
    await client.connect();
    server.answering = false;
    const subscribed = client.subscribe("skills");
    const rejected = expect(subscribed).rejects.toMatchObject({ code });
    if (answer)
      server.last.deliver({ type: "system.error", data: { code: answer, message: "", request_id: "r1" }, timestamp: "" });
    for (let ping = 0; ping < 4; ping++) {
      await seconds(10);
      server.last.ping();
    }
    await rejected;
  });

  test("close rejects what has no answer", async () => {
    const { client } = setUp();
    const subscribed = client.subscribe("skills");
    void client.connect();
    client.close();
    await expect(subscribed).rejects.toMatchObject({ code: "closed" });
  });
});
