// Builds scripts, styles, fonts and icons of the console into src/banyan/console/static/built/, with a manifest that
// says under which name (with a hash of the content) each of them is served.

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "src", "banyan", "console", "static", "built");
const ICONS = join(here, "node_modules", "@tabler", "icons", "icons", "outline");

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

/** Writes a text under a name with a hash of it; that name. */
function written(name, ending, text) {
  const file = `${name}-${createHash("sha256").update(text).digest("hex").slice(0, 8).toUpperCase()}${ending}`;
  writeFileSync(join(out, file), text);
  return file;
}

/** One SVG file with a symbol for each name of icons.txt; the names. */
function spriteOfIcons() {
  const names = readFileSync(join(here, "icons.txt"), "utf8").split("\n").filter(Boolean);
  const symbols = names.map((name) => {
    const drawing = readFileSync(join(ICONS, `${name}.svg`), "utf8").match(/<path[^>]*\/>/g);
    const visible = drawing.filter((path) => !path.includes('stroke="none"')).join("");
    return `<symbol id="${name}" viewBox="0 0 24 24">${visible}</symbol>`;
  });
  const text = `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`;
  const file = written("icons", ".svg", text);
  return { names, file };
}

const common = {
  outdir: out,
  bundle: true,
  minify: true,
  target: ["es2022", "chrome110", "firefox110", "safari16.4"],
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  loader: { ".woff2": "file" },
  legalComments: "linked",
  metafile: true,
  logLevel: "warning",
};
const sources = (...names) => names.map((name) => join(here, "src", name));
const parts = await Promise.all([
  build({ ...common, entryPoints: sources("console.js", "console.css"), format: "esm", splitting: true }),
  build({ ...common, entryPoints: sources("theme.js"), format: "iife" }), // at once, before anything is drawn
]);

const served = {};
for (const [path, output] of parts.flatMap(({ metafile }) => Object.entries(metafile.outputs))) {
  if (output.entryPoint) {
    served[basename(output.entryPoint)] = basename(path);
  }
}
const icons = spriteOfIcons();
served["icons.svg"] = icons.file;
served["mark.svg"] = written("mark", ".svg", readFileSync(join(here, "mark.svg"), "utf8"));
writeFileSync(join(out, "manifest.json"), JSON.stringify({ files: served, icons: icons.names }, null, 1));

for (const file of readdirSync(out)) {
  if (/\.(js|css|svg)$/.test(file)) {
    const content = readFileSync(join(out, file));
    writeFileSync(join(out, `${file}.gz`), gzipSync(content, { level: 9 }));
    writeFileSync(join(out, `${file}.br`), brotliCompressSync(content));
  }
}
