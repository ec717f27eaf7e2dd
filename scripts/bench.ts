// `npm run bench`: every figure beside its alternative, measured in the same run. Prints ratios; judges nothing.
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { type BenchRow, benchHistory } from "../test/bench/history.ts";
import { printColdStarts } from "./cold-start.ts";

const root = join(import.meta.dirname, "..");
const rows: BenchRow[] = await benchHistory(join(root, ".cache", "bench"));
print(rows);
printColdStarts(root);
console.log(`\nNode ${process.version}, ${availableParallelism()} cores`);

function print(measured: BenchRow[]): void {
  console.log("\n| figure | ours | alternative | ratio | target |\n| --- | --- | --- | --- | --- |");
  for (const { figure, ours, alternative, ratio, target } of measured) {
    console.log(`| ${figure} | ${ours} | ${alternative} | ${ratio} | ${target} |`);
  }
}
