// The static gates: everything that can be said about the files without running them. All are run, then the verdict.
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { requireTool } from "../test/workbench/tools.ts";

const root = join(import.meta.dirname, "..");
const bin = (name: string) => join(root, "node_modules/.bin", name);

/** What biome formats and lints; named, since it would walk through `.cache` otherwise. */
const formatted = ["src", "test", "scripts", "vitest.config.ts", "package.json", "tsconfig.json"];

interface Gate {
  name: string;
  run(): Promise<string[]> | string[];
}

/** Runs a program; the problems are what it printed when it failed. */
function tool(program: string, args: string[], cwd = root): string[] {
  // The programs of packages look for `node` in PATH, and have to find the project's own.
  const env = { ...process.env, PATH: `${dirname(bin("node"))}${delimiter}${process.env.PATH}` };
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: "utf8", env });
  if (status === 0) return [];
  return [
    `${stdout ?? ""}${stderr ?? ""}${error?.message ?? ""}`.trim() || `${basename(program)} ended with ${status}`,
  ];
}

const gates: Gate[] = [
  { name: "format and lint (biome)", run: () => tool(bin("biome"), ["ci", "--colors=off", ...formatted]) },
  { name: "types (tsc)", run: () => tool(bin("tsc"), ["--noEmit"]) },
  { name: "unused files, exports, packages (knip)", run: () => tool(bin("knip"), []) },
  { name: "documents and their links (markdownlint)", run: () => tool(bin("markdownlint-cli2"), []) },
  { name: "tables in the documents", run: () => tool(process.execPath, ["scripts/docs.ts", "--check"]) },
  { name: "workflows (actionlint, shellcheck)", run: actionlint },
  { name: "workflow security (zizmor)", run: zizmor },
  { name: "shell scripts (shellcheck)", run: shellcheck },
];

/** actionlint does not know `$/` and `queue` yet: it looks at a copy where ours are local, so that it checks what is passed. */
async function actionlint(): Promise<string[]> {
  const [program, helper] = [await requireTool("actionlint"), await requireTool("shellcheck")];
  const copy = mkdtempSync(join(tmpdir(), "actionlint-"));
  try {
    execFileSync("git", ["init", "--quiet", copy]);
    cpSync(join(root, "actions"), join(copy, "actions"), { recursive: true });
    cpSync(join(root, ".github/actionlint.yaml"), join(copy, ".github/actionlint.yaml"));
    mkdirSync(join(copy, ".github/workflows"));
    mkdirSync(join(copy, "dist"));
    for (const action of readdirSync(join(root, "actions"))) writeFileSync(join(copy, "dist", `${action}.js`), "");
    for (const path of workflows()) {
      const name = path.startsWith(".github/") ? basename(path) : path.replaceAll("/", "-");
      writeFileSync(join(copy, ".github/workflows", name), localParts(readFileSync(join(root, path), "utf8")));
    }
    return tool(program, ["-no-color", "-shellcheck", helper, "-pyflakes", ""], copy);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function workflows(): string[] {
  const isWorkflow = (path: string) => /\.github\/workflows\/[^/]+\.yml$/.test(path);
  return execFileSync("git", ["ls-files", "-co", "--exclude-standard", "--", "*.yml"], { cwd: root, encoding: "utf8" })
    .split("\n")
    .filter((path) => isWorkflow(path) && !path.startsWith("test/"));
}

function localParts(text: string): string {
  const { repository } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { repository: string };
  const slug = repository.replace("github:", "");
  return text
    .replaceAll("uses: $/", "uses: ./")
    .replace(new RegExp(`uses: ${slug}/(\\S+)@v\\d+`, "g"), "uses: ./$1")
    .replace(/^ +queue: max\n/gm, "");
}

async function zizmor(): Promise<string[]> {
  const args = ["--offline", "--persona=auditor", "--no-progress", "--color=never", "--config=zizmor.yml"];
  return tool(await requireTool("zizmor"), [...args, ".github", "actions", ...templates()]);
}

function templates(): string[] {
  return readdirSync(join(root, "action-templates"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join("action-templates", name, ".github"));
}

async function shellcheck(): Promise<string[]> {
  const listed = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "--", "*.sh"], {
    cwd: root,
    encoding: "utf8",
  });
  const scripts = [...listed.split("\n").filter(Boolean)];
  return scripts.length > 0 ? tool(await requireTool("shellcheck"), scripts) : [];
}

let failed = 0;
for (const { name, run } of gates) {
  const started = Date.now();
  const problems = await run();
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(`${problems.length === 0 ? "ok    " : "FAILED"}  ${name} (${seconds} s)`);
  for (const problem of problems) console.log(problem.replace(/^/gm, "        "));
  if (problems.length > 0) failed += 1;
}
console.log(`${gates.length - failed} gates passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
