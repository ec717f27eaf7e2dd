// `npm run bench [-- history|refresh|delta|cold-start ...]`: every figure beside its alternative, measured in the same run. Prints ratios; judges nothing.
import { readFile, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { type BenchRow, benchHistory } from "../test/bench/history.ts";
import { benchRefresh } from "../test/bench/refresh.ts";
import { refreshChart } from "../test/bench/refresh-chart.ts";
import { benchDelta } from "../test/bench/refresh-delta.ts";
import { printColdStarts } from "./cold-start.ts";

const root = join(import.meta.dirname, "..");
const only = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const wanted = (part: string) => only.length === 0 || only.includes(part);

const rows: BenchRow[] = [];
if (wanted("history")) rows.push(...(await benchHistory(join(root, ".cache", "bench"))));
const writes = process.argv.includes("--write");
const progress = (line: string) => console.error(line);
if (wanted("refresh")) {
  const { rows: measured, figures } = await benchRefresh(progress);
  rows.push(...measured);
  progress(JSON.stringify(figures, undefined, 1));
  if (writes) await writeTable("full", measured);
  if (writes) await writeFile(join(root, "docs", "benchmarks.svg"), refreshChart(figures));
}
if (only.includes("delta")) {
  const { rows: measured, figures } = await benchDelta(progress);
  rows.push(...measured);
  progress(JSON.stringify(figures, undefined, 1));
  if (writes) await writeTable("delta", measured);
}
console.log(`\n${tableOf(rows)}`);
if (wanted("cold-start")) printColdStarts(root);
console.log(`\nNode ${process.version}, ${availableParallelism()} cores`);

function tableOf(measured: readonly BenchRow[]): string {
  const lines = measured.map(
    ({ figure, ours, alternative, ratio, target }) =>
      `| ${[figure, ours, alternative, ratio, target].map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`,
  );
  return ["| figure | ours | alternative | ratio | target |", "| --- | --- | --- | --- | --- |", ...lines].join("\n");
}

/** Puts a table into docs/benchmarks.md, between marks where only the bench writes. */
async function writeTable(name: string, measured: readonly BenchRow[]): Promise<void> {
  const page = join(root, "docs", "benchmarks.md");
  const [begin, end] = [`<!-- bench ${name}: begin -->\n`, `<!-- bench ${name}: end -->`];
  const text = await readFile(page, "utf8");
  const [from, to] = [text.indexOf(begin) + begin.length, text.indexOf(end)];
  await writeFile(page, `${text.slice(0, from)}\n${tableOf(measured)}\n\n${text.slice(to)}`);
}
