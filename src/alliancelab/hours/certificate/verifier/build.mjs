// Writes verify.html, the page in one file: `npm ci && node build.mjs [FILE]`. The same lockfile gives the same bytes.

import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const read = (name) => readFileSync(join(here, name), "utf-8");
const { outputFiles, metafile } = await build({
  absWorkingDir: here,
  entryPoints: ["main.js"],
  bundle: true,
  write: false,
  format: "iife",
  platform: "browser",
  target: "es2022",
  minify: true,
  charset: "ascii",
  legalComments: "none", // the licences stand at the end, whole
  metafile: true,
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
  "<!--LICENCES-->": `<!--\nThis page holds these libraries:\n\n${licences().join("\n\n\n").replaceAll("--", "- -")}\n-->`,
};

/** The licence of each library that is in the script. */
function licences() {
  const inside = Object.entries(Object.values(metafile.outputs)[0].inputs).filter(([, { bytesInOutput }]) => bytesInOutput);
  const names = inside.map(([path]) => path.match(/node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1]).filter(Boolean);
  return [...new Set(names)].sort().map((name) => {
    const folder = `node_modules/${name}`;
    const { version, license } = JSON.parse(read(`${folder}/package.json`));
    const file = ["LICENSE", "LICENSE.txt", "LICENSE.md"].map((one) => `${folder}/${one}`).find((one) => existsSync(join(here, one)));
    return `${name} ${version} (${license})\n\n${file ? read(file).trim() : ""}`;
  });
}

let page = read("page.html");
for (const [mark, text] of Object.entries(parts)) {
  page = page.replace(mark, () => text);
}
writeFileSync(process.argv[2] ?? join(here, "verify.html"), page);
