// What staging records and production verifies in these tests.
import type { RecordRequest } from "../../../src/release/record.ts";
import type { VerifyRequest } from "../../../src/release/verify.ts";

export const REPOSITORY = "acme/addons";
export const WORKFLOW = "odoo-release-pipeline/odoo-release-pipeline/.github/workflows/staging.yml";
export const PIPELINE_FILE = `version: 1
odoo: { series: "19.0", command: /opt/odoo/odoo-bin, addons: [addons] }
nodes: { server: { host: local } }
environments:
  production: { role: production, branch: production, url: "https://odoo.example.com" }
  staging: { role: staging, branch: staging, url: "https://staging.example.com" }
`;

export const RECORD: Omit<RecordRequest, "commit" | "runId"> = {
  environment: "staging",
  environmentUrl: "https://staging.example.com",
  runAttempt: 1,
  outcome: "success",
  modules: { updated: ["sale_x"], installed: [] },
  updateSeconds: 41.2,
  copy: { manifest_sha256: "c".repeat(64), source_snapshot_at: "2026-11-25T10:00:00Z", rows: 120_000, clean: true },
  releaseSha256: "d".repeat(64),
};

export const VERIFY: Omit<VerifyRequest, "commit"> = {
  environment: "production",
  pipelineFile: ".github/odoo-pipeline.yml",
  policy: {
    repository: REPOSITORY,
    callerWorkflow: ".github/workflows/staging.yml",
    pipelineWorkflow: WORKFLOW,
    author: "github-actions[bot]",
  },
};
