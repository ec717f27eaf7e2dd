import { plainText } from "../platform/log.ts";
import { escapeMarkdown, table } from "../platform/text.ts";
import type { Commit, Comparison, Finding, Point } from "./facts.ts";
import { count, isLinear } from "./verdict.ts";

/** Everything a check found out: comparisons are the facts, findings what is wrong in them. */
export interface CheckReport {
  verdict: "linear" | "broken";
  comparisons: Comparison[];
  findings: Finding[];
}

const MAX_ROWS = 20;
const MAX_JSON_COMMITS = 100;
const MAX_DRAWN = 12;

/** Puts a report together from facts and findings. */
export function reportOf(comparisons: Comparison[], findings: Finding[]): CheckReport {
  return { verdict: isLinear(findings) ? "linear" : "broken", comparisons, findings };
}

/** The verdict in one line of plain text. */
export function headline({ comparisons, findings, verdict }: CheckReport): string {
  const pairs = comparisons.map(({ head, base }) => `${head.name} on ${base.name}`).join(", ");
  if (findings.length === 0) return `linear: ${pairs}`;
  const problems = findings.map((finding) => finding.message).join("; ");
  return `${verdict === "linear" ? "linear, with warnings" : "not linear"}: ${problems}`;
}

/** The report for a job summary, in Markdown. */
export function markdown(report: CheckReport): string {
  const good = report.verdict === "linear";
  const rows = report.comparisons.map((c) => [
    escapeMarkdown(c.head.name),
    escapeMarkdown(c.base.name),
    String(c.ahead.length),
    String(c.behind.length),
    report.findings.some((f) => f.head === c.head.name && f.base === c.base.name && f.severity === "error")
      ? "❌"
      : "✅",
  ]);
  return [
    `### ${good ? "✅ History is linear" : "❌ History is not linear"}`,
    table(["branch", "sits on", "commits of its own", "missing commits", "verdict"], rows),
    ...report.comparisons.map((comparison) => fenced(graph(comparison))),
    ...report.comparisons.flatMap(unseenNote),
    ...report.findings.map(section),
  ].join("\n\n");
}

function unseenNote({ duplicatesUnseen, head, base }: Comparison): string[] {
  if (duplicatesUnseen === undefined) return [];
  const names = `${escapeMarkdown(head.name)} and ${escapeMarkdown(base.name)}`;
  return [`Same changes on both sides were not searched: ${names} differ by ${duplicatesUnseen} commits.`];
}

function section(finding: Finding): string {
  const rows = finding.commits
    .slice(0, MAX_ROWS)
    .map((commit) => [`\`${commit.sha.slice(0, 12)}\``, escapeMarkdown(commit.author), escapeMarkdown(commit.subject)]);
  const more = finding.commits.length - rows.length;
  return [
    `#### ${finding.severity === "error" ? "❌" : "⚠️"} ${escapeMarkdown(finding.message)}`,
    table(["commit", "author", "subject"], rows),
    ...(more > 0 ? [`... and ${count(more, "commit")} more`] : []),
    "Repair:",
    fenced(finding.cure.join("\n"), "sh"),
  ].join("\n\n");
}

/** A small picture of two branches as plain text, oldest commit on the left. */
export function graph({ head, base, ahead, behind, forkPoint }: Comparison): string {
  const ends = { head: place(head), base: place(base) };
  const key = legend(ahead);
  const lines = (...rows: string[]) => [...rows, ...(key === "" ? [] : [key])].join("\n");
  if (forkPoint === undefined) return lines(`${line(behind)}  ${ends.base}`, `${line(ahead)}  ${ends.head}`);
  if (behind.length === 0 && ahead.length === 0) return lines(`● ${ends.base} = ${ends.head}`);
  if (behind.length === 0) return lines(`${ends.base} ●──${line(ahead)}  ${ends.head}`);
  const fork = `${forkPoint.slice(0, 9)} ●`;
  if (ahead.length === 0) return lines(`${ends.head} ●──${line(behind)}  ${ends.base}`);
  const indent = " ".repeat(fork.length);
  return lines(`${fork}─┬─${line(behind)}  ${ends.base}`, `${indent} ╰─${line(ahead)}  ${ends.head}`);
}

function place(point: Point): string {
  return `${plainText(point.name, 60)} (${point.sha.slice(0, 9)})`;
}

function line(commits: readonly Commit[]): string {
  const drawn = commits.slice(0, MAX_DRAWN).map(sign).reverse().join("──");
  return commits.length > MAX_DRAWN ? `┄┄${drawn}` : drawn;
}

function sign(commit: Commit): string {
  if (commit.parents.length > 1) return "M";
  return /^(fixup|squash|amend)! /.test(commit.subject) ? "F" : "○";
}

function legend(commits: readonly Commit[]): string {
  const shown = commits.slice(0, MAX_DRAWN).map(sign);
  const words = [shown.includes("M") ? "M merge commit" : "", shown.includes("F") ? "F fixup" : ""];
  return words.filter((word) => word !== "").join(", ");
}

/** A code block that holds any text: its fence is longer than every run of backticks in it. */
export function fenced(text: string, language = "text"): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}

/** The report as JSON for other steps; lists are cut to 100 commits, `total` says how many there are. */
export function json(report: CheckReport): string {
  const brief = (commits: readonly Commit[]) => ({
    total: commits.length,
    commits: commits.slice(0, MAX_JSON_COMMITS).map(({ sha, author, subject }) => ({ sha, author, subject })),
  });
  return JSON.stringify({
    verdict: report.verdict,
    comparisons: report.comparisons.map(({ head, base, ahead, behind, forkPoint, duplicates, duplicatesUnseen }) => ({
      ...{ head, base, ahead: ahead.length, behind: behind.length },
      ...{ forkPoint: forkPoint ?? null, duplicates: duplicates.slice(0, MAX_JSON_COMMITS) },
      ...(duplicatesUnseen === undefined ? {} : { duplicatesUnseen }),
    })),
    findings: report.findings.map(({ commits, ...finding }) => ({ ...finding, ...brief(commits) })),
  });
}
