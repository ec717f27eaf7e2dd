import type { BenchRow } from "./history.ts";
import type { RefreshFigures, Way } from "./refresh.ts";
import type { Latency } from "./refresh-probe.ts";

const DUMP = "pg_dump | pg_restore + UPDATE";
const TARGET = { dump: 4, pgcopydb: 3, memory: 300_000_000 };
/** Bytes. */
export const GB = 2 ** 30;

/** The table of one run; of our two refreshes the mean, and the larger memory. */
export function rowsOf({ source, ours, dump, pgcopydb, quiet }: RefreshFigures): BenchRow[] {
  const size = `${(source.bytes / GB).toFixed(1)} GB`;
  const [first, last] = ours;
  const seconds = mean(ours.map((way) => way.seconds));
  const usable = mean(ours.map(copySeconds));
  const peakBytes = Math.max(first.peakBytes, last.peakBytes);
  return [
    faster(`full masked refresh of ${size}, against ${DUMP}`, seconds, dump.seconds, TARGET.dump),
    faster("the same against pgcopydb + UPDATE", seconds, pgcopydb.seconds, TARGET.pgcopydb),
    faster(`until rows, indexes and constraints stand, against ${DUMP}`, usable, dump.seconds),
    throughput(source, seconds, dump.seconds),
    {
      figure: "peak memory of the process",
      ours: `${Math.round(peakBytes / 1e6)} MB`,
      alternative: "",
      ratio: "",
      target: `<= ${TARGET.memory / 1e6} MB`,
      met: peakBytes <= TARGET.memory,
    },
    {
      figure: "size of the copy",
      ours: gigabytes(last.bytes),
      alternative: gigabytes(dump.bytes),
      ratio: `${(dump.bytes / last.bytes).toFixed(1)}x`,
      target: "",
      met: true,
    },
    latencyRow("p50", quiet, last.latency, dump.latency),
    latencyRow("p99", quiet, last.latency, dump.latency),
  ];
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Seconds until the copy has rows, indexes and constraints: before it is verified and neutralized. */
export function copySeconds({ steps }: Way): number {
  const until = ["preflight", "snapshot", "plan", "schema", "copy", "constraints"];
  return until.reduce((sum, step) => sum + (steps[step] ?? 0), 0);
}

/** A row that compares seconds. */
export function faster(figure: string, ours: number, alternative: number, target?: number): BenchRow {
  const ratio = alternative / ours;
  return {
    figure,
    ours: `${ours.toFixed(1)} s`,
    alternative: `${alternative.toFixed(1)} s`,
    ratio: `${ratio.toFixed(1)}x`,
    target: target ? `>= ${target}x` : "",
    met: target === undefined || ratio >= target,
  };
}

function throughput(source: RefreshFigures["source"], ours: number, dump: number): BenchRow {
  const speed = (seconds: number) =>
    `${((source.bytes / GB / seconds) * 60).toFixed(1)} GB/min, ${Math.round(source.rows / seconds / 1000)} k rows/s`;
  const ratio = `${(dump / ours).toFixed(1)}x`;
  return {
    figure: "of production's size, the whole path",
    ours: speed(ours),
    alternative: speed(dump),
    ratio,
    target: "",
    met: true,
  };
}

function latencyRow(which: "p50" | "p99", quiet: Latency, ours?: Latency, dump?: Latency): BenchRow {
  const ms = (latency?: Latency) => `${latency?.[which].toFixed(2)} ms`;
  const figure = `point query of production meanwhile, ${which} (quiet: ${ms(quiet)})`;
  return { figure, ours: ms(ours), alternative: ms(dump), ratio: "", target: "", met: true };
}

const gigabytes = (bytes: number) => `${(bytes / GB).toFixed(2)} GB`;
