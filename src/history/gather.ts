import { join } from "node:path";
import { ExpectedError } from "../platform/errors.ts";
import { describe } from "./commits.ts";
import { cloneSides, findTwins } from "./duplicates.ts";
import type { Comparison } from "./facts.ts";
import { type FetchedGraph, type FetchPlace, fetchGraph } from "./fetch-graph.ts";
import { type Graph, type Relation, relate } from "./graph.ts";
import { readCommits } from "./objects.ts";
import { emptyRepository, goneCommit, type Pair, resolvePairs } from "./remote.ts";
import { type Question, show } from "./scope.ts";

/** Beyond this many differing commits the search for same changes would download too much. */
export const MAX_TWIN_SEARCH = 500;

interface Fetched extends FetchedGraph {
  gone: string[];
}

/** Finds out how the heads and bases of the questions relate; no work tree, and no more history than it takes. */
export async function gather(place: FetchPlace, questions: readonly Question[]): Promise<Comparison[]> {
  const pairs = await resolvePairs(await emptyRepository(join(place.dir, "refs"), place.auth), questions);
  const fetched = await fetchPairs(place, pairs);
  const comparisons: Comparison[] = [];
  for (const pair of pairs) comparisons.push(await compare(place, fetched, pair));
  return comparisons;
}

/** The graph that answers every pair, and the earlier bases that the remote has lost. */
async function fetchPairs(place: FetchPlace, pairs: readonly Pair[], gone: string[] = []): Promise<Fetched> {
  const ends = pairs.flatMap((pair) => endsOf(pair, gone));
  const suffices = (graph: Graph) => ends.every(([base, head]) => relate(graph, base, head).certain);
  const dir = join(place.dir, `without-${gone.length}`);
  try {
    return { ...(await fetchGraph({ ...place, dir }, ends.flat(), suffices)), gone };
  } catch (error) {
    const missing = goneCommit(error);
    if (missing === undefined) throw error;
    if (pairs.some(({ head, base }) => [head.sha, base.sha].includes(missing))) throw lost(pairs, missing, error);
    return fetchPairs(place, pairs, [...gone, missing]);
  }
}

function endsOf({ head, base, question: { earlierBase } }: Pair, gone: string[]): [base: string, head: string][] {
  const ends: [string, string][] = [[base.sha, head.sha]];
  if (earlierBase !== undefined && !gone.includes(earlierBase)) ends.push([earlierBase, base.sha]);
  return ends;
}

function lost(pairs: readonly Pair[], sha: string, cause: unknown): ExpectedError {
  const point = pairs.flatMap(({ head, base }) => [head, base]).find((candidate) => candidate.sha === sha);
  const problem = {
    code: "commit-gone",
    message: `the repository no longer has ${sha.slice(0, 12)}, which the event names for ${show(point?.name ?? sha)}: the branch was force-pushed or deleted meanwhile`,
    remedy: "look at the run of the newer push; if there is none, push the branch again",
  };
  return new ExpectedError(problem, { cause });
}

async function compare(place: FetchPlace, { repository, graph, gone }: Fetched, pair: Pair): Promise<Comparison> {
  const { question, head, base } = pair;
  const relation = relate(graph, base.sha, head.sha);
  const commits = await readCommits(repository, [...relation.ahead, ...relation.behind]);
  const details = new Map(commits.map((raw) => [raw.sha, describe(raw)]));
  const pick = (shas: readonly string[]) =>
    shas.map((sha) => details.get(sha)).filter((commit) => commit !== undefined);
  const { earlierBase } = question;
  const isLost =
    earlierBase !== undefined && (gone.includes(earlierBase) || relate(graph, base.sha, earlierBase).ahead.length > 0);
  return {
    ...{ head, base, rules: question.rules, ahead: pick(relation.ahead), behind: pick(relation.behind) },
    ...(relation.forkPoint === undefined ? {} : { forkPoint: relation.forkPoint }),
    ...(isLost ? { lostBase: earlierBase } : {}),
    ...(question.rules.includes("duplicate") ? await twins(place, pair, relation) : { duplicates: [] }),
  };
}

async function twins(place: FetchPlace, { head, base }: Pair, { ahead, behind, forkPoint }: Relation) {
  const differing = ahead.length + behind.length;
  if (ahead.length === 0 || behind.length === 0 || forkPoint === undefined) return { duplicates: [] };
  if (differing > MAX_TWIN_SEARCH) return { duplicates: [], duplicatesUnseen: differing };
  const sides = { base: base.sha, head: head.sha, ahead, behind };
  return { duplicates: await findTwins(await cloneSides(place, sides), sides) };
}
