import { expect, test } from "vitest";
import { silentLog } from "../../../src/platform/log.ts";
import { CopyProgress } from "../../../src/refresh/copy/progress.ts";
import { DeltaProgress } from "../../../src/refresh/delta/progress.ts";
import type { TableChange } from "../../../src/refresh/delta/ways.ts";
import type { PlannedTable } from "../../../src/refresh/plan/plan.ts";
import { nowAt, Progress } from "../../../src/refresh/progress.ts";
import { table } from "../refresh/facts.ts";

const MIB = 1024 * 1024;
const planned = (name: string, bytes: number, more: Partial<PlannedTable> = {}): PlannedTable => ({
  ...{ table: table(name, [], { bytes }), name, columns: [], reads: [], physical: false },
  ...more,
});

/** A clock whose time passes when a test says so; who sleeps wakes up then. */
function slowClock() {
  let now = 0;
  let waiting: { at: number; wake: () => void }[] = [];
  return {
    now: () => new Date(now),
    sleep: (ms: number, signal?: AbortSignal) =>
      new Promise<void>((wake, end) => {
        signal?.throwIfAborted();
        waiting.push({ at: now + ms, wake });
        signal?.addEventListener("abort", () => end(signal.reason));
      }),
    pass: async (ms: number) => {
      now += ms;
      const due = waiting.filter(({ at }) => at <= now);
      waiting = waiting.filter(({ at }) => at > now);
      for (const { wake } of due) wake();
      await new Promise(setImmediate);
    },
  };
}

test("a phase is told every ten seconds with what it does, and no longer than it lasts", async () => {
  const clock = slowClock();
  const lines: string[] = [];
  const progress = new Progress({ ...silentLog, info: (line) => void lines.push(line) }, clock);
  const first = Promise.withResolvers<void>();
  const phase = progress.during("copy", () => first.promise);
  await clock.pass(9_999);
  expect(lines).toEqual([]);
  await clock.pass(1);
  const second = Promise.withResolvers<void>();
  const stage = progress.stage("tables frozen", 1200);
  const work = stage.step("mail_message", () => second.promise, 2);
  await clock.pass(10_000);
  second.resolve();
  await work;
  await clock.pass(10_000);
  first.resolve();
  await phase;
  await clock.pass(10_000);
  const clone = progress.during("clone", () => clock.sleep(10_000)); // of the phase before nothing is told
  await clock.pass(10_000);
  await clone;
  await expect(progress.during("verify", () => Promise.reject(new Error("lost")))).rejects.toThrow("lost");
  await clock.pass(60_000);
  expect(lines).toEqual([
    "copy, 10 s so far",
    "copy, 20 s so far: 0 of 1,200 tables frozen, now at mail_message",
    "copy, 30 s so far: 2 of 1,200 tables frozen",
    "clone, 10 s so far",
  ]);
});

test("of many things at work the first are named, each once", () => {
  expect(nowAt([])).toBe("");
  expect(nowAt(["a", "a", "b"])).toBe(", now at a, b");
  expect(nowAt(["a", "b", "c", "d", "e"])).toBe(", now at a, b, c and 2 more");
});

test("a copy is told by the weight of its rows, its rate and its indexes", async () => {
  const clock = slowClock();
  const [big, small] = [planned("big", 90 * MIB), planned("small", 10 * MIB)];
  const none = [
    planned("gone", 500 * MIB, { emptiedBecause: "test" }),
    { ...planned("bare", 8192), table: table("bare", [], { empty: true }) },
  ];
  const copy = new CopyProgress({ plan: { tables: [big, small, ...none], problems: [] }, indexes: 7 }, clock);
  copy.bytes(big, 0);
  await clock.pass(10_000);
  const indexes = "0 of 7 indexes built";
  expect(copy.describe()).toBe(
    `0 % of the rows copied (0 rows of finished tables, 0 B sent, 0 B/s), now at big; ${indexes}`,
  );
  copy.bytes(big, 40 * MIB);
  copy.bytes(small, 1 * MIB);
  copy.tableDone(small, { rows: 1234 });
  await clock.pass(10_000);
  expect(copy.describe()).toBe(
    `50 % of the rows copied (1,234 rows of finished tables, 41.0 MiB sent, 4.1 MiB/s), about 20 s left, now at big; ${indexes}`,
  );
  copy.bytes(big, 80 * MIB); // more than it weighs: it is not done before it is
  await clock.pass(10_000);
  expect(copy.describe()).toMatch(/^95 % .*8\.0 MiB\/s/);
  copy.tableDone(big, { rows: 5 });
  await copy.indexes.step("big", async () => undefined, 3);
  expect(copy.describe()).toBe("all rows copied (1,239 rows of finished tables, 121.0 MiB sent); 3 of 7 indexes built");
});

test("a delta is told by its tables and the rows that travel", async () => {
  const change = (name: string, more: Partial<TableChange>): TableChange => ({
    ...{ planned: planned(name, MIB), rows: 5000, changed: 30, way: "rows", before: 5000 },
    ...more,
  });
  const delta = new DeltaProgress([change("a", {}), change("b", { way: "whole" })]);
  await delta.tables.step("a", async () => delta.rows(30));
  delta.bytes(2048);
  expect(delta.describe()).toBe("1 of 2 tables brought up to date; 30 rows so far (5,030 changed), 2.0 KiB sent");
});
