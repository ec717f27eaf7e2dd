// `npm run bench [-- history|refresh|cold-start ...]`: every figure beside its alternative, measured in the same run. Prints ratios; judges nothing.
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
if (wanted("refresh")) {
  const { rows: measured, figures } = await benchRefresh((line) => console.error(line));
  rows.push(...measured);
  console.error(JSON.stringify(figures, undefined, 1));
  if (process.argv.includes("--write")) await writeDocs(measured, refreshChart(figures));
}
if (only.includes("delta")) rows.push(...(await benchDelta((line) => console.error(line))).rows);
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

/** Puts table and chart into docs/, where only the bench writes them. */
async function writeDocs(measured: readonly BenchRow[], chart: string): Promise<void> {
  const page = join(root, "docs", "benchmarks.md");
  const [before = "", rest = ""] = (await readFile(page, "utf8")).split(/(?<=<!-- bench:begin -->\n)/);
  const after = rest.slice(rest.indexOf("<!-- bench:end -->"));
  await writeFile(page, `${before}\n${tableOf(measured)}\n\n${after}`);
  await writeFile(join(root, "docs", "benchmarks.svg"), chart);
}
