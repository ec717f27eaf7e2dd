/** Known commits with their known parents; children come before parents in `parents`. */
export interface Graph {
  parents: ReadonlyMap<string, readonly string[]>;
  /** Commits whose real parents are unknown, because the clone is shallow there. */
  boundary: ReadonlySet<string>;
}

/** The symmetric difference of two commits; `certain` tells whether hidden history could change it. */
export interface Relation {
  ahead: string[];
  behind: string[];
  forkPoint?: string;
  certain: boolean;
}

const MAX_BOUNDARY = 512;

/** Relates two commits of a graph, and tells whether a deeper graph could give another answer. */
export function relate(graph: Graph, base: string, head: string): Relation {
  const underBase = reachable(graph, base);
  const underHead = reachable(graph, head);
  const known = [...graph.parents.keys()];
  const ahead = known.filter((sha) => underHead.has(sha) && !underBase.has(sha));
  const behind = known.filter((sha) => underBase.has(sha) && !underHead.has(sha));
  const forkPoint = known.find((sha) => underBase.has(sha) && underHead.has(sha));
  const boundary = [...graph.boundary].filter((sha) => underBase.has(sha) || underHead.has(sha));
  const common = boundary.every((sha) => underBase.has(sha) && underHead.has(sha));
  const certain = common && allReach(graph, [...ahead, ...behind], boundary);
  return { ahead, behind, certain, ...(forkPoint === undefined ? {} : { forkPoint }) };
}

function reachable(graph: Graph, from: string): Set<string> {
  const seen = new Set([from]);
  const queue = [from];
  for (let sha = queue.pop(); sha !== undefined; sha = queue.pop()) {
    for (const parent of graph.parents.get(sha) ?? []) {
      if (seen.has(parent)) continue;
      seen.add(parent);
      queue.push(parent);
    }
  }
  return seen;
}

// A commit that is a descendant of every boundary commit cannot be hidden beneath one of them. A commit that is not
// (an old branch merged lately) may be an ancestor of both sides in truth, by edges that a shallow clone does not show.
function allReach(graph: Graph, commits: string[], boundary: string[]): boolean {
  if (boundary.length === 0 || commits.length === 0) return true;
  if (boundary.length > MAX_BOUNDARY) return false;
  const bit = new Map(boundary.map((sha, index) => [sha, 1n << BigInt(index)]));
  const below = new Map<string, bigint>();
  for (const [sha, parents] of [...graph.parents].reverse()) {
    const own = bit.get(sha) ?? 0n;
    below.set(
      sha,
      parents.reduce((bits, parent) => bits | (below.get(parent) ?? 0n), own),
    );
  }
  const all = (1n << BigInt(boundary.length)) - 1n;
  return commits.every((sha) => below.get(sha) === all);
}
