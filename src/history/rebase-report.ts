import { quoteForShell } from "../platform/shell.ts";
import { escapeMarkdown, table } from "../platform/text.ts";
import type { Commit, Point } from "./facts.ts";
import type { ConflictError } from "./rebase-errors.ts";
import type { Dropped, Moved } from "./replay.ts";
import { fenced } from "./report.ts";
import { count } from "./verdict.ts";

/** What a rebase did, or would do when `dryRun`; `moved` and `dropped` are oldest first. */
export interface RebaseReport {
  branch: string;
  base: Point;
  oldSha: string;
  newSha: string;
  /** Commits of the base that the branch did not have. */
  gained: number;
  moved: Moved[];
  dropped: Dropped[];
  /** Files of `.github/workflows` that the push changes: the token needs the right to. */
  workflowFiles: string[];
  dryRun: boolean;
  /** Where the old tip is kept; absent when nothing changed. */
  backupRef?: string;
}

const MAX_ROWS = 30;

/** Whether the branch has, or would get, another tip. */
export function isChanged({ oldSha, newSha }: RebaseReport): boolean {
  return oldSha !== newSha;
}

/** What happened in one line of plain text. */
export function rebaseHeadline(report: RebaseReport): string {
  const { branch, base, moved, dropped, gained, dryRun } = report;
  if (!isChanged(report)) return `${branch} already contains ${base.name}: nothing to do`;
  const left = dropped.length === 0 ? "" : `, ${count(dropped, "commit")} already there left out`;
  const done = moved.length + dropped.length === 0 ? "moved forward to" : "rebased on";
  return `${branch} ${dryRun ? "would be " : ""}${done} ${base.name}: ${gained} new from ${base.name}, ${moved.length} replayed${left}`;
}

/** One command that brings the old tip back, as long as nobody has pushed since. */
export function undoCommand({ branch, newSha, backupRef }: RebaseReport): string | undefined {
  if (backupRef === undefined) return undefined;
  const ref = quoteForShell(`${backupRef}:${backupRef}`);
  const lease = quoteForShell(`--force-with-lease=refs/heads/${branch}:${newSha}`);
  return `git fetch origin ${ref} && git push ${lease} origin ${quoteForShell(`${backupRef}:refs/heads/${branch}`)}`;
}

/** The report for a job summary, in Markdown. */
export function rebaseMarkdown(report: RebaseReport): string {
  const undo = report.dryRun ? undefined : undoCommand(report);
  const tips = `\`${report.oldSha.slice(0, 12)}\` → \`${report.newSha.slice(0, 12)}\``;
  return [
    `### ${isChanged(report) ? "🔁" : "✅"} ${escapeMarkdown(rebaseHeadline(report))}`,
    ...(isChanged(report) ? [tips] : []),
    ...commitTable(
      "Replayed",
      report.moved.map(({ commit, newSha }) => [commit, `now \`${newSha.slice(0, 12)}\``]),
    ),
    ...commitTable(
      "Left out",
      report.dropped.map(({ commit, twin }) => [commit, whyDropped(report.base.name, twin)]),
    ),
    ...workflowNote(report.workflowFiles),
    ...(undo === undefined ? [] : ["Undo, while nobody has pushed since:", fenced(undo, "sh")]),
  ].join("\n\n");
}

function workflowNote(files: readonly string[]): string[] {
  if (files.length === 0) return [];
  return [
    `Workflow files change, which only a token with that right can push: ${files.map(escapeMarkdown).join(", ")}`,
  ];
}

function whyDropped(base: string, twin: string | undefined): string {
  const name = escapeMarkdown(base);
  return twin === undefined ? `${name} has all of it` : `on ${name} as \`${twin.slice(0, 12)}\``;
}

function commitTable(title: string, rows: [Commit, string][]): string[] {
  if (rows.length === 0) return [];
  const shown = rows.slice(-MAX_ROWS);
  const older = rows.length - shown.length;
  const cells = shown.map(([commit, note]) => [...commitCells(commit), note]);
  const heading = `**${title}: ${count(rows, "commit")}**${older > 0 ? ` (the last ${MAX_ROWS} are shown)` : ""}`;
  return [heading, table(["commit", "author", "subject", ""], cells)];
}

function commitCells({ sha, author, subject }: Commit): string[] {
  return [`\`${sha.slice(0, 12)}\``, escapeMarkdown(author), escapeMarkdown(subject)];
}

/** A conflict for a job summary, in Markdown. */
export function conflictMarkdown({ comparison, conflict, remedy }: ConflictError): string {
  const { head, base } = comparison;
  const rows = [
    [escapeMarkdown(head.name), ...commitCells(conflict.commit)],
    ...conflict.against.map((commit) => [escapeMarkdown(base.name), ...commitCells(commit)]),
  ];
  return [
    `### ❌ ${escapeMarkdown(head.name)} cannot be replayed on ${escapeMarkdown(base.name)}: conflict, nothing was pushed`,
    table(["side", "commit", "author", "subject"], rows),
    `In ${conflict.paths.map(escapeMarkdown).join(", ")}.`,
    fenced(remedy.split("\n").slice(1).join("\n"), "sh"),
  ].join("\n\n");
}

/** The report as JSON for other steps. */
export function rebaseJson(report: RebaseReport): string {
  const brief = ({ sha, author, subject }: Commit) => ({ sha, author, subject });
  return JSON.stringify({
    ...report,
    changed: isChanged(report),
    moved: report.moved.slice(0, 500).map(({ commit, newSha }) => ({ ...brief(commit), newSha })),
    dropped: report.dropped.slice(0, 500).map(({ commit, twin }) => ({ ...brief(commit), twin: twin ?? null })),
  });
}
