import { join } from "node:path";
import { describe } from "./commits.ts";
import { cloneSides, findTwins } from "./duplicates.ts";
import type { Commit, Comparison, Point } from "./facts.ts";
import { type FetchedGraph, type FetchPlace, fetchGraph } from "./fetch-graph.ts";
import { type Relation, relate } from "./graph.ts";
import { readCommits } from "./objects.ts";
import { commitGone, goneCommit, whyNotFound } from "./remote.ts";
import type { Question, Target } from "./scope.ts";

/** Beyond this many differing commits the search for same changes would download too much. */
const MAX_TWIN_SEARCH = 500;

interface Fetched extends FetchedGraph {
  /** Earlier bases that the remote has lost. */
  gone: string[];
}

/** A question whose head and base are commits now, with the commits between them. */
interface Pair {
  question: Question;
  head: Point;
  base: Point;
  relation: Relation;
}

/** Finds out how the heads and bases of the questions relate; no work tree, and no more history than it takes. */
export async function gather(place: FetchPlace, questions: readonly Question[]): Promise<Comparison[]> {
  const fetched = await fetchAnswers(place, questions);
  const pairs = questions.map((question) => pairOf(fetched, question));
  const differing = new Set(pairs.flatMap(({ relation }) => [...relation.ahead, ...relation.behind]));
  const raws = await readCommits(fetched.repository, [...differing]);
  const commits = new Map(raws.map((raw) => [raw.sha, describe(raw)]));
  const comparisons: Comparison[] = [];
  for (const pair of pairs) comparisons.push(await compare(place, fetched, pair, commits));
  return comparisons;
}

async function fetchAnswers(place: FetchPlace, questions: readonly Question[], gone: string[] = []): Promise<Fetched> {
  const ends = questions.flatMap((question) => endsOf(question, gone));
  const suffices = ({ graph, shaOf }: FetchedGraph) =>
    ends.every(([base, head]) => relate(graph, shaOf(base), shaOf(head)).certain);
  const dir = join(place.dir, `without-${gone.length}`);
  try {
    return { ...(await fetchGraph({ ...place, dir }, ends.flat(), suffices)), gone };
  } catch (error) {
    const missing = goneCommit(error);
    if (missing === undefined) throw await whyNotFound(place, ends.flat(), error);
    const wanted = questions.flatMap(({ head, base }) => [head, base]).find(({ sha }) => sha === missing);
    if (wanted) throw commitGone(wanted, error);
    return fetchAnswers(place, questions, [...gone, missing]);
  }
}

function endsOf({ head, base, earlierBase }: Question, gone: string[]): [base: Target, head: Target][] {
  const earlier = { name: "the earlier base", ...(earlierBase === undefined ? {} : { sha: earlierBase }) };
  const isThere = earlierBase !== undefined && !gone.includes(earlierBase);
  return [[base, head], ...(isThere ? [[earlier, base] as [Target, Target]] : [])];
}

function pairOf({ graph, shaOf }: Fetched, question: Question): Pair {
  const [head, base] = [question.head, question.base].map((target) => ({ name: target.name, sha: shaOf(target) }));
  const points = { head: head as Point, base: base as Point };
  return { question, ...points, relation: relate(graph, points.base.sha, points.head.sha) };
}

async function compare(
  place: FetchPlace,
  { graph, gone }: Fetched,
  pair: Pair,
  commits: ReadonlyMap<string, Commit>,
): Promise<Comparison> {
  const { question, head, base, relation } = pair;
  const pick = (shas: readonly string[]) =>
    shas.map((sha) => commits.get(sha)).filter((commit) => commit !== undefined);
  const { earlierBase } = question;
  const isLost =
    earlierBase !== undefined && (gone.includes(earlierBase) || relate(graph, base.sha, earlierBase).ahead.length > 0);
  return {
    ...{ head, base, rules: question.rules, ahead: pick(relation.ahead), behind: pick(relation.behind) },
    ...(relation.forkPoint === undefined ? {} : { forkPoint: relation.forkPoint }),
    ...(isLost ? { lostBase: earlierBase } : {}),
    ...(question.rules.includes("duplicate") ? await twins(place, pair) : { duplicates: [] }),
  };
}

async function twins(place: FetchPlace, { head, base, relation: { ahead, behind, forkPoint } }: Pair) {
  const differing = ahead.length + behind.length;
  if (ahead.length === 0 || behind.length === 0 || forkPoint === undefined) return { duplicates: [] };
  if (differing > MAX_TWIN_SEARCH) return { duplicates: [], duplicatesUnseen: differing };
  const sides = { base: base.sha, head: head.sha, ahead, behind };
  return { duplicates: await findTwins(await cloneSides(place, sides), sides) };
}
