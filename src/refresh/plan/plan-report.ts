import { escapeMarkdown, table } from "../../platform/text.ts";
import type { PlanReport } from "./plan-mode.ts";

/** What a dry run found, as sections of a summary in Markdown. */
export function planSections({ diff, since, advisory }: PlanReport): string[] {
  return [diff ? differences(diff, since) : "No earlier plan is known to compare this one with.", lookAgain(advisory)];
}

function differences({ added, removed, changed }: NonNullable<PlanReport["diff"]>, since: string | undefined): string {
  const rows = [
    ...added.map(({ column, treatment }) => [column, "", treatment]),
    ...removed.map(({ column, treatment }) => [column, treatment, ""]),
    ...changed.map(({ column, treatment, before }) => [column, before, treatment]),
  ];
  if (rows.length === 0) return `The plan is the one of run ${since}.`;
  const title = `Plan against that of run ${since}: ${added.length} new, ${removed.length} gone, ${changed.length} changed`;
  return details(title, ["column", "before", "now"], rows);
}

function lookAgain(advisory: PlanReport["advisory"]): string {
  if (advisory.length === 0) return "";
  const rows = advisory.map(({ column, detector, filled, hits }) => [column, detector, `${hits} of ${filled}`]);
  return details(`Kept columns worth a second look (${advisory.length})`, ["column", "seen", "rows"], rows);
}

function details(title: string, head: string[], rows: string[][]): string {
  const body = table(
    head,
    rows.map((row) => row.map(escapeMarkdown)),
  );
  return `<details><summary>${escapeMarkdown(title)}</summary>\n\n${body}\n\n</details>`;
}
