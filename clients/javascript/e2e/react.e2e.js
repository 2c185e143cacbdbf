// The React hook in a built page, under StrictMode, in a real browser.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { complaints, installed, launch } from "./browser.js";
import { call, publishJob, until, url } from "./local.js";
import { serve } from "./serve.js";

const APPLICATION = `
  import { StrictMode, useState } from "react";
  import { createRoot } from "react-dom/client";
  import { useRealtime } from "tidings/react";

  const Dashboard = ({ userId }) => {
    const { connected, messages } = useRealtime(userId, ["jobs"], { url: ${JSON.stringify(url)} });
    return <section>
      <p id="status">{connected ? "connected" : "reconnecting"}</p>
      <ul>{messages.map(({ id, type }) => <li key={id}>{type} {id}</li>)}</ul>
    </section>;
  };
  const Application = () => {
    const [userId, setUserId] = useState("react-one");
    return <>
      <button onClick={() => setUserId("react-two")}>other user</button>
      <button onClick={() => setUserId(null)}>sign out</button>
      {userId && <Dashboard userId={userId} />}
    </>;
  };
  createRoot(document.getElementById("root")).render(<StrictMode><Application /></StrictMode>);
`;

describe.skipIf(!installed)("the React hook", () => {
  /** @type {import("playwright-core").Browser} */
  let browser;
  /** @type {Awaited<ReturnType<typeof serve>>} */
  let site;
  beforeAll(async () => {
    const { outputFiles } = await build({
      stdin: { contents: APPLICATION, loader: "jsx", resolveDir: fileURLToPath(new URL("..", import.meta.url)) },
      bundle: true,
      format: "esm",
      jsx: "automatic",
      write: false,
    });
    site = await serve({
      "/": '<!doctype html><title>Application</title><link rel="icon" href="data:,"><div id="root"></div><script type="module" src="/application.js"></script>',
      "/application.js": outputFiles?.[0]?.text ?? "",
    });
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
    site?.close();
  });

  const users = async () =>
    (await call("GET", "/_tidings/page/connections")).connections
      .map((/** @type {any} */ { user_id }) => user_id)
      .filter((/** @type {string | null} */ user) => user?.startsWith("react-"));

  test("shows events, follows the user, and leaves nothing behind", async () => {
    const page = await browser.newPage();
    const heard = complaints(page);
    await page.goto(site.origin);
    await page.locator("#status", { hasText: /^connected$/ }).waitFor();
    await publishJob("react-1", { user_id: "react-one" });
    await page.locator("li", { hasText: "job.created react-1" }).waitFor();
    expect(await users()).toEqual(["react-one"]);

    await page.getByRole("button", { name: "other user" }).click();
    await until(async () => (await users()).join() === "react-two", "the other user's connection alone");
    expect(await page.locator("li").count()).toBe(0);

    await page.getByRole("button", { name: "sign out" }).click();
    await until(async () => (await users()).length === 0, "no connection");
    expect(heard).toEqual([]);
  });
});
