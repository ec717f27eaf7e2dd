// `npm run bench`: every figure beside its alternative, measured in the same run. Prints ratios; judges nothing.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type BenchRow, benchHistory } from "../test/bench/history.ts";
import { entries } from "./entries.ts";

const root = join(import.meta.dirname, "..");
const rows: BenchRow[] = await benchHistory(join(root, ".cache", "bench"));
print(rows);
coldStarts();

function print(measured: BenchRow[]): void {
  console.log("\n| figure | ours | alternative | ratio | target |\n| --- | --- | --- | --- | --- |");
  for (const { figure, ours, alternative, ratio, target } of measured) {
    console.log(`| ${figure} | ${ours} | ${alternative} | ${ratio} | ${target} |`);
  }
}

/** How long an entry of the bundle takes until it has told what is wrong with a run without inputs. */
function coldStarts(): void {
  console.log("\n| cold start | median of 5 | target |\n| --- | --- | --- |");
  for (const { name } of entries(root)) {
    const file = join(root, "dist", `${name}.js`);
    if (!existsSync(file)) throw new Error("dist is missing: run `npm run build` first");
    const seconds = Array.from({ length: 5 }, () => timed(file)).sort((a, b) => a - b);
    console.log(`| ${name} | ${seconds[2]?.toFixed(2)} s | 0.3 s |`);
  }
  console.log(`\nNode ${process.version}, ${execFileSync("nproc").toString().trim()} cores`);
}

function timed(file: string): number {
  const started = performance.now();
  spawnSync(process.execPath, [file], { env: { PATH: process.env.PATH ?? "" }, input: "" });
  return (performance.now() - started) / 1000;
}
