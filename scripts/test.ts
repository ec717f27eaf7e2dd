// `npm test`: every part of the suite, `--fast` for the inner loop. The last line is `N passed, N failed`.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureSystemPackages } from "../test/workbench/system-packages.ts";
import { type PartResult, summarize, type VitestReport, vitestResult } from "./test-summary.ts";

const root = join(import.meta.dirname, "..");
const fast = process.argv.includes("--fast");
const scratch = mkdtempSync(join(tmpdir(), "odoo-pipeline-test-"));

/** Runs one of our own scripts; its exit code is the verdict. */
function script(name: string, ...args: string[]): PartResult {
  const { status } = spawnSync(process.execPath, [join(root, "scripts", name), ...args], {
    cwd: root,
    stdio: "inherit",
  });
  return { name: [name, ...args].join(" "), passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, notRun: [] };
}

/** Runs one vitest project; skipped tests are parts that this machine could not run. */
function vitest(project: string): PartResult {
  const output = join(scratch, `${project}.json`);
  const { status } = spawnSync(
    process.execPath,
    [
      join(root, "node_modules/vitest/vitest.mjs"),
      "run",
      "--project",
      project,
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${output}`,
    ],
    { cwd: root, stdio: "inherit" },
  );
  return vitestResult(project, status, () => JSON.parse(readFileSync(output, "utf8")) as VitestReport);
}

const parts: Array<() => PartResult> = fast
  ? [() => vitest("unit"), () => vitest("contract"), () => vitest("integration")]
  : [
      () => script("check.ts"),
      () => script("build.ts", "--check"),
      ...["unit", "contract", "integration", "process", "e2e", "lab"].map((project) => () => vitest(project)),
    ];

try {
  const missing = fast ? [] : ensureSystemPackages();
  const results = parts.map((part) => timed(part));
  const summary = summarize(results, missing, process.env.CI === "true");
  console.log(summary.text);
  process.exitCode = summary.exitCode;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function timed(part: () => PartResult): PartResult {
  const started = Date.now();
  const result = part();
  return { ...result, seconds: Math.round((Date.now() - started) / 1000) };
}
