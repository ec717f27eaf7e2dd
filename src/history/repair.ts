import { quoteForShell as quote } from "../platform/shell.ts";
import type { Commit, Comparison, Rule } from "./facts.ts";

/** The commands that repair a finding, to be pasted into any clone; the pushes only work while nobody else has pushed. */
export function cureOf(rule: Rule, comparison: Comparison, commits: readonly Commit[]): string[] {
  const { head, base } = comparison;
  if (rule === "rewritten")
    return [
      `git fetch origin ${base.sha}`,
      `git push ${lease(head)} origin ${quote(`${base.sha}:refs/heads/${head.name}`)}`,
    ];
  const onto = comparison.rules.includes("rewritten") ? base.sha : `origin/${base.name}`;
  return [
    "git fetch origin",
    `git switch ${quote(head.name)}`,
    ...rework(rule, comparison, quote(onto), commits),
    push(head, rule, comparison),
  ];
}

function rework(rule: Rule, { ahead, lostBase }: Comparison, onto: string, commits: readonly Commit[]): string[] {
  switch (rule) {
    case "unrelated-histories":
      return [`git rebase --onto ${onto} --root`];
    case "base-rewritten":
      return [`git rebase --onto ${onto} ${lostBase}`];
    case "behind-base":
      return [ahead.length === 0 ? `git merge --ff-only ${onto}` : `git rebase ${onto}`];
    case "duplicate":
      return [
        `git rebase ${onto}   # leaves out ${commits
          .map((commit) => commit.sha.slice(0, 12))
          .slice(0, 5)
          .join(" ")}`,
      ];
    case "merge-commit":
      return [`git rebase ${onto}`];
    case "autosquash":
      return [`GIT_SEQUENCE_EDITOR=: git rebase --interactive --autosquash ${onto}`];
    case "unsigned":
      return [`git rebase --force-rebase --gpg-sign ${onto}`];
    case "rewritten":
      return [];
  }
}

function push(head: Comparison["head"], rule: Rule, { ahead }: Comparison): string {
  const target = quote(`HEAD:refs/heads/${head.name}`);
  const forward = rule === "behind-base" && ahead.length === 0;
  return forward ? `git push origin ${target}` : `git push ${lease(head)} origin ${target}`;
}

function lease(head: Comparison["head"]): string {
  return quote(`--force-with-lease=refs/heads/${head.name}:${head.sha}`);
}
