// Takes the samples out of the documentation into types-test/samples, where the compiler reads them as a user would
// write them: strict, and against the types as published.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";

const PAGES = ["docs/clients/javascript.md", "docs/clients/react.md", "docs/clients/producer-node.md", "clients/javascript/README.md", "README.md"];
const KINDS = /** @type {Record<string, string>} */ ({ js: "ts", ts: "ts", jsx: "tsx", tsx: "tsx" });
const root = new URL("../../../", import.meta.url);
const samples = new URL("../types-test/samples/", import.meta.url);

rmSync(samples, { recursive: true, force: true });
mkdirSync(samples);
// What a sample calls the types of its application are those of this repository's.
copyFileSync(new URL("events/types.ts", root), new URL("types.ts", samples));
let count = 0;
for (const page of PAGES) {
  const text = readFileSync(new URL(page, root), "utf8");
  for (const [, kind = "", code] of text.matchAll(/^```(\w+)\n(.*?)^```$/gms)) {
    const extension = KINDS[kind];
    if (!extension) continue;
    const name = `${page.replaceAll(/[^a-z]+/gi, "-")}-${++count}.${extension}`;
    writeFileSync(new URL(name, samples), `// From ${page}\n${code}\nexport {};\n`);
  }
}
if (count < 5) throw new Error(`only ${count} samples were found`);
