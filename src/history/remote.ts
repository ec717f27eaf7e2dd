import { mkdir } from "node:fs/promises";
import { CommandError } from "../platform/command-error.ts";
import { ExpectedError } from "../platform/errors.ts";
import { type GitAuth, Repository } from "../platform/git.ts";
import type { Point } from "./facts.ts";
import { type Question, show, type Target } from "./scope.ts";

/** A question whose head and base are commits now. */
export interface Pair {
  question: Question;
  head: Point;
  base: Point;
}

/** A bare repository without a single object that knows its remote; `dir` is made. */
export async function emptyRepository(dir: string, auth: GitAuth): Promise<Repository> {
  await mkdir(dir, { recursive: true });
  const repository = Repository.open(dir, auth);
  await repository.git(["init", "--bare", "--quiet", "--template=", "--initial-branch=main"]);
  await repository.git(["config", "remote.origin.url", auth.url]);
  return repository;
}

/** Finds the commits that the questions are about; one request to the remote, two when something is wrong. */
export async function resolvePairs(repository: Repository, questions: readonly Question[]): Promise<Pair[]> {
  const branches = new Set(questions.flatMap(({ head, base }) => [head, base].flatMap(branchToRead)));
  const tips = branches.size === 0 ? new Map<string, string>() : await readTips(repository, [...branches]);
  const point = (target: Target): Point => ({
    name: target.name,
    sha: target.sha ?? (tips.get(target.branch ?? "") as string),
  });
  return questions.map((question) => ({ question, head: point(question.head), base: point(question.base) }));
}

function branchToRead(target: Target): string[] {
  return target.sha === undefined && target.branch !== undefined ? [target.branch] : [];
}

/** The tips of branches of the remote; a branch that is not there is an `ExpectedError` that says why. */
export async function readTips(repository: Repository, branches: readonly string[]): Promise<Map<string, string>> {
  const refs = await repository.lsRemote(branches.map((branch) => `refs/heads/${branch}`));
  const tips = new Map<string, string>();
  for (const branch of branches) {
    const sha = refs.get(`refs/heads/${branch}`);
    if (sha === undefined) throw await whyMissing(repository, branch);
    tips.set(branch, sha);
  }
  return tips;
}

async function whyMissing(repository: Repository, branch: string): Promise<ExpectedError> {
  const refs = await repository.lsRemote();
  if (refs.size === 0) {
    const message = `the repository is empty: it has no branch ${show(branch)} and no other`;
    return new ExpectedError({ code: "empty-repository", message, remedy: "push the first commits, then run again" });
  }
  if (refs.has(`refs/tags/${branch}`)) {
    const message = `${show(branch)} is a tag; a branch cannot sit on a tag, which does not move with the work`;
    return new ExpectedError({ code: "not-a-branch", message, remedy: "name a branch" });
  }
  const names = [...refs.keys()].flatMap((ref) => (ref.startsWith("refs/heads/") ? [show(ref.slice(11))] : []));
  const known = names.length > 8 ? `${names.slice(0, 8).join(", ")} and ${names.length - 8} more` : names.join(", ");
  return new ExpectedError({
    code: "unknown-branch",
    message: `the repository has no branch ${show(branch)}; it has ${known || "no branch at all"}`,
    remedy: "correct the name (inputs `order`, `base`, `branch`), or restore the branch if it was deleted",
  });
}

/** The commit that the remote refuses to send because it no longer has it, or undefined for any other failure. */
export function goneCommit(error: unknown): string | undefined {
  if (!(error instanceof CommandError)) return undefined;
  return /not our ref ([0-9a-f]{40,64})/.exec(error.stderrTail)?.[1];
}
