import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { remoteUrl } from "../../../src/platform/git.ts";
import { connectGitHub } from "../../../src/platform/github.ts";
import { silentLog } from "../../../src/platform/log.ts";
import { type RecordRequest, recordEvidence } from "../../../src/release/record.ts";
import { renderReport } from "../../../src/release/report.ts";
import { type VerifyRequest, verifyRelease } from "../../../src/release/verify.ts";
import { commit } from "../../support/git.ts";
import { type FakeGitHub, startFakeGitHub } from "../../support/github-api/fake-github.ts";
import type { TokenRequest } from "../../support/github-api/tokens.ts";
import { PIPELINE_FILE, RECORD, REPOSITORY, VERIFY, WORKFLOW } from "./requests.ts";

let github: FakeGitHub;
let base: string;
let head: string;

beforeEach(async () => {
  github = await startFakeGitHub();
  const { dir } = await github.createRepository(REPOSITORY);
  const files = { ".github/odoo-pipeline.yml": PIPELINE_FILE };
  base = await commit(dir, "production", files, { message: "chore: the pipeline" });
  await commit(
    dir,
    "staging",
    { "addons/sale_x/a.py": "1\n" },
    { from: "production", message: "feat: <b>sale</b> | x" },
  );
  head = await commit(
    dir,
    "staging",
    { "addons/sale_x/b.py": "2\n", "README.md": "hello\n" },
    { message: "fix: @sale" },
  );
  await release(base);
});

afterEach(async () => {
  github.assertClean();
  await github.close();
});

function depsOf(kind: TokenRequest["kind"] = "workflow") {
  const permissions = { contents: "read", deployments: "write", actions: "read" } as const;
  const { value: token } = github.issueToken({ kind, repositories: [REPOSITORY], permissions });
  return {
    github: connectGitHub({ apiUrl: github.url, token, repository: REPOSITORY, log: silentLog }),
    git: { url: remoteUrl(github.url, REPOSITORY), token },
    log: silentLog,
  };
}

/** A deployment of the production environment, as GitHub makes one for a job that names it. */
async function release(sha: string, state: "success" | "failure" = "success") {
  const { github: api } = depsOf();
  const { id } = await api.createDeployment({ sha, environment: "production", task: "deploy", payload: {} });
  await api.createDeploymentStatus(id, { state });
}

function startStagingRun() {
  return github.startRun(REPOSITORY, {
    path: ".github/workflows/staging.yml",
    headSha: head,
    headBranch: "staging",
    event: "push",
    referencedWorkflows: [{ path: `${WORKFLOW}@v1`, sha: "a".repeat(40), ref: "v1" }],
  });
}

const recordOf = (runId: number, changes: Partial<RecordRequest> = {}): RecordRequest => ({
  ...RECORD,
  ...{ commit: head, runId, ...changes },
});
const verifyOf = (changes: Partial<VerifyRequest> = {}): VerifyRequest => ({
  ...VERIFY,
  commit: head,
  ...changes,
});
const foundIn = ({ verdict }: Awaited<ReturnType<typeof verifyRelease>>) =>
  verdict.checks.filter(({ outcome }) => outcome !== "passed").map(({ found }) => found);

/** A run whose deployment succeeds; what follows it may not. */
async function proveOnStaging(rebase: "success" | "failure" = "success") {
  const run = startStagingRun();
  github.finishJob(github.startJob(run, "staging / check"), "success");
  const deploy = github.startJob(run, "staging / deploy");
  await recordEvidence(recordOf(run.id), depsOf());
  github.finishJob(deploy, "success");
  github.finishJob(github.startJob(run, "staging / rebase"), rebase);
  github.finishRun(run, rebase);
  return run;
}

describe("a commit that staging proved", () => {
  it("passes, and the report says what reviewers want to know", async () => {
    const run = await proveOnStaging();
    const review = await verifyRelease(verifyOf(), depsOf());
    expect(foundIn(review)).toEqual([]);
    expect(review.verdict.passed).toBe(true);
    expect(review.changes?.map(({ modules }) => modules)).toEqual([["sale_x"], ["sale_x"]]);

    const report = renderReport(review, github.url, new Date("2026-11-25T16:00:00Z"));
    for (const part of [
      `## Release ${head.slice(0, 12)}: proven on staging`,
      `[run ${run.id}]`,
      "1: `sale_x`",
      "41 s",
      "masked copy of production, 6 h 00 m old",
      "120,000 rows",
      "| `sale_x` | 2 |",
      "&lt;b&gt;sale&lt;/b&gt;",
    ]) {
      expect(report).toContain(part);
    }
    expect(report).not.toMatch(/<b>|[^!]@sale/);
  });

  it("still passes after the next commit made its deployment inactive", async () => {
    await proveOnStaging();
    const { dir } = github.repository(REPOSITORY);
    const first = head;
    head = await commit(dir, "staging", { "addons/sale_x/c.py": "3\n" });
    await proveOnStaging();
    expect((await verifyRelease(verifyOf({ commit: first }), depsOf())).verdict.passed).toBe(true);
  });

  it("passes though the rebase of dev met a conflict", async () => {
    await proveOnStaging("failure");
    expect(foundIn(await verifyRelease(verifyOf(), depsOf()))).toEqual([]);
  });

  it("is compared with what was released and served, not with what a push or a failed release brought", async () => {
    await proveOnStaging();
    const { dir } = github.repository(REPOSITORY);
    await release(base, "failure");
    const refused = await commit(dir, "production", { "addons/hot/a.py": "1\n" });
    await release(refused, "failure");
    const review = await verifyRelease(verifyOf(), depsOf());
    expect(review.base).toEqual({ sha: base, descends: true });
    expect(renderReport(review, github.url, new Date())).toContain(`| In production now | [\`${base.slice(0, 12)}\`]`);
  });

  it("is judged by the rules that production serves, and the report shows what it changes of them", async () => {
    const { dir } = github.repository(REPOSITORY);
    const rules = PIPELINE_FILE.replace("branch: staging", "branch: anything");
    head = await commit(dir, "staging", {
      ".github/odoo-pipeline.yml": `${rules}policies: { require_masked_copy: false }\n`,
    });
    await proveOnStaging();
    const review = await verifyRelease(verifyOf(), depsOf());
    expect(review.verdict.passed).toBe(true); // its run was of branch staging
    const report = renderReport(review, github.url, new Date());
    expect(report).toContain('environments.staging.branch: "staging" becomes "anything"');
    expect(report).toContain("policies.require\\_masked\\_copy: true becomes false");
    await recordEvidence(recordOf(startStagingRun().id, { copy: null }), depsOf());
    expect(foundIn(await verifyRelease(verifyOf(), depsOf())).join()).toContain("not proven on a masked copy");
  });

  it("says when it was judged by its own rules, since those of production cannot be read", async () => {
    const { dir } = github.repository(REPOSITORY);
    const before = await commit(dir, "staging", { ".github/odoo-pipeline.yml": "version: 0\n" });
    await release(before);
    head = await commit(dir, "staging", { ".github/odoo-pipeline.yml": PIPELINE_FILE });
    await proveOnStaging();
    const report = renderReport(await verifyRelease(verifyOf(), depsOf()), github.url, new Date());
    expect(report).toContain("judged by the rules that it brings");
  });

  it("is voided by a failed deployment of a later attempt", async () => {
    const run = await proveOnStaging();
    Object.assign(run, { attempt: 2, status: "in_progress", conclusion: null });
    await recordEvidence(recordOf(run.id, { runAttempt: 2, outcome: "failure" }), depsOf());
    github.finishRun(run, "failure");
    expect(foundIn(await verifyRelease(verifyOf(), depsOf()))).toContain("its history is failure");
  });
});

describe("the gate refuses", () => {
  it("a commit that was never on staging, naming the way", async () => {
    const review = await verifyRelease(verifyOf(), depsOf());
    expect(foundIn(review)).toEqual([`${head.slice(0, 12)} was never deployed to staging by this pipeline`]);
    expect(renderReport(review, github.url, new Date())).toContain("Push the commit to staging");
  });

  it("evidence that a person wrote", async () => {
    const run = startStagingRun();
    await recordEvidence(recordOf(run.id), depsOf("user"));
    github.finishRun(run, "success");
    expect(foundIn(await verifyRelease(verifyOf(), depsOf())).join()).toContain("was created by dev");
  });

  it("evidence that another workflow wrote about a staging run that failed", async () => {
    const run = startStagingRun();
    github.finishJob(github.startJob(run, "staging / check"), "success");
    const deploy = github.startJob(run, "staging / deploy");
    await recordEvidence(recordOf(run.id), depsOf());
    const where = `job "staging / deploy" of run ${run.id}, attempt 1`;
    const early = await verifyRelease(verifyOf(), depsOf());
    expect(foundIn(early)).toEqual([`${where} is still going on`]);
    expect(renderReport(early, github.url, new Date())).toContain(`Wait until run ${run.id} has ended`);
    github.finishJob(deploy, "failure");
    expect(foundIn(await verifyRelease(verifyOf(), depsOf()))).toEqual([`${where} ended with failure`]);

    // A later attempt proves nothing about the one that the evidence names.
    Object.assign(run, { attempt: 2 });
    for (const name of ["staging / check", "staging / deploy"]) github.startJob(run, name);
    github.finishRun(run, "success");
    expect(foundIn(await verifyRelease(verifyOf(), depsOf()))).toEqual([`${where} ended with failure`]);
  });

  it("a release that lacks what production has", async () => {
    await proveOnStaging();
    const { dir } = github.repository(REPOSITORY);
    const hotfix = await commit(dir, "production", { "addons/hot/a.py": "1\n" });
    await release(hotfix);
    const review = await verifyRelease(verifyOf(), depsOf());
    expect(foundIn(review).join()).toContain("which production serves");
  });

  it("a commit that renames production's environment, which would hide what is released", async () => {
    const { dir } = github.repository(REPOSITORY);
    const renamed = PIPELINE_FILE.replace("  production: {", "  live: {");
    head = await commit(dir, "staging", { ".github/odoo-pipeline.yml": renamed });
    await proveOnStaging();
    await expect(verifyRelease(verifyOf(), depsOf())).rejects.toMatchObject({ code: "unknown-environment" });
    const swapped = PIPELINE_FILE.replace("role: production", "role: development").replace(
      "role: staging",
      "role: production",
    );
    head = await commit(dir, "staging", {
      ".github/odoo-pipeline.yml": `${swapped}  qa: { role: staging, branch: qa, url: "https://qa.example.com" }\n`,
    });
    await expect(verifyRelease(verifyOf(), depsOf())).rejects.toMatchObject({ code: "other-role" });
  });

  it("an older run that is run again after a newer release", async () => {
    await proveOnStaging();
    const { dir } = github.repository(REPOSITORY);
    const older = head;
    head = await commit(dir, "staging", { "addons/sale_x/c.py": "3\n" });
    await release(older);
    await release(head);
    expect(foundIn(await verifyRelease(verifyOf({ commit: older }), depsOf())).join()).toContain(
      "which production serves",
    );
  });

  it("to record about a run that it cannot see", async () => {
    await expect(recordEvidence(recordOf(999_999), depsOf())).rejects.toMatchObject({ code: "unknown-run" });
  });
});
