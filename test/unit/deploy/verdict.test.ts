import { describe, expect, test } from "vitest";
import { judgeUpdate, type UpdateFacts } from "../../../src/deploy/verdict.ts";
import type { LogRecord } from "../../../src/odoo/log.ts";

const record = (level: string, message: string, logger = "odoo.modules.loading"): LogRecord => ({
  ...{ time: "2026-11-25 19:00:00,000", database: "db", level, message, logger },
});

function facts(more: Partial<UpdateFacts> = {}): UpdateFacts {
  return {
    exitCode: 0,
    timedOut: false,
    records: [record("INFO", "Module shop loaded in 0.41s, 120 queries (+3 other)")],
    states: [{ name: "shop", state: "installed", version: "19.0.1.1" }],
    planned: new Map([["shop", "19.0.1.1"]]),
    ...more,
  };
}

test("good", () => {
  expect(judgeUpdate(facts())).toEqual({ good: true, problems: [], warnings: [], traceback: undefined });
});

describe("not good", () => {
  const loaded = facts().records;
  test.each<[string, Partial<UpdateFacts>, string]>([
    ["exit code", { exitCode: 255 }, "exit code 255"],
    ["killed", { exitCode: null }, "was killed"],
    ["too long", { exitCode: null, timedOut: true }, "longer than its limit"],
    [
      "left over though exit 0",
      { states: [...facts().states, { name: "x", state: "to upgrade", version: "1" }] },
      'x was left "to upgrade"',
    ],
    [
      "planned module not installed",
      { states: [{ name: "shop", state: "uninstalled", version: null }] },
      "shop is uninstalled",
    ],
    ["unknown module", { states: [] }, "shop is unknown to the database"],
    [
      "old version",
      { states: [{ name: "shop", state: "installed", version: "19.0.1.0" }] },
      "version 19.0.1.0, not 19.0.1.1",
    ],
    ["not loaded: Odoo ignored the name", { records: [] }, "does not show shop loaded"],
    [
      "an error in the log",
      { records: [...loaded, record("ERROR", "Some modules are not loaded: ['x']")] },
      "Some modules are not loaded",
    ],
    [
      "a critical record",
      { records: [...loaded, record("CRITICAL", "no", "odoo.service.server")] },
      "CRITICAL odoo.service.server",
    ],
  ])("%s", (_name, more, words) => {
    const verdict = judgeUpdate(facts(more));
    expect(verdict.good).toBe(false);
    expect(verdict.problems.join("\n")).toContain(words);
  });

  test("says what was raised first, and keeps the traceback", () => {
    const message = "Failed to load registry\nTraceback (most recent call last):\n  File x\nValueError: boom";
    const verdict = judgeUpdate(facts({ exitCode: 255, records: [record("ERROR", message)] }));
    expect(verdict.problems[0]).toBe("ValueError: boom");
    expect(verdict.traceback).toBe("Traceback (most recent call last):\n  File x\nValueError: boom");
  });
});

test("a constraint that cannot be set is told, not punished", () => {
  const records = [
    ...facts().records,
    record("ERROR", "Table 't': unable to set NOT NULL on column 'c'", "odoo.schema"),
  ];
  const verdict = judgeUpdate(facts({ records }));
  expect(verdict).toMatchObject({ good: true, warnings: ["Table 't': unable to set NOT NULL on column 'c'"] });
});
