// Prints what a page pays for the client: minified, gzipped. Fails beyond the promise.
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const LIMIT_BYTES = 6_000;

/** @param {string} entry */
export const gzippedBytes = async (entry) => {
  const { outputFiles } = await build({
    entryPoints: [new URL(entry, import.meta.url).pathname],
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    external: ["react"],
    write: false,
  });
  const [file] = outputFiles;
  if (!file) throw new Error(`nothing was built from ${entry}`);
  return gzipSync(file.contents, { level: 9 }).length;
};

if (import.meta.main ?? process.argv[1]?.endsWith("size.js")) {
  const bytes = await gzippedBytes("../src/index.js");
  console.log(`tidings: ${bytes} bytes minified and gzipped (limit ${LIMIT_BYTES})`);
  if (bytes > LIMIT_BYTES) process.exit(1);
}
