import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { GitAuth } from "../platform/git.ts";
import { Repository } from "../platform/git.ts";
import type { Log } from "../platform/log.ts";
import type { Graph } from "./graph.ts";

/** The part of the remote's history that was fetched, and the clone that holds its commit objects. */
export interface FetchedGraph {
  repository: Repository;
  graph: Graph;
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

/** Fetches the commits under `tips`, without trees, deeper and deeper until `suffices` says that the graph tells enough. */
export async function fetchGraph(
  place: FetchPlace,
  tips: readonly string[],
  suffices: (graph: Graph) => boolean,
): Promise<FetchedGraph> {
  const [first, ...deeper] = place.depths ?? DEPTHS;
  let fetched = await fetchDepth(place, tips, first);
  for (const depth of deeper) {
    if (suffices(fetched.graph)) break;
    place.log.debug(`history of ${fetched.graph.parents.size} commits tells too little, fetching ${depth ?? "all"}`);
    fetched = await fetchDepth(place, tips, depth);
  }
  return fetched;
}

async function fetchDepth(
  { log, auth, dir }: FetchPlace,
  tips: readonly string[],
  depth: number | undefined,
): Promise<FetchedGraph> {
  const folder = join(dir, `history-${depth ?? "all"}`);
  const options = { dir: folder, filter: "tree:0" as const, refs: [...new Set(tips)] };
  const repository = await Repository.clone(log, auth, depth === undefined ? options : { ...options, depth });
  return { repository, graph: await readGraph(repository, tips) };
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
