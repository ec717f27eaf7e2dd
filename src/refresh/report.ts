import { bytes, duration, escapeMarkdown, table } from "../platform/text.ts";
import { planSections } from "./plan/plan-report.ts";
import type { RefreshResult } from "./request.ts";
import { unitOf } from "./verify/scan-verdict.ts";
import type { SeenInKept } from "./verify/seen-in-kept.ts";

/** The job summary of a refresh, Markdown. */
export function refreshReport(result: RefreshResult, title: string): string {
  const sections = [
    `## ${escapeMarkdown(title)}`,
    verdict(result),
    figures(result),
    ...(result.seenInKept ? inKept(result.seenInKept) : []),
    "### Masks",
    table(
      ["mask", "columns"],
      Object.entries(result.masks)
        .sort((a, b) => b[1] - a[1])
        .map(([mask, columns]) => [mask === "null" ? "emptied" : mask, String(columns)]),
    ),
    details(
      "Slowest tables",
      result.slowest.map(({ name, rows, bytes: sent, seconds }) => [
        name,
        `${rows.toLocaleString("en")} rows, ${bytes(sent)}, ${seconds.toFixed(1)} s`,
      ]),
      "rows",
    ),
    details(
      "Tables whose rows stayed in production",
      result.emptied.map((e) => [e.table, e.because]),
    ),
    ...(result.plan ? planSections(result.plan) : []),
    ...result.warnings.map((warning) => `> ${escapeMarkdown(warning)}`),
  ];
  return `${sections.filter((section) => section !== "").join("\n\n")}\n`;
}

const SHOWN = 20;

/** What a reviewer is to judge: nobody's value that we know, but it looks like somebody's. */
function inKept({ total, most, onlyWritten }: SeenInKept): string[] {
  const rows = most
    .slice(0, SHOWN)
    .map(({ table: name, column, detector, count, because }) =>
      [name, column, detector, `${count.toLocaleString("en")} ${unitOf({ detector, count })}`, because].map(
        escapeMarkdown,
      ),
    );
  const counted = onlyWritten ? " Counted are rows that changed since the golden copy was proved." : "";
  return [
    "### Seen in kept columns",
    `A value of a masked column would have ended the refresh. What stands here belongs to nobody we know, or is a name that Odoo's own texts hold by chance. Where the reason does not hold, write a rule that masks the column.${counted}`,
    table(["table", "column", "seen", "how many", "kept because"], rows),
    total > rows.length ? `and ${total - rows.length} more, in the manifest of the copy` : "",
  ];
}

function verdict(result: RefreshResult): string {
  if (!result.database) return "Plan only: nothing was copied and nothing was changed.";
  const where = result.activated
    ? `It is staging now${result.previous ? `; the database before it is kept as \`${result.previous}\`` : ""}.`
    : `It waits as \`${result.database}\` for the deployment.`;
  return `A masked, neutralized and verified copy of production as of ${result.snapshotAt ?? "now"}. ${where}`;
}

function figures(result: RefreshResult): string {
  const seconds = Object.values(result.seconds).reduce((sum, value) => sum + value, 0);
  const rows: [string, string][] = [
    ["rows", result.rows.toLocaleString("en")],
    ["tables", `${result.tables.copied} copied, ${result.tables.emptied} structure only`],
    ["sent", bytes(result.bytes)],
    [
      "columns kept",
      `${result.kept.byRule} by rule, ${result.kept.byCatalogue} by catalogue, ${result.kept.byType} by type`,
    ],
    ["time", `${duration(seconds * 1000)} (${phases(result.seconds)})`],
  ];
  if (result.protectedBy) {
    rows.push(["real values", `kept in production by ${result.protectedBy === "server" ? "its server" : "the plan"}`]);
  }
  if (result.databaseBytes) {
    rows.push([
      "size",
      `${bytes(result.databaseBytes.source)} in production, ${bytes(result.databaseBytes.copy)} here`,
    ]);
  }
  if (result.way) rows.push(["way", way(result.way)]);
  if (result.golden) rows.push(["golden copy", `kept as \`${result.golden}\``]);
  if (result.files) {
    const { linked, copied, present, vanished } = result.files;
    rows.push(["files", `${linked} linked, ${copied} copied, ${present} already there, ${vanished} gone meanwhile`]);
  }
  return table(["", ""], rows);
}

function way({ kind, because, changed, since }: NonNullable<RefreshResult["way"]>): string {
  const what = changed
    ? `${changed.rows.toLocaleString("en")} rows of ${changed.tables} tables changed since ${since}`
    : "";
  return escapeMarkdown(`${kind}: ${[because, what].filter(Boolean).join("; ")}`);
}

function phases(seconds: Record<string, number>): string {
  return Object.entries(seconds)
    .map(([phase, value]) => `${phase} ${duration(value * 1000)}`)
    .join(", ");
}

function details(title: string, rows: string[][], about = "because"): string {
  if (rows.length === 0) return "";
  const body = table(
    ["table", about],
    rows.map((row) => row.map(escapeMarkdown)),
  );
  return `<details><summary>${title} (${rows.length})</summary>\n\n${body}\n\n</details>`;
}
