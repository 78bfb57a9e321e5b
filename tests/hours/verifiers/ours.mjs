// What the code of our own page finds in badges, without a browser, so that many can be asked about in one process.
// `node ours.mjs SOURCES ISSUER AT FILE` prints one line of JSON for each line of FILE, which is a badge.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [sources, issuer, at, file] = process.argv.slice(2);
const { build } = createRequire(join(sources, "package.json"))("esbuild");
const entry = 'export { verify } from "./verifying.js"; export { NotABadge } from "./reading.js";';
const { outputFiles } = await build({
  stdin: { contents: entry, resolveDir: sources },
  bundle: true,
  write: false,
  format: "esm",
  platform: "browser",
  define: { global: "globalThis" },
});
const { verify, NotABadge } = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString("base64")}`);

for (const line of readFileSync(file, "utf-8").split("\n")) {
  let said;
  try {
    const found = await verify(new TextEncoder().encode(line), [issuer], Date.parse(at));
    said = found.state === "refused" ? `${found.rule}: ${found.reason}` : found.state;
  } catch (error) {
    if (!(error instanceof NotABadge)) {
      throw error;
    }
    said = "no badge";
  }
  process.stdout.write(JSON.stringify(said) + "\n");
}
