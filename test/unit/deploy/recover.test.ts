import { describe, expect, test } from "vitest";
import type { JournalEntry, Phase } from "../../../src/deploy/journal.ts";
import { decideRecovery, type RecoveryFacts } from "../../../src/deploy/recover.ts";

const names = { live: "db", restorePoint: "rp", failed: "failed" };
const order: Phase[] = ["PLAN", "CLOSE", "RESTORE-POINT", "UPDATE", "SWITCH", "START", "VERIFY", "OPEN"];

interface Story {
  kind?: "template" | "swap";
  /** The last phase that began. */
  until: Phase;
  ended?: boolean;
  touched?: boolean;
  previous?: string | undefined;
}

/** The journal of a deployment whose driver stopped in a phase. */
function journal({ kind = "template", until, ended = false, touched = true, previous = "old" }: Story): JournalEntry[] {
  const skipped = touched ? [] : ["RESTORE-POINT", "UPDATE"];
  const phases = order.slice(0, order.indexOf(until) + 1).filter((phase) => !skipped.includes(phase));
  const data: Partial<Record<Phase, Record<string, unknown>>> = {
    CLOSE: { previous, wasRunning: true, database: touched ? "touched" : "untouched" },
    "RESTORE-POINT": { kind },
  };
  return phases.flatMap((phase) => {
    const entry = (status: JournalEntry["status"]): JournalEntry => ({
      seq: 1,
      t: "",
      phase,
      status,
      data: data[phase] ?? {},
    });
    return phase === until && !ended ? [entry("begin")] : [entry("begin"), entry("done")];
  });
}

function decide(story: Story, databases: string[], more: Partial<RecoveryFacts> = {}) {
  const facts = {
    entries: journal(story),
    names,
    databases: new Set(databases),
    current: "old",
    served: false,
    ...more,
  };
  return decideRecovery(facts);
}

const away = { from: "db", to: "failed", connectable: false };
const bring = { from: "rp", to: "db", connectable: true };

test("nothing was closed: nothing to do", () => {
  expect(decide({ until: "PLAN" }, ["db"])).toMatchObject({ outcome: "nothing", startService: false });
});

describe("with a template copy", () => {
  test.each<[string, Story, string[], object]>([
    ["closing", { until: "CLOSE" }, ["db"], { outcome: "reopen", renames: [] }],
    ["copying, no copy yet", { until: "RESTORE-POINT" }, ["db"], { outcome: "reopen", drops: [] }],
    ["copying, half a copy", { until: "RESTORE-POINT" }, ["db", "rp"], { outcome: "reopen", drops: ["rp"] }],
    [
      "copied, not updated",
      { until: "RESTORE-POINT", ended: true },
      ["db", "rp"],
      { outcome: "reopen", drops: ["rp"] },
    ],
    ["updating", { until: "UPDATE" }, ["db", "rp"], { outcome: "restore", renames: [away, bring] }],
    ["restoring, an older failure there", { until: "UPDATE" }, ["db", "rp", "failed"], { drops: ["failed"] }],
    ["restoring, after the first rename", { until: "UPDATE" }, ["failed", "rp"], { renames: [bring], drops: [] }],
    ["restoring, after both", { until: "UPDATE" }, ["db", "failed"], { outcome: "reopen", renames: [] }],
    ["verifying", { until: "VERIFY" }, ["db", "rp"], { outcome: "restore", renames: [away, bring] }],
    ["opening, nobody served", { until: "OPEN" }, ["db", "rp"], { outcome: "restore", renames: [away, bring] }],
  ])("%s", (_name, story, databases, wanted) => {
    expect(decide(story, databases)).toMatchObject({ startService: true, ...wanted });
  });
});

describe("with a prepared database", () => {
  const kind = "swap";
  test.each<[string, Story, string[], object]>([
    ["before the swap", { kind, until: "RESTORE-POINT" }, ["db"], { outcome: "reopen", renames: [], drops: [] }],
    ["after its first rename", { kind, until: "RESTORE-POINT" }, ["rp"], { outcome: "restore", renames: [bring] }],
    ["swapped", { kind, until: "RESTORE-POINT" }, ["db", "rp"], { outcome: "restore", renames: [away, bring] }],
    ["updating", { kind, until: "UPDATE" }, ["db", "rp"], { outcome: "restore", renames: [away, bring] }],
  ])("%s", (_name, story, databases, wanted) => {
    expect(decide(story, databases)).toMatchObject(wanted);
  });
});

describe("a restore point that is missing", () => {
  const failedSwap = (story: Story) =>
    journal(story).map((entry) => (entry.phase === "RESTORE-POINT" ? { ...entry, status: "failed" as const } : entry));
  const lost = { outcome: "lost", renames: [], drops: [], link: "keep", startService: false };
  const note: JournalEntry = { seq: 9, t: "", phase: "ROLLBACK", status: "note", data: { restored: true } };
  const swap = { kind: "swap" as const };

  test.each<[string, Story, string[], object]>([
    ["while the modules are updated", { until: "UPDATE" }, ["db"], lost],
    ["after the update", { until: "VERIFY" }, ["db"], lost],
    ["opening, nobody served", { until: "OPEN" }, ["db"], lost],
    ["with the database too", { until: "UPDATE" }, [], lost],
    ["after the first rename", { until: "UPDATE" }, ["failed"], lost],
    ["where a copy took the place", { ...swap, until: "RESTORE-POINT", ended: true }, ["db"], lost],
    ["where a copy took the place, untold", { ...swap, until: "RESTORE-POINT" }, ["db"], lost],
    ["where a copy is updated", { ...swap, until: "UPDATE" }, ["db"], lost],
    ["before the update", { until: "RESTORE-POINT", ended: true }, ["db"], { outcome: "reopen", startService: true }],
    ["before the swap", { ...swap, until: "RESTORE-POINT" }, ["db", "copy"], { outcome: "reopen" }],
  ])("%s", (_name, story, databases, wanted) => {
    expect(decide(story, databases, { copy: "copy" })).toMatchObject(wanted);
  });

  test("is not missed when the swap failed, or once it came back", () => {
    const entries = failedSwap({ ...swap, until: "RESTORE-POINT" });
    expect(decide({ until: "PLAN" }, ["db"], { entries, copy: "copy" })).toMatchObject({ outcome: "reopen" });
    const back = [...journal({ until: "UPDATE" }), note];
    expect(decide({ until: "PLAN" }, ["db"], { entries: back })).toMatchObject({ outcome: "reopen", renames: [] });
  });

  test("is not missed where there was no database before, or people were served", () => {
    const entries = journal({ ...swap, until: "UPDATE" }).map((entry) =>
      entry.phase === "RESTORE-POINT" ? { ...entry, data: { kind: "swap", fresh: true } } : entry,
    );
    expect(decide({ until: "PLAN" }, ["db"], { entries })).toMatchObject({ outcome: "restore", renames: [away] });
    expect(decide({ until: "OPEN" }, ["db"], { served: true })).toMatchObject({ outcome: "roll-forward" });
  });
});

describe("current", () => {
  test("is put back once it may have been switched", () => {
    expect(decide({ until: "SWITCH" }, ["db", "rp"], { current: "new" }).link).toEqual({ to: "old" });
  });
  test("stays when it was not switched yet", () => {
    expect(decide({ until: "SWITCH" }, ["db", "rp"]).link).toBe("keep");
    expect(decide({ until: "UPDATE" }, ["db", "rp"], { current: "new" }).link).toBe("keep");
  });
  test("is taken away again after a first deployment", () => {
    const entries = journal({ until: "VERIFY" }).map((entry) =>
      entry.phase === "CLOSE" ? { ...entry, data: { wasRunning: false } } : entry,
    );
    const recovery = decide({ until: "VERIFY" }, ["db", "rp"], { entries, current: "new" });
    expect(recovery).toMatchObject({ link: { to: undefined }, startService: false });
  });
});

describe("once somebody may have been served", () => {
  test("the new version goes on, whatever its database", () => {
    const recovery = decide({ until: "OPEN" }, ["db", "rp"], { served: true, current: "new" });
    expect(recovery).toMatchObject({ outcome: "roll-forward", renames: [], link: "keep", startService: true });
  });
  test("code alone still goes back when it turns out not to serve", () => {
    const story: Story = { until: "OPEN", touched: false };
    const entries = [...journal(story), { seq: 9, t: "", phase: "OPEN" as const, status: "failed" as const, data: {} }];
    const recovery = decide(story, ["db"], { entries, served: true, current: "new" });
    expect(recovery).toMatchObject({ outcome: "reopen", link: { to: "old" }, renames: [] });
  });
});
