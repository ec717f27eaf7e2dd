import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type GitAuth, Repository } from "../platform/git.ts";
import type { Log } from "../platform/log.ts";
import type { Graph } from "./graph.ts";
import type { Target } from "./scope.ts";

/** The part of the remote's history that was fetched, and the clone that holds its commit objects. */
export interface FetchedGraph {
  repository: Repository;
  graph: Graph;
  /** The commit of a target that was asked for. */
  shaOf(target: Target): string;
}

/** Where and how to fetch. */
export interface FetchPlace {
  log: Log;
  auth: GitAuth;
  /** A folder for any number of clones. */
  dir: string;
  /** How deep each attempt looks, the last one without limit; by default 1000, 16000, all. */
  depths?: readonly (number | undefined)[];
}

// Most branches differ by a few commits. A wider look is a new clone, since deepening an old one is slower than that:
// the server sends each step against what the client has (measured: 9 s to unshallow, 1 s to clone 60 000 commits).
const DEPTHS: readonly (number | undefined)[] = [1_000, 16_000, undefined];

/** Fetches the commits under `targets`, without trees, deeper and deeper until `suffices` says that the graph tells enough. */
export async function fetchGraph(
  place: FetchPlace,
  targets: readonly Target[],
  suffices: (fetched: FetchedGraph) => boolean,
): Promise<FetchedGraph> {
  const [first, ...deeper] = place.depths ?? DEPTHS;
  const repository = await clone(place, targets.map(refspecOf), first);
  const shaOf = await readTips(repository);
  const tips = targets.map(shaOf);
  let fetched = { repository, graph: await readGraph(repository, tips), shaOf };
  for (const depth of deeper) {
    if (suffices(fetched)) break;
    place.log.debug(`history of ${fetched.graph.parents.size} commits tells too little, fetching ${depth ?? "all"}`);
    const wider = await clone(place, tips, depth);
    fetched = { repository: wider, graph: await readGraph(wider, tips), shaOf };
  }
  return fetched;
}

function clone({ log, auth, dir }: FetchPlace, refs: string[], depth: number | undefined): Promise<Repository> {
  const options = { dir: join(dir, `history-${depth ?? "all"}`), filter: "tree:0" as const, refs: [...new Set(refs)] };
  return Repository.clone(log, auth, depth === undefined ? options : { ...options, depth });
}

// Branches are found by the fetch itself: one conversation with the server instead of two.
function refspecOf({ branch, sha }: Target): string {
  return sha ?? `+refs/heads/${branch}:refs/tips/${branch}`;
}

async function readTips(repository: Repository): Promise<(target: Target) => string> {
  const { stdout } = await repository.git(["for-each-ref", "--format=%(refname) %(objectname)", "refs/tips/"]);
  const tips = new Map(stdout.split("\n").map((line) => line.split(" ") as [string, string]));
  return ({ branch, sha }) => {
    const found = sha ?? tips.get(`refs/tips/${branch}`);
    if (found === undefined) throw new Error(`git fetched no commit for ${branch}`);
    return found;
  };
}

async function readGraph(repository: Repository, tips: readonly string[]): Promise<Graph> {
  const args = ["rev-list", "--topo-order", "--parents", ...new Set(tips)];
  const { stdout } = await repository.git(args, { maxOutputBytes: 1 << 29 });
  const parents = new Map<string, string[]>();
  for (const line of stdout.split("\n")) {
    const [sha, ...rest] = line.split(" ");
    if (sha) parents.set(sha, rest);
  }
  return { parents, boundary: await readBoundary(repository) };
}

async function readBoundary(repository: Repository): Promise<Set<string>> {
  const text = await readFile(join(repository.dir, "shallow"), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  return new Set(text.split("\n").filter((line) => line !== ""));
}
