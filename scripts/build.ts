// Builds dist/: tsc -> .build, one ncc bundle, a stub for each entry. `--check` fails when the committed dist differs.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { minify } from "terser";
import { printColdStarts } from "./cold-start.ts";
import { bundleStub, entries } from "./entries.ts";

const root = join(import.meta.dirname, "..");
const dist = join(root, "dist");
const limitBytes = 2.5 * 1024 * 1024;

const tool = (name: string, ...args: string[]) =>
  execFileSync(join(root, "node_modules", ".bin", name), args, { cwd: root, stdio: ["ignore", "pipe", "inherit"] });

async function build(): Promise<void> {
  rmSync(join(root, ".build"), { recursive: true, force: true });
  rmSync(dist, { recursive: true, force: true });
  tool("tsc", "--project", "tsconfig.build.json");
  tool("ncc", "build", ".build/index.js", "--out", "dist", "--license", "licenses.txt");
  await withoutComments(join(dist, "index.js"));
  for (const entry of entries(root)) writeFileSync(join(dist, `${entry.name}.js`), bundleStub(entry));
}

/** Drops comments, indentation and what nobody calls, more than half of the bundle; names stay, so that stack traces and diffs can be read. */
async function withoutComments(file: string): Promise<void> {
  const format = { comments: false, semicolons: false };
  const compress = { defaults: false, dead_code: true, unused: true };
  const { code } = await minify(readFileSync(file, "utf8"), { module: true, compress, mangle: false, format });
  if (code === undefined) throw new Error(`${file}: terser returned nothing`);
  writeFileSync(file, code);
}

function report(): void {
  let total = 0;
  for (const name of readdirSync(dist).sort()) {
    const path = join(dist, name);
    total += statSync(path).size;
    const sum = createHash("sha256").update(readFileSync(path)).digest("hex");
    console.log(`${sum}  ${String(statSync(path).size).padStart(8)}  dist/${name}`);
  }
  console.log(`dist: ${total} bytes of at most ${limitBytes}`);
  if (total > limitBytes) throw new Error(`dist is larger than ${limitBytes} bytes: a dependency has to go`);
}

function compareWithCommitted(): void {
  const git = (...args: string[]) => execFileSync("git", args, { cwd: root, encoding: "utf8" });
  const changes = git("status", "--porcelain", "--untracked-files=all", "--", "dist");
  if (changes !== "") throw new Error(`dist is stale; run \`npm run build\` and commit it:\n${changes}`);
  console.log("dist is current.");
}

await build();
report();
if (process.argv.includes("--check")) {
  printColdStarts(root);
  compareWithCommitted();
}
