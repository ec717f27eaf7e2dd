import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runWorkflow } from "../../support/act/act.ts";
import { downLevel } from "../../support/act/down-level.ts";
import type { StagedProduct } from "../../support/act/product.ts";
import { push } from "../../support/act/push.ts";
import { commit, git } from "../../support/git.ts";
import { type FakeGitHub, startFakeGitHub } from "../../support/github-api/fake-github.ts";

const slug = "maker/product";
const secret = "first line\n'\"\\$%&/ü $HOME #x\nlast";

/** A product of one reusable workflow and one action, which asks the API with its token. */
const productFiles: Record<string, string> = {
  ".github/workflows/record.yml": `
name: record
on:
  workflow_call:
    inputs: { environment: { type: string, required: true } }
    secrets: { KEY: { required: false } }
    outputs: { deployment: { value: "\${{ jobs.record.outputs.deployment }}" } }
permissions: {}
jobs:
  record:
    runs-on: ubuntu-24.04
    permissions: { deployments: write }
    concurrency: { group: "record-\${{ inputs.environment }}", queue: max }
    environment: { name: "\${{ inputs.environment }}", deployment: false }
    outputs: { deployment: "\${{ steps.record.outputs.deployment }}" }
    steps:
      - id: record
        uses: $/actions/record
        with: { environment: "\${{ inputs.environment }}", key: "\${{ secrets.KEY }}" }
  never:
    if: inputs.environment == 'nowhere'
    runs-on: ubuntu-24.04
    steps: [{ run: "echo never" }]
`,
  "actions/record/action.yml": `
name: record
description: writes a deployment
inputs:
  environment: { description: where }
  key: { description: a secret }
  token: { description: token, default: "\${{ github.token }}" }
outputs: { deployment: { description: its id } }
runs: { using: node24, main: ../../dist/record.js }
`,
  "dist/package.json": '{ "type": "module" }',
  "dist/record.js": `
import { createHash } from "node:crypto";
import { appendFileSync } from "node:fs";
const env = process.env;
const body = { ref: env.GITHUB_SHA, environment: env.INPUT_ENVIRONMENT, auto_merge: false, required_contexts: [] };
const headers = { authorization: "Bearer " + env.INPUT_TOKEN };
const url = env.GITHUB_API_URL + "/repos/" + env.GITHUB_REPOSITORY;
const run = await (await fetch(url + "/actions/runs/" + env.GITHUB_RUN_ID, { headers })).json();
const { jobs } = await (await fetch(url + "/actions/runs/" + run.id + "/attempts/1/jobs", { headers })).json();
console.log("jobs", ...jobs.flatMap((job) => [job.name, job.status]));
const answer = await fetch(url + "/deployments", { method: "POST", headers, body: JSON.stringify(body) });
if (!answer.ok) { console.log("::error title=Refused::" + (await answer.json()).message); process.exit(1); }
appendFileSync(env.GITHUB_OUTPUT, "deployment=" + (await answer.json()).id + "\\n");
appendFileSync(env.GITHUB_STEP_SUMMARY, "# Recorded\\n");
console.log("run", run.path, run.status, "key", createHash("sha256").update(env.INPUT_KEY ?? "").digest("hex").slice(0, 8));
`,
};

const caller = (permissions: string) => `
name: staging
on: { push: { branches: [staging] } }
permissions: {}
jobs:
  stage:
    permissions: ${permissions}
    uses: ${slug}/.github/workflows/record.yml@v1
    with: { environment: staging }
    secrets: { KEY: "\${{ secrets.KEY }}" }
  report:
    needs: stage
    runs-on: ubuntu-24.04
    steps: [{ run: "echo deployment \${{ needs.stage.outputs.deployment }}, \${{ vars.COLOUR }}" }]
`;

let fake: FakeGitHub;
let product: StagedProduct;

beforeEach(async () => {
  fake = await startFakeGitHub();
  await fake.createRepository("acme/addons");
  const dir = await mkdtemp(join(tmpdir(), "tiny-product-"));
  for (const [path, text] of Object.entries(productFiles)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), path.endsWith(".yml") ? downLevel(text, slug, "e2e") : text);
  }
  product = { dir, slug, sha: "f".repeat(40), [Symbol.dispose]() {} };
});

afterEach(async () => {
  await fake.close();
  await rm(product.dir, { recursive: true, force: true });
});

/** Writes a commit on a side branch, from which it is pushed. */
function prepare(files: Record<string, string>): Promise<string> {
  return commit(fake.repository("acme/addons").dir, "prepared", files);
}

const toStaging = (revision: string) => {
  const from = fake.repository("acme/addons").dir;
  return { fake, product, repository: "acme/addons", branch: "staging", from, revision };
};

test("a push runs exactly the workflows that listen to the branch, with token, secrets and outputs", async () => {
  const sha = await prepare({
    ".github/workflows/staging.yml": caller("{ contents: read, deployments: write, actions: read }"),
    ".github/workflows/dev.yml": caller("{}").replace("[staging]", "[dev]"),
  });
  const [result, ...others] = await push({ ...toStaging(sha), secrets: { KEY: secret }, vars: { COLOUR: "blue" } });
  expect(others).toEqual([]);
  expect(result).toMatchObject({ workflow: ".github/workflows/staging.yml", exitCode: 0 });
  expect(result?.jobs).toEqual({ record: "success", report: "success" });
  expect(result?.summaries).toEqual(["# Recorded\n"]);
  const [deployment] = fake.repository("acme/addons").deployments;
  expect(deployment).toMatchObject({ sha, environment: "staging", creator: { login: "github-actions[bot]" } });
  expect(result?.outputs["record.record"]).toEqual({ deployment: String(deployment?.id) });
  expect(result?.log).toContain(
    `run .github/workflows/staging.yml in_progress key ${createHash("sha256").update(secret).digest("hex").slice(0, 8)}`,
  );
  expect(result?.log).toContain(`deployment ${deployment?.id}, blue`);
  expect(result?.run).toMatchObject({
    status: "completed",
    conclusion: "success",
    headSha: sha,
    headBranch: "staging",
  });
  expect(result?.run.jobs.map(({ name, conclusion }) => [name, conclusion])).toEqual([
    ["stage / record", "success"],
    ["report", "success"],
  ]);
  expect(result?.log).toContain("jobs stage / record in_progress");
  expect(result?.run.referencedWorkflows).toEqual([
    { path: `${slug}/.github/workflows/record.yml@v1`, sha: product.sha, ref: "v1" },
  ]);
  fake.assertClean();
});

test("a job without the permission fails, and the jobs that need it do not run", async () => {
  const sha = await prepare({ ".github/workflows/staging.yml": caller("{ contents: read, actions: read }") });
  const [result] = await push(toStaging(sha));
  expect(result?.jobs).toEqual({ record: "failure" });
  expect(result?.run.conclusion).toBe("failure");
  expect(result?.annotations).toMatchObject([
    { level: "error", message: "Resource not accessible by integration", properties: { title: "Refused" } },
  ]);
});

test("a cancelled run stops its step and runs what is always to run", async () => {
  const workflow = ".github/workflows/long.yml";
  const work = "trap 'echo interrupted; exit 1' INT; echo begun; for i in {1..600}; do sleep 0.1; done";
  const steps = JSON.stringify([{ run: work }, { if: "always()", run: "echo tidied" }]);
  const sha = await prepare({
    [workflow]: `on: workflow_dispatch\njobs: { long: { runs-on: ubuntu-24.04, steps: ${steps} } }\n`,
  });
  const controller = new AbortController();
  const where = {
    fake,
    product,
    repository: "acme/addons",
    branch: "prepared",
    sha,
    workflow,
    event: "workflow_dispatch",
  };
  const onLine = ({ text }: { text: string }) => text === "begun" && controller.abort();
  const result = await runWorkflow({ ...where, onLine, signal: controller.signal });
  expect(result.run.conclusion).toBe("cancelled");
  expect(result.log).toMatch(/interrupted[\s\S]*tidied/);
  expect(result.seconds).toBeLessThan(20);
});

test("a push by an App in a run starts workflows too, one by GITHUB_TOKEN does not", async () => {
  const back = (token: string) => `
on: { push: { branches: [staging] } }
permissions: { contents: write }
jobs:
  back:
    runs-on: ubuntu-24.04
    env: { TOKEN: "\${{ ${token} }}" }
    steps:
      - run: |
          git init -q && git config http.extraheader "authorization: bearer $TOKEN"
          git fetch -q "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY" "$GITHUB_REF" && git push -q "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY" FETCH_HEAD:refs/heads/dev
`;
  const dev = "on: { push: { branches: [dev] } }\njobs: { dev: { runs-on: ubuntu-24.04, steps: [{ run: echo }] } }\n";
  const permissions = { contents: "write", workflows: "write" } as const;
  const app = fake.issueToken({ kind: "app", repositories: ["acme/addons"], permissions }).value;
  for (const [token, jobs] of [
    ["github.token", ["back"]],
    ["secrets.APP", ["back", "dev"]],
  ] as const) {
    const files = { ".github/workflows/back.yml": back(token), ".github/workflows/dev.yml": dev };
    const results = await push({ ...toStaging(await prepare(files)), secrets: { APP: app } });
    expect(results.map((result) => result.jobs)).toEqual(jobs.map((job) => ({ [job]: "success" })));
    await git(fake.repository("acme/addons").dir, ["update-ref", "-d", "refs/heads/dev"]);
  }
});

test("a workflow that GitHub would refuse is an error, not a push without runs", async () => {
  const sha = await prepare({ ".github/workflows/bad.yml": "on: push\njobs: { a: { runs-on: x, stepps: [] } }\n" });
  const pushed = push(toStaging(sha));
  await expect(pushed).rejects.toThrow(/GitHub would refuse the workflow: .*stepps/);
});
