import { ExpectedError } from "../platform/errors.ts";
import type { Repository } from "../platform/git.ts";
import { describe, headerOf, parentsOf, type RawCommit, rewrite } from "./commits.ts";
import type { Twins } from "./duplicates.ts";
import type { Commit } from "./facts.ts";
import { readCommits, writeCommit } from "./objects.ts";

/** A commit that was replayed, and what became of it. */
export interface Moved {
  commit: Commit;
  newSha: string;
}

/** A commit that was left out because the base has its change; `twin` is that commit where one is known. */
export interface Dropped {
  commit: Commit;
  twin?: string;
}

/** A commit that does not apply on the base; `against` are the commits of the base that touched the same paths. */
export interface Conflict {
  commit: Commit;
  paths: string[];
  against: Commit[];
}

/** The result of a replay: a new tip, or the first conflict. */
type Replay = { tip: string; moved: Moved[]; dropped: Dropped[] } | { conflict: Conflict };

/** What to replay: `commits` oldest first, each the parent of the next, on top of `base`. */
interface ReplayRequest {
  base: string;
  forkPoint: string;
  commits: readonly string[];
  twins: readonly Twins[];
  committer: { name: string; email: string };
}

/** Replays commits on a base as `git rebase` would, without a work tree; writes objects only, moves no ref. */
export async function replay(repository: Repository, request: ReplayRequest): Promise<Replay> {
  const raws = await readCommits(repository, [request.base, request.forkPoint, ...request.commits]);
  const byId = new Map(raws.map((raw) => [raw.sha, raw]));
  const treeOf = (sha: string) => headerOf(byId.get(sha) as RawCommit, "tree") as string;
  const twinOf = new Map(request.twins.map(({ ahead, behind }) => [ahead, behind]));
  const committer = `${request.committer.name} <${request.committer.email}>`;
  const moved: Moved[] = [];
  const dropped: Dropped[] = [];
  let tip = { sha: request.base, tree: treeOf(request.base) };
  for (const sha of request.commits) {
    const raw = byId.get(sha) as RawCommit;
    const commit = describe(raw);
    const twin = twinOf.get(sha);
    if (twin !== undefined) {
      dropped.push({ commit, twin });
      continue;
    }
    const parentTree = treeOf(onlyParent(raw));
    const step = await mergeOnto(repository, raw, { parentTree, tipTree: tip.tree });
    if ("paths" in step)
      return { conflict: { commit, paths: step.paths, against: await touching(repository, request, step.paths) } };
    if (step.tree === tip.tree && treeOf(sha) !== parentTree) {
      dropped.push({ commit });
      continue;
    }
    const newSha = await writeCommit(repository, rewrite(raw, { tree: step.tree, parent: tip.sha, committer }));
    moved.push({ commit, newSha });
    tip = { sha: newSha, tree: step.tree };
  }
  await verify(repository, request, tip.sha, moved.length + dropped.length);
  return { tip: tip.sha, moved, dropped };
}

type Step = { tree: string } | { paths: string[] };

// `merge-tree --merge-base` needs git 2.40. A helper commit with the tip's tree on the commit's own parent makes that
// parent the merge base by itself, in every git that has `--write-tree` (2.38).
async function mergeOnto(
  repository: Repository,
  raw: RawCommit,
  trees: { parentTree: string; tipTree: string },
): Promise<Step> {
  if (trees.parentTree === trees.tipTree) return { tree: headerOf(raw, "tree") as string };
  const helper = await writeCommit(
    repository,
    rewrite(raw, { tree: trees.tipTree, parent: onlyParent(raw), committer: "replay <replay@localhost>" }),
  );
  const args = ["merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", helper, raw.sha];
  const { code, stdout } = await repository.git(args, { allowedExitCodes: [0, 1] });
  const [tree = "", ...paths] = stdout.split("\0").filter((part) => part !== "");
  return code === 0 ? { tree } : { paths: [...new Set(paths)] };
}

function onlyParent(raw: RawCommit): string {
  const [parent, ...others] = parentsOf(raw);
  if (parent === undefined || others.length > 0) throw new Error(`${raw.sha} is not a commit with one parent`);
  return parent;
}

async function touching(
  repository: Repository,
  { base, forkPoint }: ReplayRequest,
  paths: string[],
): Promise<Commit[]> {
  const range = ["--max-count=5", base, `^${forkPoint}`];
  const { stdout } = await repository.git(["--literal-pathspecs", "rev-list", ...range, "--", ...paths]);
  const shas = stdout.split("\n").filter((line) => line !== "");
  return (await readCommits(repository, shas)).map(describe);
}

async function verify(repository: Repository, request: ReplayRequest, tip: string, accounted: number): Promise<void> {
  const sits = await repository.isAncestor(request.base, tip);
  if (sits && accounted === request.commits.length) return;
  throw new ExpectedError({
    code: "replay-incomplete",
    message: `the replay on ${request.base.slice(0, 12)} gave ${tip.slice(0, 12)}, which does not account for all ${request.commits.length} commits`,
    remedy: "nothing was pushed; please report this with both commit ids",
  });
}
