// A small web server for pages of another origin than the local system's, as an application's own pages are.
import { createServer } from "node:http";

/**
 * @param {Record<string, string>} files by path
 * @returns {Promise<{ origin: string, close: () => void }>}
 */
export const serve = async (files) => {
  const server = createServer((request, response) => {
    const body = files[request.url ?? ""];
    response.writeHead(body === undefined ? 404 : 200, {
      "Content-Type": request.url?.endsWith(".js") ? "text/javascript" : "text/html",
    });
    response.end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const address = /** @type {import("node:net").AddressInfo} */ (server.address());
  return { origin: `http://localhost:${address.port}`, close: () => server.close() };
};
