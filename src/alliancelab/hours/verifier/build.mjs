// Writes verify.html, the page in one file: `npm ci && node build.mjs [FILE]`. The same lockfile gives the same bytes.

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const read = (name) => readFileSync(join(here, name), "utf-8");
const { outputFiles } = await build({
  absWorkingDir: here,
  entryPoints: ["main.js"],
  bundle: true,
  write: false,
  format: "iife",
  platform: "browser",
  target: "es2022",
  minify: true,
  charset: "ascii",
  legalComments: "inline", // the licences of the libraries stay with them
  define: { global: "globalThis" },
});
const script = outputFiles[0].text.trim().replaceAll("</script", "<\\/script");
const style = read("style.css").trim();
const hash = (text) => `sha256-${createHash("sha256").update(text).digest("base64")}`;
const parts = {
  "SCRIPT-HASH": hash(script),
  "STYLE-HASH": hash(style),
  "<style>STYLE</style>": `<style>${style}</style>`,
  "<script>SCRIPT</script>": `<script>${script}</script>`,
};
let page = read("page.html");
for (const [mark, text] of Object.entries(parts)) {
  page = page.replace(mark, () => text);
}
writeFileSync(process.argv[2] ?? join(here, "verify.html"), page);
