// `npm test`: every part of the suite, `--fast` for the inner loop. The last line is `N passed, N failed`.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureSystemPackages } from "../test/workbench/system-packages.ts";
import { type PartResult, summarize, type VitestReport, vitestResult } from "./test-summary.ts";

const root = join(import.meta.dirname, "..");
const fast = process.argv.includes("--fast");
const scratch = mkdtempSync(join(tmpdir(), "odoo-pipeline-test-"));

/** Deployments of a real Odoo take their time: not for the inner loop. */
const slow = ["deploy", "crash", "killed-guard"].map((name) => `test/integration/deploy/${name}.test.ts`);

type Part = () => Promise<PartResult>;

async function run(args: string[]): Promise<number | null> {
  const child = spawn(process.execPath, args, { cwd: root, stdio: "inherit" });
  const [status] = (await once(child, "exit")) as [number | null];
  return status;
}

/** One of our own scripts; its exit code is the verdict. */
function script(name: string, ...args: string[]): Part {
  return async () => {
    const good = (await run([join(root, "scripts", name), ...args])) === 0;
    return { name: [name, ...args].join(" "), passed: good ? 1 : 0, failed: good ? 0 : 1, notRun: [] };
  };
}

/** One vitest project, or a shard of it; skipped tests are what this machine could not run. */
function vitest(project: string, ...args: string[]): Part {
  return async () => {
    const name = [project, ...args.filter((word) => word.startsWith("--shard"))].join(" ");
    const output = join(scratch, `${name.replace(/\W/g, "-")}.json`);
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${output}`];
    const program = join(root, "node_modules/vitest/vitest.mjs");
    const status = await run([program, "run", "--project", project, ...reporters, ...args]);
    return vitestResult(name, status, () => JSON.parse(readFileSync(output, "utf8")) as VitestReport);
  };
}

/** A project in parts that run at once: its tests wait for servers more than they compute. */
function inShards(project: string, count: number, ...args: string[]): Part[] {
  return Array.from({ length: count }, (_, index) => vitest(project, `--shard=${index + 1}/${count}`, ...args));
}

/** Steps one after the other, the parts of a step at once. */
const steps: Part[][] = fast
  ? [
      [
        vitest("unit"),
        vitest("contract"),
        ...inShards("integration", 3, ...slow.flatMap((file) => ["--exclude", file])),
      ],
    ]
  : [
      [script("check.ts")],
      [script("build.ts", "--check")],
      ...["unit", "contract", "integration", "process", "e2e", "lab"].map((project) => [vitest(project)]),
    ];

try {
  const missing = fast ? [] : ensureSystemPackages();
  const results: PartResult[] = [];
  for (const step of steps) results.push(...(await Promise.all(step.map(timed))));
  const summary = summarize(results, missing, process.env.CI === "true");
  console.log(summary.text);
  process.exitCode = summary.exitCode;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

async function timed(part: Part): Promise<PartResult> {
  const started = Date.now();
  const result = await part();
  return { ...result, seconds: Math.round((Date.now() - started) / 1000) };
}
