import { expect, test } from "vitest";
import { backupName } from "../../../src/history/rebase.ts";
import {
  type RebaseReport,
  rebaseHeadline,
  rebaseJson,
  rebaseMarkdown,
  undoCommand,
} from "../../../src/history/rebase-report.ts";
import { commit, sha } from "./samples.ts";

const report: RebaseReport = {
  ...{
    branch: "dev",
    base: { name: "staging", sha: sha("5") },
    oldSha: sha("1"),
    newSha: sha("2"),
    gained: 3,
    dryRun: false,
  },
  moved: [{ commit: commit("a"), newSha: sha("b") }],
  dropped: [{ commit: commit("c"), twin: sha("d") }, { commit: commit("e") }],
  workflowFiles: [],
  backupRef: "refs/backup/dev/20260102T030405Z-111111111111",
};

const headlines: [string, Partial<RebaseReport>, string][] = [
  ["rebased", {}, "dev rebased on staging: 3 new from staging, 1 replayed, 2 commits already there left out"],
  ["dry run", { dryRun: true, dropped: [] }, "dev would be rebased on staging: 3 new from staging, 1 replayed"],
  ["fast-forward", { moved: [], dropped: [] }, "dev moved forward to staging: 3 new from staging, 0 replayed"],
  ["nothing to do", { newSha: sha("1") }, "dev already contains staging: nothing to do"],
];
test.each(headlines)("headline: %s", (_title, changes, text) =>
  expect(rebaseHeadline({ ...report, ...changes })).toBe(text),
);

test("the summary says what moved, what was left out and why, and how to undo it", () => {
  const text = rebaseMarkdown(report);
  expect(text).toContain(`| \`${"a".repeat(12)}\` | Ada | change a | now \`${"b".repeat(12)}\` |`);
  expect(text).toContain(`on staging as \`${"d".repeat(12)}\``);
  expect(text).toContain("staging has all of it");
  expect(text).toContain(undoCommand(report));
  expect(text).not.toContain("Workflow files");
  expect(rebaseMarkdown({ ...report, workflowFiles: [".github/workflows/ci.yml"] })).toContain("Workflow files change");
});

test("a dry run has nothing to undo, and a long list shows its end", () => {
  const moved = Array.from({ length: 200 }, (_, i) => ({
    commit: commit("a", { subject: `number ${i}` }),
    newSha: sha("b"),
  }));
  const text = rebaseMarkdown({ ...report, moved, dryRun: true });
  expect(text).not.toContain("Undo");
  expect([text.includes("number 199"), text.includes("number 0 ")]).toEqual([true, false]);
  expect(JSON.parse(rebaseJson({ ...report, moved }))).toMatchObject({
    changed: true,
    moved: { length: 200 },
    dropped: [{ twin: sha("d") }, { twin: null }],
  });
});

test("a backup is named by branch, time and old tip", () => {
  expect(backupName("dev", sha("1"), new Date("2026-01-02T03:04:05.678Z"))).toBe(report.backupRef);
});
