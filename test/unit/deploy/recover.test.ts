import { describe, expect, test } from "vitest";
import type { JournalEntry, Phase } from "../../../src/deploy/journal.ts";
import { decideRecovery, type RecoveryFacts } from "../../../src/deploy/recover.ts";

const names = { live: "db", work: "work", restorePoint: "rp", failed: "failed" };
const order: Phase[] = ["PLAN", "CLOSE", "RESTORE-POINT", "UPDATE", "SWITCH", "START", "VERIFY", "OPEN"];

interface Story {
  /** The last phase that began. */
  until: Phase;
  status?: JournalEntry["status"];
  touched?: boolean;
  previous?: string | undefined;
  /** There was no database before. */
  fresh?: boolean;
}

/** The journal of a deployment whose driver stopped in a phase. */
function journal({ until, status = "begin", touched = true, previous = "old", fresh = false }: Story): JournalEntry[] {
  const skipped = touched ? [] : ["RESTORE-POINT", "UPDATE"];
  const phases = order.slice(0, order.indexOf(until) + 1).filter((phase) => !skipped.includes(phase));
  const data: Partial<Record<Phase, Record<string, unknown>>> = {
    CLOSE: { previous, wasRunning: true, database: touched ? "touched" : "untouched" },
    "RESTORE-POINT": { kind: "template", fresh },
  };
  return phases.flatMap((phase) => {
    const entry = (status: JournalEntry["status"]) => ({ seq: 1, t: "", phase, status, data: data[phase] ?? {} });
    return [
      entry("begin"),
      ...(phase === until ? [] : [entry("done")]),
      ...(phase === until && status !== "begin" ? [entry(status)] : []),
    ];
  });
}

function decide(story: Story, databases: string[], more: Partial<RecoveryFacts> = {}) {
  return decideRecovery({ entries: journal(story), names, databases: new Set(databases), current: "old", ...more });
}

test("nothing was closed: nothing to do", () => {
  expect(decide({ until: "PLAN" }, ["db"])).toEqual({ outcome: "nothing", link: "keep", startService: false });
});

describe("until the changed database has the live one's name, the old one is only opened again", () => {
  test.each<[string, Story, string[]]>([
    ["closing", { until: "CLOSE" }, ["db"]],
    ["copying, no copy yet", { until: "RESTORE-POINT" }, ["db"]],
    ["copying, half a copy", { until: "RESTORE-POINT" }, ["db", "work"]],
    ["copying failed", { until: "RESTORE-POINT", status: "failed" }, ["db", "work"]],
    ["updating", { until: "UPDATE" }, ["db", "work"]],
    ["updating, and somebody dropped the copy", { until: "UPDATE" }, ["db"]],
    ["updating, with an older restore point of the name", { until: "UPDATE" }, ["db", "rp"]],
    ["verifying", { until: "VERIFY" }, ["db", "work"]],
    ["opening, before the names are swapped", { until: "OPEN" }, ["db", "work"]],
    ["opening failed at the swap", { until: "OPEN", status: "failed" }, ["db", "work"]],
    ["going back, its copy set aside already", { until: "UPDATE", status: "failed" }, ["db", "failed"]],
  ])("%s", (_name, story, databases) => {
    expect(decide(story, databases)).toEqual({ outcome: "reopen", link: "keep", startService: true });
  });
});

describe("once it has that name, the new version goes on", () => {
  test.each<[string, Story, string[]]>([
    ["the driver died", { until: "OPEN" }, ["db", "rp"]],
    ["the service did not start", { until: "OPEN", status: "failed" }, ["db", "rp"]],
    ["there was no database before", { until: "OPEN", fresh: true }, ["db"]],
  ])("%s", (_name, story, databases) => {
    const recovery = decide(story, databases, { current: "new" });
    expect(recovery).toEqual({ outcome: "roll-forward", link: "keep", startService: true });
  });
});

describe("a live database that is not there any more", () => {
  test.each<[string, Story, string[]]>([
    ["while the modules are updated", { until: "UPDATE" }, ["work"]],
    ["while the copy is made", { until: "RESTORE-POINT" }, []],
    ["before the names are swapped", { until: "OPEN" }, ["work", "rp"]],
  ])("%s: all stays closed", (_name, story, databases) => {
    expect(decide(story, databases)).toEqual({ outcome: "lost", link: "keep", startService: false });
  });

  test("is not missed where there was none", () => {
    expect(decide({ until: "UPDATE", fresh: true }, ["work"])).toMatchObject({ outcome: "reopen" });
  });
});

describe("code alone", () => {
  const story: Story = { until: "OPEN", touched: false };
  test("goes back until it is opened, and when it turns out not to serve", () => {
    const back = { outcome: "reopen", link: { to: "old" } };
    expect(decide({ ...story, until: "VERIFY" }, ["db"], { current: "new" })).toMatchObject(back);
    expect(decide({ ...story, status: "failed" }, ["db"], { current: "new" })).toMatchObject(back);
  });
  test("of a dead driver that had begun to open goes on", () => {
    expect(decide(story, ["db"], { current: "new" })).toMatchObject({ outcome: "roll-forward", link: "keep" });
  });
});

describe("current", () => {
  test("is put back once it may have been switched", () => {
    expect(decide({ until: "SWITCH" }, ["db", "work"], { current: "new" }).link).toEqual({ to: "old" });
  });
  test("stays when it was not switched yet", () => {
    expect(decide({ until: "SWITCH" }, ["db", "work"]).link).toBe("keep");
    expect(decide({ until: "UPDATE" }, ["db", "work"], { current: "new" }).link).toBe("keep");
  });
  test("is taken away again after a first deployment", () => {
    const entries = journal({ until: "VERIFY" }).map((entry) =>
      entry.phase === "CLOSE" ? { ...entry, data: { wasRunning: false } } : entry,
    );
    const recovery = decide({ until: "VERIFY" }, ["db", "work"], { entries, current: "new" });
    expect(recovery).toMatchObject({ link: { to: undefined }, startService: false });
  });
});
