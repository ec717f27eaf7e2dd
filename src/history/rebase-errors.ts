import { CommandError } from "../platform/command-error.ts";
import { ExpectedError } from "../platform/errors.ts";
import { PushRejectedError } from "../platform/git.ts";
import { plainText } from "../platform/log.ts";
import { quoteForShell } from "../platform/shell.ts";
import type { Commit, Comparison } from "./facts.ts";
import { cureOf } from "./repair.ts";
import type { Conflict } from "./replay.ts";
import { count } from "./verdict.ts";

/** A replay that met a conflict: nothing was pushed. */
export class ConflictError extends ExpectedError {
  readonly comparison: Comparison;
  readonly conflict: Conflict;

  constructor(comparison: Comparison, conflict: Conflict, cure: string[]) {
    const { head, base } = comparison;
    const against = conflict.against.map(brief).join(", ") || `the commits of ${base.name}`;
    const paths = conflict.paths.map((path) => plainText(path, 200));
    const message = `${head.name} cannot be replayed on ${base.name}: ${brief(conflict.commit)} conflicts with ${against} in ${paths.join(", ")}. Nothing was pushed.`;
    super({ code: "rebase-conflict", message, remedy: `resolve it by hand:\n${cure.join("\n")}` });
    this.comparison = comparison;
    this.conflict = conflict;
  }
}

/** The error of a conflict, with the commands to resolve it. */
export function conflictError(comparison: Comparison, conflict: Conflict): ConflictError {
  const [fetch, change, rebase, push] = cureOf("behind-base", comparison, []) as [string, string, string, string];
  const add = `git add -- ${conflict.paths.map(quoteForShell).join(" ")}`;
  const resolve = `# stops at ${conflict.commit.sha.slice(0, 12)}: edit the files, then`;
  return new ConflictError(comparison, conflict, [fetch, change, rebase, resolve, add, "git rebase --continue", push]);
}

/** A branch with merge commits is not replayed: which side of a merge counts is for people to say. */
export function mergesError(comparison: Comparison): ExpectedError {
  const merges = comparison.ahead.filter((commit) => commit.parents.length > 1);
  const list = merges.slice(0, 5).map(brief).join(", ");
  const message = `${comparison.head.name} has ${count(merges, "merge commit")}: ${list}. Nothing was pushed.`;
  const remedy = `flatten the branch once by hand:\n${cureOf("merge-commit", comparison, merges).join("\n")}`;
  return new ExpectedError({ code: "merge-commits", message, remedy });
}

/** Two branches without a common commit are not joined by machine. */
export function unrelatedError(comparison: Comparison): ExpectedError {
  const { head, base } = comparison;
  const message = `${head.name} and ${base.name} have no commit in common. Nothing was pushed.`;
  const remedy = `if ${head.name} really belongs on ${base.name}:\n${cureOf("unrelated-histories", comparison, []).join("\n")}`;
  return new ExpectedError({ code: "unrelated-histories", message, remedy });
}

/** Refuses a name or address that would break the header of a commit. */
export function requirePerson({ name, email }: { name: string; email: string }): void {
  if (/^[^<>\p{Cc}]+$/u.test(name) && /^[^<>\s\p{Cc}]+$/u.test(email)) return;
  const message = "the committer's name or e-mail holds <, >, a line break or nothing at all";
  throw new ExpectedError({ code: "invalid-committer", message, remedy: "correct committer-name and committer-email" });
}

/** Somebody moved the branch between our reading and our push; the push is atomic, so nothing was changed. */
export function raceLost(branch: string, cause: unknown): ExpectedError {
  const message = `${branch} moved while it was replayed, each time: somebody is pushing to it. Nothing was pushed.`;
  return new ExpectedError({ code: "race-lost", message, remedy: "run again when the branch is quiet" }, { cause });
}

/** Whether an error is that of `raceLost`. */
export function isRaceLost(error: unknown): boolean {
  return error instanceof ExpectedError && error.code === "race-lost";
}

/** What a refused push of a branch that nobody moved means; any other error is given back as it is. */
export function refusedPush(branch: string, error: unknown): unknown {
  if (!(error instanceof PushRejectedError)) return error;
  const said = error.cause instanceof CommandError ? error.cause.stderrTail : "";
  const reasons = plainText([...error.rejections.map(({ reason }) => reason), said].join("; "), 600);
  return /workflows? .*permission|workflow. scope/i.test(reasons) ? workflowError(branch, reasons, error) : error;
}

function workflowError(branch: string, reasons: string, cause: unknown): ExpectedError {
  const message = `GitHub refused the push of ${branch}, which brings changes of .github/workflows: ${reasons}`;
  const remedy =
    "GITHUB_TOKEN can never push workflow files: give the input `token` an installation token of a GitHub App with contents: write and workflows: write";
  return new ExpectedError({ code: "workflow-permission", message, remedy }, { cause });
}

function brief(commit: Commit): string {
  return `${commit.sha.slice(0, 12)} "${commit.subject}" (${commit.author})`;
}
