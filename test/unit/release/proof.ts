// A commit that staging proved, and changes of it.
import { EVIDENCE_KIND, type Evidence } from "../../../src/release/evidence.ts";
import type { DeploymentFact, GateFacts, GatePolicy, RunFact } from "../../../src/release/facts.ts";
import { judgeRelease } from "../../../src/release/gate.ts";

export const COMMIT = "c".repeat(40);
export const TREE = "7".repeat(40);
export const OTHER = "0".repeat(40);
export const BOT = "github-actions[bot]";
export const PIPELINE = "odoo-release-pipeline/odoo-release-pipeline/.github/workflows/staging.yml";

export const POLICY: GatePolicy = {
  repository: "acme/addons",
  environment: "staging",
  branch: "staging",
  callerWorkflow: ".github/workflows/staging.yml",
  pipelineWorkflow: PIPELINE,
  requireMaskedCopy: true,
  author: BOT,
};

export const EVIDENCE: Evidence = {
  kind: EVIDENCE_KIND,
  commit: COMMIT,
  tree: TREE,
  run_id: 77,
  run_attempt: 1,
  workflow: ".github/workflows/staging.yml",
  modules: { updated: ["sale_x"], installed: [] },
  update_seconds: 41,
  copy: { manifest_sha256: "a".repeat(64), source_snapshot_at: "2026-11-25T10:00:00Z", rows: 120_000, clean: true },
  release_sha256: "b".repeat(64),
};

export const RUN: RunFact = {
  id: 77,
  attempt: 1,
  path: ".github/workflows/staging.yml",
  headSha: COMMIT,
  headBranch: "staging",
  event: "push",
  referencedWorkflows: [`${PIPELINE}@v1`],
  jobs: [
    { name: "staging / check", conclusion: "success" },
    { name: "staging / deploy", conclusion: "success" },
    { name: "staging / rebase", conclusion: "success" },
  ],
  url: "https://github.example/acme/addons/actions/runs/77",
};

export const status = (state: string, creator = BOT) => ({ state, creator });
export const deployment = (changes: Partial<DeploymentFact> = {}): DeploymentFact => ({
  id: 10,
  sha: COMMIT,
  environment: "staging",
  creator: BOT,
  payload: EVIDENCE,
  statuses: [status("in_progress"), status("success")],
  run: RUN,
  ...changes,
});
export const facts = (...deployments: DeploymentFact[]): GateFacts => ({
  commit: COMMIT,
  tree: TREE,
  base: { sha: OTHER, descends: true },
  deployments,
});
export const judge = (changes: Partial<DeploymentFact> = {}) => judgeRelease(facts(deployment(changes)), POLICY);
export const withRun = (changes: Partial<RunFact>): Partial<DeploymentFact> => ({ run: { ...RUN, ...changes } });
/** Conclusion by name of the run's jobs. */
export const withJobs = (jobs: Record<string, string | null>) =>
  withRun({ jobs: Object.entries(jobs).map(([name, conclusion]) => ({ name, conclusion })) });
export const proven = { "staging / check": "success", "staging / deploy": "success" };
export const withEvidence = (changes: Partial<Evidence>): Partial<DeploymentFact> => ({
  payload: { ...EVIDENCE, ...changes },
});
