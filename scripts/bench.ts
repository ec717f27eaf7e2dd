// `npm run bench [-- history|refresh|cold-start ...]`: every figure beside its alternative, measured in the same run. Prints ratios; judges nothing.
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { type BenchRow, benchHistory } from "../test/bench/history.ts";
import { benchRefresh } from "../test/bench/refresh.ts";
import { printColdStarts } from "./cold-start.ts";

const root = join(import.meta.dirname, "..");
const only = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const wanted = (part: string) => only.length === 0 || only.includes(part);

const rows: BenchRow[] = [];
if (wanted("history")) rows.push(...(await benchHistory(join(root, ".cache", "bench"))));
if (wanted("refresh")) {
  const { rows: measured, figures } = await benchRefresh((line) => console.error(line));
  rows.push(...measured);
  console.error(JSON.stringify(figures, undefined, 1));
}
print(rows);
if (wanted("cold-start")) printColdStarts(root);
console.log(`\nNode ${process.version}, ${availableParallelism()} cores`);

function print(measured: BenchRow[]): void {
  console.log("\n| figure | ours | alternative | ratio | target |\n| --- | --- | --- | --- | --- |");
  for (const { figure, ours, alternative, ratio, target } of measured) {
    console.log(`| ${figure} | ${ours} | ${alternative} | ${ratio} | ${target} |`);
  }
}
