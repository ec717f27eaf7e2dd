import { describe, expect, it } from "vitest";
import type { DeploymentFact } from "../../../src/release/facts.ts";
import { countingEvidence, judgeRelease } from "../../../src/release/gate.ts";
import { deployment, EVIDENCE, facts, judge, OTHER, PIPELINE, POLICY, status, withEvidence, withRun } from "./proof.ts";

describe("judgeRelease accepts", () => {
  it("the commit that staging proved, with every check passed", () => {
    const verdict = judge();
    expect(verdict.checks.map(({ outcome }) => outcome)).toEqual(Array(6).fill("passed"));
    expect(verdict).toMatchObject({ passed: true, evidence: EVIDENCE, run: { id: 77 } });
  });

  it.each<[string, Partial<DeploymentFact>]>([
    ["a proof that a newer commit made inactive", { statuses: [status("success"), status("inactive")] }],
    ["inactive written by someone else", { statuses: [status("success"), status("inactive", "mallory")] }],
    ["a payload that GitHub returns as text", { payload: JSON.stringify(EVIDENCE) }],
    ["a staging run started by hand", withRun({ event: "workflow_dispatch" })],
    [
      "our workflow pinned to a commit",
      withRun({ referencedWorkflows: [`x/y/.github/workflows/a.yml@v1`, `${PIPELINE}@${OTHER}`] }),
    ],
    ["a run re-run later", withRun({ attempt: 3 })],
    ["a release that was in place already", withEvidence({ release_sha256: null })],
  ])("%s", (_, changes) => {
    expect(judge(changes).passed).toBe(true);
  });

  it("a first release, without calling the ancestry passed", () => {
    const verdict = judgeRelease({ ...facts(deployment()), base: {} }, POLICY);
    expect(verdict.passed).toBe(true);
    expect(verdict.checks.at(-1)).toMatchObject({ outcome: "not measured" });
  });

  it("our deployment beside foreign ones of the same environment", () => {
    const foreign = deployment({ id: 99, payload: {}, creator: "other[bot]", statuses: [status("failure")] });
    expect(judgeRelease(facts(foreign, deployment()), POLICY).passed).toBe(true);
  });
});

describe("the evidence that counts", () => {
  it("is that of the newest run and attempt, whatever was written later about an earlier one", () => {
    const of = (id: number, changes: object) => deployment({ id, payload: { ...EVIDENCE, ...changes } });
    const [first, second, newer] = [of(1, {}), of(2, { run_attempt: 2 }), of(3, { run_id: 78 })];
    const late = of(9, { run_attempt: 1 });
    const ids = (...all: DeploymentFact[]) => countingEvidence(all).map(({ id }) => id);
    expect(ids(late, first)).toEqual([9, 1]);
    expect(ids(late, second, first)).toEqual([2]);
    expect(ids(newer, late, second)).toEqual([3]);
    expect(ids(newer, deployment({ id: 4, payload: { kind: "odoo-release-pipeline/evidence@2" } }))).toEqual([4]);
  });

  it("is not made good by a second word about the same attempt", () => {
    const failed = deployment({ id: 10, statuses: [status("failure")] });
    expect(judgeRelease(facts(failed, deployment({ id: 11 })), POLICY).passed).toBe(false);
  });

  it("passes with a database that was kept where the rules allow it", () => {
    const kept = facts(deployment(withEvidence({ copy: null })));
    expect(judgeRelease(kept, { ...POLICY, requireMaskedCopy: false }).passed).toBe(true);
  });
});

describe("judgeRelease refuses", () => {
  it.each<[string, Partial<DeploymentFact>, string]>([
    ["a run of another repository", { run: undefined }, "acme/addons has no run 77"],
    [
      "a run of another workflow",
      withRun({ path: ".github/workflows/ci.yml" }),
      "is of workflow .github/workflows/ci.yml",
    ],
    ["a run of another branch", withRun({ headBranch: "feature" }), "is of branch feature"],
    ["a run of another commit", withRun({ headSha: OTHER }), "is of commit 000000000000"],
    ["a run started by a pull request", withRun({ event: "pull_request" }), "was started by pull_request"],
    ["an attempt that never was", withEvidence({ run_attempt: 2 }), "has no attempt 2"],
    ["a run without our workflow", withRun({ referencedWorkflows: [] }), "did not call odoo-release-pipeline/"],
    [
      "a run of a namesake of our workflow",
      withRun({ referencedWorkflows: ["mallory/odoo-release-pipeline/.github/workflows/staging.yml@v1"] }),
      "did not call odoo-release-pipeline/",
    ],
    ["a payload edited to another commit", withEvidence({ commit: OTHER }), "speaks of commit 000000000000"],
    ["a payload edited to another tree", withEvidence({ tree: OTHER }), "speaks of tree 000000000000"],
    ["a staging database that was kept", withEvidence({ copy: null }), "staging kept its own database"],
    [
      "a copy that was not clean",
      withEvidence({ copy: { ...(EVIDENCE.copy as NonNullable<typeof EVIDENCE.copy>), clean: false } }),
      "not said to be masked and clean",
    ],
    [
      "a copy of which nothing is said",
      withEvidence({ copy: { manifest_sha256: "a".repeat(64), source_snapshot_at: "2026-11-25T10:00:00Z", rows: 1 } }),
      "not said to be masked and clean",
    ],
    ["a malformed payload", { payload: { ...EVIDENCE, run_id: "77" } }, "malformed at run_id"],
    [
      "a payload of a later version",
      { payload: { kind: "odoo-release-pipeline/evidence@2" } },
      "has the shape odoo-release-pipeline/evidence@2",
    ],
    ["another commit's deployment", { sha: OTHER }, "is of commit 000000000000"],
    ["another environment", { environment: "Staging" }, 'is of environment "Staging"'],
    ["a deployment by a person", { creator: "mallory" }, "was created by mallory"],
    [
      "success written by a person",
      { statuses: [status("failure"), status("success", "mallory")] },
      '"success" was written by mallory',
    ],
    ["failure after success", { statuses: [status("success"), status("failure")] }, "success, then failure"],
    ["success after failure", { statuses: [status("failure"), status("success")] }, "failure, then success"],
    [
      "error before inactive",
      { statuses: [status("success"), status("error"), status("inactive")] },
      "success, then error",
    ],
    ["a deployment that goes on", { statuses: [status("in_progress")] }, "its newest state is in_progress"],
    [
      "a deployment started again",
      { statuses: [status("success"), status("in_progress")] },
      "its newest state is in_progress",
    ],
    ["a deployment without a status", { statuses: [] }, "its newest state is none"],
  ])("%s", (_, changes, message) => {
    const verdict = judge(changes);
    expect(verdict.passed).toBe(false);
    const failed = verdict.checks.filter(({ outcome }) => outcome === "failed");
    expect(failed.map(({ found }) => found).join("\n")).toContain(message);
    expect(failed.every(({ cure }) => cure)).toBe(true);
  });

  it("a commit that staging never saw", () => {
    const verdict = judgeRelease(facts(), POLICY);
    expect(verdict.passed).toBe(false);
    expect(verdict.checks[0]).toMatchObject({
      outcome: "failed",
      cure: expect.stringContaining("Push the commit to staging"),
    });
  });

  it("a success that a re-run voided", () => {
    const rerun = deployment({
      id: 11,
      payload: { ...EVIDENCE, run_attempt: 2 },
      statuses: [status("failure")],
      ...withRun({ attempt: 2 }),
    });
    expect(judgeRelease(facts(deployment(), rerun), POLICY).passed).toBe(false);
  });

  it("a commit that lacks what production has", () => {
    const verdict = judgeRelease({ ...facts(deployment()), base: { sha: OTHER, descends: false } }, POLICY);
    expect(verdict.passed).toBe(false);
    expect(verdict.checks.at(-1)).toMatchObject({
      outcome: "failed",
      found: expect.stringContaining("which production serves"),
    });
  });
});
