import fc from "fast-check";
import { expect, test } from "vitest";
import { blockRanges, pieceSize, rangeCondition } from "../../../src/refresh/copy/ranges.ts";

const MB = 1024 * 1024;

test.each([
  ["one job, so one table cannot hold up another", 100_000 * MB, 1, 50_000 * MB],
  ["eight jobs", 16_000 * MB, 8, 1000 * MB],
  ["a small database", 100 * MB, 16, 256 * MB],
])("the size of a piece: %s", (_, total, jobs, expected) => {
  expect(pieceSize(total, jobs)).toBe(expected);
});

test("the ranges of a table follow each other without a gap, and the last one is open", () => {
  const sizes = fc.record({
    bytes: fc.nat(2 ** 40),
    blocks: fc.nat(2 ** 27),
    piece: fc.integer({ min: 1, max: 2 ** 34 }),
  });
  fc.assert(
    fc.property(sizes, ({ bytes, blocks, piece }) => {
      const ranges = blockRanges({ bytes, blocks }, piece);
      expect(ranges[0]?.from).toBe(0);
      expect(ranges.at(-1)).not.toHaveProperty("to");
      for (const [index, range] of ranges.slice(1).entries()) expect(range.from).toBe(ranges[index]?.to);
      for (const { from, to } of ranges.slice(0, -1)) expect(to).toBeGreaterThan(from);
    }),
  );
});

test.each([
  [{ from: 0 }, undefined],
  [{ from: 0, to: 5 }, "t.ctid < '(5,0)'::pg_catalog.tid"],
  [{ from: 5, to: 9 }, "t.ctid >= '(5,0)'::pg_catalog.tid AND t.ctid < '(9,0)'::pg_catalog.tid"],
  [{ from: 9 }, "t.ctid >= '(9,0)'::pg_catalog.tid"],
])("%o as a condition", (range, condition) => {
  expect(rangeCondition(range)).toBe(condition);
});
