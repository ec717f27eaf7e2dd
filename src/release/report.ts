import { duration, escapeMarkdown, table } from "../platform/text.ts";
import { byModule, type Change } from "./changes.ts";
import type { Check, Outcome } from "./gate.ts";
import { MAX_CHANGES, type Review } from "./verify.ts";

const MARKS: Record<Outcome, string> = { passed: "✅ passed", failed: "❌ failed", "not measured": "⚪ not measured" };
const SUBJECTS_PER_MODULE = 5;

/** The release report in Markdown: what a reviewer reads before approving; `repositoryUrl` is the web page of the repository. */
export function renderReport(review: Review, repositoryUrl: string, now: Date): string {
  const { verdict, commit } = review;
  const refused = verdict.checks.filter(({ cure }) => cure !== undefined);
  return [
    `## Release ${commit.slice(0, 12)}: ${verdict.passed ? "proven on staging" : "refused"}`,
    ...refused.map(
      ({ outcome, name, found, cure }) =>
        `> ${MARKS[outcome]}: **${name}**: ${escapeMarkdown(found)}. ${escapeMarkdown(cure ?? "")}`,
    ),
    ...ruleSection(review.ruleChanges),
    table(["", ""], overview(review, repositoryUrl, now)),
    "### Checks",
    table(["Result", "Question", "Found"], verdict.checks.map(checkRow)),
    ...changesSection(review, repositoryUrl),
  ].join("\n\n");
}

function ruleSection(changes: readonly string[]): string[] {
  if (changes.length === 0) return [];
  const lines = changes.map((change) => `- ${escapeMarkdown(change)}`);
  return [["**This release changes the rules that releases are judged by:**", ...lines].join("\n")];
}

function checkRow({ outcome, name, found }: Check): string[] {
  return [MARKS[outcome], name, escapeMarkdown(found)];
}

function overview({ commit, base, verdict, changes }: Review, url: string, now: Date): string[][] {
  const { evidence, run } = verdict;
  const rows = [["Commit", link(commit, url)]];
  rows.push(["In production now", base.sha ? link(base.sha, url) : "no earlier release is known"]);
  if (changes) rows.push(["Commits", `${changes.length}${changes.length === MAX_CHANGES ? " or more" : ""}`]);
  if (!evidence) return [...rows, ["Staging", "**not measured**: no evidence"]];
  const { updated, installed } = evidence.modules;
  rows.push(
    ["Staging run", run ? `[run ${run.id}](${run.url}), attempt ${evidence.run_attempt}` : "unknown"],
    ["Modules updated there", modules(updated)],
    ["Modules installed there", modules(installed)],
    ["Update took there", duration(evidence.update_seconds * 1000)],
    ["Data it ran on", dataOf(evidence.copy, now)],
    ["Restore point", "A copy of the database, taken after users are locked out and before the first change."],
    ["If it fails", "The old version starts again with the old data, by itself; the site answers 503 meanwhile."],
    [
      "If a fault shows later",
      base.sha ? `Release a revert; the code before was ${link(base.sha, url)}.` : "Release a revert.",
    ],
  );
  return rows;
}

function dataOf(copy: { source_snapshot_at: string; rows: number } | null, now: Date): string {
  if (!copy) return "**not measured**: staging kept its own database";
  const age = now.getTime() - new Date(copy.source_snapshot_at).getTime();
  return `masked copy of production, ${duration(Math.max(0, age))} old (${copy.source_snapshot_at}), ${copy.rows.toLocaleString("en")} rows`;
}

function modules(names: string[]): string {
  return names.length === 0 ? "none" : `${names.length}: ${names.map((name) => `\`${name}\``).join(", ")}`;
}

function link(sha: string, url: string): string {
  return `[\`${sha.slice(0, 12)}\`](${url}/commit/${sha})`;
}

function changesSection({ changes }: Review, url: string): string[] {
  if (!changes || changes.length === 0) return [];
  const rows = byModule(changes).map(([module, list]) => [
    module ? `\`${module}\`` : "no module",
    String(list.length),
    [...list.slice(0, SUBJECTS_PER_MODULE).map((change) => line(change, url)), ...more(list)].join("<br>"),
  ]);
  return ["### Changes since production, by module", table(["Module", "Commits", "Newest first"], rows)];
}

function line({ sha, author, subject }: Change, url: string): string {
  return `${link(sha, url)} ${escapeMarkdown(subject.slice(0, 120))} (${escapeMarkdown(author)})`;
}

function more(list: Change[]): string[] {
  const hidden = list.length - SUBJECTS_PER_MODULE;
  return hidden > 0 ? [`and ${hidden} more`] : [];
}
