import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { CommandError } from "../platform/command-error.ts";
import { ExpectedError } from "../platform/errors.ts";
import { Repository } from "../platform/git.ts";
import type { FetchPlace } from "./fetch-graph.ts";
import { show, type Target } from "./scope.ts";

/** The tip of a branch of the remote, right now. */
export async function readTip(repository: Repository, branch: string): Promise<string | undefined> {
  return (await repository.lsRemote([`refs/heads/${branch}`])).get(`refs/heads/${branch}`);
}

/** The commit that the remote refuses to send because it no longer has it, or undefined for any other failure. */
export function goneCommit(error: unknown): string | undefined {
  if (!(error instanceof CommandError)) return undefined;
  return /not our ref ([0-9a-f]{40,64})/.exec(error.stderrTail)?.[1];
}

/** The error for a commit of the event that the remote has lost. */
export function commitGone({ name, sha = "" }: Target, cause: unknown): ExpectedError {
  const problem = {
    code: "commit-gone",
    message: `the repository no longer has ${sha.slice(0, 12)}, which the event names for ${show(name)}: the branch was force-pushed or deleted meanwhile`,
    remedy: "look at the run of the newer push; if there is none, push the branch again",
  };
  return new ExpectedError(problem, { cause });
}

/** What a fetch that found no such ref means for the first branch that is not there; any other error stays as it is. */
export async function whyNotFound(place: FetchPlace, targets: readonly Target[], error: unknown): Promise<unknown> {
  if (!(error instanceof ExpectedError) || error.code !== "ref-not-found") return error;
  const refs = await (await emptyRepository(place)).lsRemote();
  const missing = targets.find(({ sha, branch }) => sha === undefined && !refs.has(`refs/heads/${branch}`));
  return missing?.branch === undefined ? error : branchMissing(missing.branch, refs);
}

async function emptyRepository({ dir, auth }: FetchPlace): Promise<Repository> {
  const folder = join(dir, "empty");
  await mkdir(folder, { recursive: true });
  const repository = Repository.open(folder, auth);
  await repository.git(["init", "--bare", "--quiet", "--template="]);
  await repository.git(["config", "remote.origin.url", auth.url]);
  return repository;
}

function branchMissing(branch: string, refs: ReadonlyMap<string, string>): ExpectedError {
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
