import { describe, expect, test } from "vitest";
import { type Sample, sumUp } from "../../support/poller.ts";

const samples = (...statuses: Sample["status"][]): Sample[] =>
  statuses.map((status, index) => ({ at: index * 100, status }));

describe("sumUp", () => {
  test("counts politely refused, broken and other answers apart, and finds the longest gap", () => {
    const downtime = sumUp(samples(200, 503, "refused", 200, 500, 503, 503, "reset", 303, "timeout"));
    expect(downtime).toMatchObject({ requests: 10, ok: 3, unavailable: 3, broken: 3, other: 1, longest: 400 });
  });

  test("puts equal answers into spans", () => {
    expect(sumUp(samples(200, 200, 503, 503, 200)).spans).toEqual([
      { status: 200, from: 0, to: 200 },
      { status: 503, from: 200, to: 400 },
      { status: 200, from: 400, to: 400 },
    ]);
  });

  test("a gap that never ended counts up to the last sample", () => {
    expect(sumUp(samples(200, 503, 503)).longest).toBe(100);
    expect(sumUp([])).toMatchObject({ requests: 0, longest: 0, spans: [] });
  });
});
