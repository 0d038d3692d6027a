// Builds the page: ABIs to TypeScript, sources to pargrade/data/page.
//
//     node bridge/web/build.mjs            write what changed
//     node bridge/web/build.mjs --check    compare; write nothing; exit 1 on a difference
//     node bridge/web/build.mjs --sizes    write, and print what the page weighs, packed
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = join(HERE, "..", "..");
const ARTIFACTS = join(ROOT, "pargrade", "artifacts");
const ABI = join(HERE, "src", "abi");
const BUILT = join(ROOT, "pargrade", "data", "page");
const NOTE = "// Written by bridge/web/build.mjs from the contracts' artifacts: do not edit.\n";

/** Parts of an ABI that encode and decode; names of types are for people. */
function plain(entry) {
  if (Array.isArray(entry)) return entry.map(plain);
  if (entry === null || typeof entry !== "object") return entry;
  const kept = Object.entries(entry).filter(([name]) => name !== "internalType");
  return Object.fromEntries(kept.map(([name, value]) => [name, plain(value)]));
}

/** One module per contract with one constant per function, event and error: unused ones vanish. */
function abiModules() {
  const modules = new Map();
  for (const file of readdirSync(ARTIFACTS).filter((name) => name.endsWith(".json")).sort()) {
    const artifact = JSON.parse(readFileSync(join(ARTIFACTS, file), "utf8"));
    const lines = [NOTE];
    const seen = new Set();
    for (const entry of artifact.abi) {
      if (!["function", "event", "error"].includes(entry.type)) continue;
      const name = entry.type === "error" ? `error${entry.name}` : entry.name;
      // Of overloaded functions the first; the page calls none of them.
      if (seen.has(name)) continue;
      seen.add(name);
      lines.push(`export const ${name} = ${JSON.stringify(plain(entry))} as const;\n`);
    }
    const errors = artifact.abi.filter((entry) => entry.type === "error");
    lines.push(`export const errors = [${errors.map((e) => `error${e.name}`).join(", ")}] as const;\n`);
    for (const [name, words] of Object.entries(artifact.enums)) {
      lines.push(`export const ${name}Words = ${JSON.stringify(words)} as const;\n`);
    }
    modules.set(`${artifact.contractName}.ts`, lines.join(""));
  }
  return modules;
}

async function bundle() {
  const done = await build({
    absWorkingDir: ROOT,
    entryPoints: { page: "bridge/web/src/main.tsx" },
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    jsx: "automatic",
    jsxImportSource: "preact",
    legalComments: "none",
    charset: "utf8",
    outdir: BUILT,
    write: false,
    metafile: process.argv.includes("--sizes"),
    logLevel: "warning",
  });
  const files = new Map(done.outputFiles.map((file) => [file.path.slice(BUILT.length + 1), file.text]));
  for (const name of ["index.html", "icon.svg"]) {
    files.set(name, readFileSync(join(HERE, "src", name), "utf8"));
  }
  files.set("LICENSES.txt", licences());
  return { files, metafile: done.metafile };
}

/** The notices of what is bundled. */
function licences() {
  const names = ["preact", "uplot", "viem", "abitype", "ox", "@noble/hashes"];
  return names.map((name) => {
    const folder = join(ROOT, "node_modules", name);
    const about = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const found = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
    const text = found ? readFileSync(join(folder, found), "utf8").trim() : `${about.license}`;
    return `${name} ${about.version}\n\n${text}\n`;
  }).join("\n---\n\n");
}

/** Writes files that differ, removes others; with `check` only names them. */
function update(folder, files, check) {
  mkdirSync(folder, { recursive: true });
  const differing = [];
  for (const [name, text] of files) {
    let known = null;
    try {
      known = readFileSync(join(folder, name), "utf8");
    } catch {}
    if (known === text) continue;
    differing.push(join(folder, name));
    if (!check) writeFileSync(join(folder, name), text);
  }
  for (const name of readdirSync(folder).filter((each) => !files.has(each))) {
    differing.push(join(folder, name));
    if (!check) rmSync(join(folder, name));
  }
  return differing;
}

const check = process.argv.includes("--check");
// Sources of the sources, kept out of the repository: made in either case.
update(ABI, abiModules(), false);
const differing = [];
const { files, metafile } = await bundle();
differing.push(...update(BUILT, files, check));
if (check && differing.length) {
  console.error(`not what the sources give:\n  ${differing.join("\n  ")}\nrun: node bridge/web/build.mjs`);
  process.exit(1);
}
if (metafile) {
  const output = Object.values(metafile.outputs).find((each) => each.entryPoint);
  const largest = Object.entries(output.inputs)
    .map(([name, input]) => [input.bytesInOutput, name])
    .sort((a, b) => b[0] - a[0]);
  for (const [bytes, name] of largest.slice(0, 30)) console.log(String(bytes).padStart(8), name);
}
const loaded = [...files].filter(([name]) => name !== "LICENSES.txt");
const packed = loaded.reduce((sum, [, text]) => sum + gzipSync(text, { level: 9 }).length, 0);
console.log(`${differing.length} files changed; the page is ${(packed / 1000).toFixed(1)} kB packed`);
