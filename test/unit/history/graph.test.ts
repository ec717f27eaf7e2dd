import fc from "fast-check";
import { expect, test } from "vitest";
import { type Graph, relate } from "../../../src/history/graph.ts";

/** A graph from rows of parent indexes; row 0 is the newest commit, parents have higher indexes. */
function graphOf(rows: readonly (readonly number[])[]): Graph {
  return {
    parents: new Map(rows.map((parents, index) => [`c${index}`, parents.map((p) => `c${p}`)])),
    boundary: new Set(),
  };
}

/** What a shallow clone shows of a graph: commits at most `depth - 1` steps below a tip. */
function shallow(graph: Graph, tips: string[], depth: number): Graph {
  const distance = new Map(tips.map((tip) => [tip, 1]));
  const queue = [...new Set(tips)];
  for (let sha = queue.shift(); sha !== undefined; sha = queue.shift()) {
    const next = (distance.get(sha) ?? 0) + 1;
    if (next > depth) continue;
    for (const parent of graph.parents.get(sha) ?? []) {
      if (distance.has(parent)) continue;
      distance.set(parent, next);
      queue.push(parent);
    }
  }
  const isCut = (sha: string) => distance.get(sha) === depth && (graph.parents.get(sha) ?? []).length > 0;
  const known = [...graph.parents].filter(([sha]) => distance.has(sha));
  return {
    parents: new Map(known.map(([sha, parents]) => [sha, isCut(sha) ? [] : parents])),
    boundary: new Set(known.flatMap(([sha]) => (isCut(sha) ? [sha] : []))),
  };
}

const histories = fc.integer({ min: 2, max: 25 }).chain((size) =>
  fc.record({
    rows: fc.tuple(
      ...Array.from({ length: size }, (_, index) =>
        index === size - 1
          ? fc.constant<number[]>([])
          : fc.uniqueArray(
              fc.oneof(
                { weight: 3, arbitrary: fc.constant(index + 1) },
                { weight: 2, arbitrary: fc.integer({ min: index + 1, max: size - 1 }) },
              ),
              { maxLength: 2 },
            ),
      ),
    ),
    base: fc.integer({ min: 0, max: Math.min(5, size - 1) }),
    head: fc.integer({ min: 0, max: Math.min(5, size - 1) }),
    depth: fc.integer({ min: 1, max: 12 }),
  }),
);

test("a shallow graph that calls itself certain says what the whole graph says", () => {
  let certain = 0;
  const property = fc.property(histories, ({ rows, base, head, depth }) => {
    const whole = graphOf(rows);
    const [b, h] = [`c${base}`, `c${head}`];
    const seen = relate(shallow(whole, [b, h], depth), b, h);
    if (!seen.certain) return;
    certain += 1;
    const truth = relate(whole, b, h);
    expect([seen.ahead, seen.behind, seen.forkPoint === undefined]).toEqual([
      truth.ahead,
      truth.behind,
      truth.forkPoint === undefined,
    ]);
  });
  fc.assert(property, { numRuns: 5_000 });
  expect(certain).toBeGreaterThan(500);
});

test("a whole graph is always certain", () => {
  fc.assert(fc.property(histories, ({ rows, base, head }) => relate(graphOf(rows), `c${base}`, `c${head}`).certain));
});

test("an old branch merged beside a cut is not taken for new work", () => {
  // c0 (head) merges c4, which is also beneath the cut below c2; c1 is the base.
  const whole = graphOf([[1, 4], [2], [3], [4], []]);
  const cut = shallow(whole, ["c0", "c1"], 2);
  expect(relate(cut, "c1", "c0")).toMatchObject({ ahead: ["c0", "c4"], certain: false });
  expect(relate(whole, "c1", "c0")).toMatchObject({ ahead: ["c0"], certain: true, forkPoint: "c1" });
});

test("two tips that do not meet above the cut are not called unrelated", () => {
  const whole = graphOf([[2], [3], [4], [4], []]);
  expect(relate(shallow(whole, ["c0", "c1"], 2), "c1", "c0").certain).toBe(false);
});
