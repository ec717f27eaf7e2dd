import { describe, expect, it } from "vitest";
import type { DeploymentFact } from "../../../src/release/facts.ts";
import { judge, proven, RUN, withEvidence, withJobs, withRun } from "./proof.ts";

describe("judgeRelease accepts", () => {
  it.each<[string, Partial<DeploymentFact>]>([
    ["a rebase of dev that failed", withJobs({ ...proven, "staging / rebase": "failure" })],
    ["a rebase of dev that goes on", withJobs({ ...proven, "staging / rebase": null })],
    ["a workflow that other workflows call", withJobs({ "a / b / check": "success", "a / b / deploy": "success" })],
    [
      "a deployment run again without its check, which passed in the first attempt",
      { ...withEvidence({ run_attempt: 2 }), ...withRun({ attempt: 2, jobs: RUN.jobs.slice(1) }) },
    ],
    ["jobs without a caller", withJobs({ check: "success", deploy: "success" })],
    ["a failed job of another name", withJobs({ ...proven, redeploy: "failure", "lint / check": "failure" })],
  ])("%s", (_, changes) => {
    expect(judge(changes).passed).toBe(true);
  });
});

describe("judgeRelease refuses", () => {
  it.each<[string, Partial<DeploymentFact>, string]>([
    [
      "a deployment job that failed, whatever the payload says",
      withJobs({ ...proven, "staging / deploy": "failure" }),
      'job "staging / deploy" of run 77, attempt 1 ended with failure',
    ],
    ["a deployment job that was skipped", withJobs({ ...proven, "staging / deploy": "skipped" }), "ended with skipped"],
    ["a check that failed", withJobs({ ...proven, "staging / check": "failure" }), '"staging / check" of run 77'],
    [
      "a job of the same name beside one that failed",
      withJobs({ deploy: "success", check: "success", ...proven, "staging / deploy": "cancelled" }),
      "ended with cancelled",
    ],
    [
      "two jobs of one name, the later failed",
      withRun({ jobs: [...RUN.jobs, { name: "staging / deploy", conclusion: "failure" }] }),
      "ended with failure",
    ],
  ])("%s", (_, changes, found) => {
    const verdict = judge(changes);
    expect(verdict.passed).toBe(false);
    expect(verdict.checks.filter(({ outcome }) => outcome !== "passed")).toEqual([
      {
        name: "The job that proved it succeeded",
        outcome: "failed",
        found: expect.stringContaining(found),
        cure: expect.stringContaining("Push the commit to staging"),
      },
    ]);
  });

  it.each<[string, Partial<DeploymentFact>, string, string]>([
    [
      "jobs of other names",
      withJobs({ "staging / redeploy": "success", "ci / test": "success" }),
      'GitHub shows no job "deploy" of run 77, attempt 1',
      "run its staging workflow again",
    ],
    [
      "a deployment without its check",
      withJobs({ "staging / deploy": "success", "ci / check": "success" }),
      'no job "staging / check"',
      "run its staging workflow again",
    ],
    [
      "jobs of another attempt only",
      { ...withEvidence({ run_attempt: 2 }), ...withRun({ attempt: 3, jobs: [] }) },
      "of run 77, attempt 2",
      "run its staging workflow again",
    ],
    [
      "a deployment job that goes on",
      withJobs({ ...proven, "staging / deploy": null }),
      "is still going on",
      "Wait until run 77 has ended",
    ],
  ])("%s as not measured, with the way to measure it", (_, changes, found, cure) => {
    const verdict = judge(changes);
    expect(verdict.passed).toBe(false);
    expect(verdict.checks.filter(({ outcome }) => outcome !== "passed")).toEqual([
      {
        name: "The job that proved it succeeded",
        outcome: "not measured",
        found: expect.stringContaining(found),
        cure: expect.stringContaining(cure),
      },
    ]);
  });
});
