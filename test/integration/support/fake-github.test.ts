import { Octokit } from "@octokit/rest";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { commit } from "../../support/git.ts";
import { type FakeGitHub, startFakeGitHub } from "../../support/github-api/fake-github.ts";
import type { Permissions } from "../../support/github-api/tokens.ts";

const acme = { owner: "acme", repo: "addons" };
const everything: Permissions = { contents: "write", deployments: "write", actions: "read", pull_requests: "read" };

let fake: FakeGitHub;
let head: string;

beforeEach(async () => {
  fake = await startFakeGitHub();
  const { dir } = await fake.createRepository("acme/addons");
  await commit(dir, "production", { "README.md": "one\n" }, { message: "first" });
  head = await commit(dir, "staging", { "sale/__manifest__.py": "{}\n" }, { from: "production", message: "second" });
});

afterEach(() => fake.close());

function connect(permissions: Permissions = everything): Octokit {
  const token = fake.issueToken({ kind: "workflow", repositories: ["acme/addons"], permissions });
  const quiet = { debug() {}, info() {}, warn() {}, error() {} };
  return new Octokit({ auth: token.value, baseUrl: fake.url, log: quiet, retry: { enabled: false } });
}

const deploymentOf = (ref: string) => ({
  ...acme,
  ref,
  environment: "staging",
  auto_merge: false,
  required_contexts: [],
  payload: { commit: ref },
});

describe("answers computed from git", () => {
  test("repository, branch, ref, commit and tree", async () => {
    const { rest } = connect();
    expect((await rest.repos.get(acme)).data.default_branch).toBe("production");
    expect((await rest.repos.getBranch({ ...acme, branch: "staging" })).data).toMatchObject({
      protected: true,
      commit: { sha: head },
    });
    expect((await rest.git.getRef({ ...acme, ref: "heads/staging" })).data.object).toMatchObject({
      type: "commit",
      sha: head,
    });
    const { data } = await rest.repos.getCommit({ ...acme, ref: "staging" });
    expect(data.files).toMatchObject([{ filename: "sale/__manifest__.py", status: "added", additions: 1 }]);
    expect((await rest.git.getCommit({ ...acme, commit_sha: head })).data.tree.sha).toBe(data.commit.tree.sha);
    fake.assertClean();
  });

  test("a comparison pages its commits and gives files on the first page only", async () => {
    const { dir } = fake.repository("acme/addons");
    for (const name of ["a", "b", "c"]) await commit(dir, "staging", { [name]: "x" });
    const { rest } = connect();
    const range = { ...acme, basehead: "production...staging" };
    const { data } = await rest.repos.compareCommitsWithBasehead(range);
    expect(data).toMatchObject({ status: "ahead", ahead_by: 4, behind_by: 0, total_commits: 4 });
    const second = await rest.repos.compareCommitsWithBasehead({ ...range, per_page: 3, page: 2 });
    expect(second.data.commits).toHaveLength(1);
    expect(second.data.files).toEqual([]);
    fake.assertClean();
  });

  test("branches without a common ancestor are not comparable", async () => {
    await commit(fake.repository("acme/addons").dir, "orphan", { x: "x" }, { from: "nothing" });
    const comparison = connect().rest.repos.compareCommitsWithBasehead({ ...acme, basehead: "production...orphan" });
    await expect(comparison).rejects.toThrow(/No common ancestor/);
  });
});

describe("deployments", () => {
  test("a success makes earlier ones of the same environment inactive, newest status first", async () => {
    const { rest } = connect();
    const deploy = async () => {
      const { data } = await rest.repos.createDeployment(deploymentOf(head));
      if (!("id" in data)) throw new Error("no deployment");
      await rest.repos.createDeploymentStatus({
        ...acme,
        deployment_id: data.id,
        state: "success",
        log_url: `${fake.url}/run`,
      });
      return data.id;
    };
    const [first, second] = [await deploy(), await deploy()];
    const states = async (deployment_id: number) =>
      (await rest.repos.listDeploymentStatuses({ ...acme, deployment_id })).data.map(({ state }) => state);
    expect(await states(first)).toEqual(["inactive", "success"]);
    expect(await states(second)).toEqual(["success"]);
    const { data } = await rest.repos.listDeployments({ ...acme, sha: head, environment: "staging" });
    expect(data.map(({ id }) => id)).toEqual([second, first]);
    expect(data[0]).toMatchObject({ payload: { commit: head }, creator: { login: "github-actions[bot]" } });
    fake.assertClean();
  });

  test.each([
    ["an unknown ref", { ref: "nowhere" }, 422],
    ["contexts that did not succeed", { required_contexts: ["ci"] }, 409],
  ])("%s is refused as on GitHub", async (_, change, status) => {
    await expect(connect().rest.repos.createDeployment({ ...deploymentOf(head), ...change })).rejects.toMatchObject({
      status,
    });
    fake.assertClean();
  });

  test("a description of more than 140 characters is refused", async () => {
    const { rest } = connect();
    const { data } = await rest.repos.createDeployment(deploymentOf(head));
    const status = {
      ...acme,
      deployment_id: (data as { id: number }).id,
      state: "success",
      description: "x".repeat(141),
    } as const;
    await expect(rest.repos.createDeploymentStatus(status)).rejects.toMatchObject({ status: 422 });
  });
});

test("a run is known with its workflow, its commit and its attempt", async () => {
  const where = { headSha: head, headBranch: "staging", event: "push" };
  const referencedWorkflows = [{ path: "acme/product/.github/workflows/staging.yml@v1", sha: head }];
  const run = fake.startRun("acme/addons", { path: ".github/workflows/staging.yml", ...where, referencedWorkflows });
  const { rest } = connect();
  const read = async () => (await rest.actions.getWorkflowRun({ ...acme, run_id: run.id })).data;
  expect(await read()).toMatchObject({ status: "in_progress", conclusion: null, path: run.path, head_sha: head });
  fake.finishRun(run, "success");
  expect(await read()).toMatchObject({
    status: "completed",
    conclusion: "success",
    referenced_workflows: referencedWorkflows,
  });
  const attempt = rest.actions.getWorkflowRunAttempt({ ...acme, run_id: run.id, attempt_number: 2 });
  await expect(attempt).rejects.toMatchObject({ status: 404 });
  fake.assertClean();
});

test("pull requests are found by head and base", async () => {
  fake.openPull("acme/addons", { head: "staging", base: "production", title: "Release" });
  const { rest } = connect();
  const { data } = await rest.pulls.list({ ...acme, head: "acme:staging", base: "production" });
  expect(data).toMatchObject([{ title: "Release", head: { sha: head } }]);
  expect((await rest.pulls.list({ ...acme, base: "dev" })).data).toEqual([]);
  const commits = await rest.pulls.listCommits({ ...acme, pull_number: data[0]?.number ?? 0 });
  expect(commits.data.map(({ sha }) => sha)).toEqual([head]);
  fake.assertClean();
});

test("an environment shows its reviewers", async () => {
  fake.setEnvironment("acme/addons", "production", ["boss"]);
  const { data } = await connect().rest.repos.getEnvironment({ ...acme, environment_name: "production" });
  expect(data.protection_rules).toMatchObject([
    { type: "required_reviewers", reviewers: [{ reviewer: { login: "boss" } }] },
  ]);
  fake.assertClean();
});

describe("tokens", () => {
  test("without the permission the answer is 403 and names it", async () => {
    const denied = connect({ contents: "read", deployments: "read" }).rest.repos.createDeployment(deploymentOf(head));
    await expect(denied).rejects.toMatchObject({
      status: 403,
      response: { headers: { "x-accepted-github-permissions": "deployments=write" } },
    });
  });

  test("a repository that the token cannot see does not exist", async () => {
    await fake.createRepository("acme/secret");
    await expect(connect().rest.repos.get({ owner: "acme", repo: "secret" })).rejects.toMatchObject({ status: 404 });
  });

  test("an unknown token is a bad credential", async () => {
    const stranger = new Octokit({ auth: "ghs_unknown", baseUrl: fake.url });
    await expect(stranger.rest.repos.get(acme)).rejects.toMatchObject({ status: 401 });
  });
});

describe("what GitHub's description does not know makes a test fail", () => {
  test.each([
    ["an unknown path", "GET /repos/acme/addons/wonders", {}],
    ["an unknown query parameter", "GET /repos/acme/addons/deployments", { colour: "red" }],
    ["an unknown field of the body", "POST /repos/acme/addons/deployments", { ref: "staging", colour: "red" }],
    ["a missing field of the body", "POST /repos/acme/addons/deployments", { task: "deploy" }],
    ["a value outside its list", "POST /repos/acme/addons/deployments/1/statuses", { state: "great" }],
    ["a merge that the fake does not make", "POST /repos/acme/addons/deployments", { ref: "staging" }],
  ])("%s", async (_, route, parameters) => {
    await expect(connect().request(route, parameters)).rejects.toMatchObject({ status: 501 });
    expect(() => fake.assertClean()).toThrow(route);
  });
});

describe("faults", () => {
  test.each(["500", "502"] as const)("%s once, then well again", async (kind) => {
    const { rest } = connect();
    fake.fail({ kind, count: 1 });
    await expect(rest.repos.get(acme)).rejects.toMatchObject({ status: Number(kind) });
    expect((await rest.repos.get(acme)).status).toBe(200);
  });

  test("a secondary limit says when to come back", async () => {
    fake.fail({ kind: "secondary-limit", count: 1, seconds: 7 });
    await expect(connect().rest.repos.get(acme)).rejects.toMatchObject({
      status: 403,
      response: { headers: { "retry-after": "7" } },
    });
  });

  test("truncated and reset answers are errors of the client, other paths are spared", async () => {
    const { rest } = connect();
    const headers = { authorization: `Bearer ${[...fake.state.tokens.keys()][0]}` };
    fake.fail({ kind: "truncated", count: 1, match: /addons$/ });
    fake.fail({ kind: "reset", count: 1, match: /addons$/ });
    expect((await rest.repos.listDeployments(acme)).data).toEqual([]);
    const cut = await fetch(`${fake.url}/repos/acme/addons`, { headers });
    await expect(cut.json()).rejects.toThrow(/JSON/);
    await expect(fetch(`${fake.url}/repos/acme/addons`, { headers })).rejects.toThrow(/fetch failed/);
  });

  test("a slow body arrives in the end", async () => {
    fake.fail({ kind: "slow", count: 1, seconds: 0.02 });
    const start = Date.now();
    expect((await connect().rest.repos.get(acme)).data.name).toBe("addons");
    expect(Date.now() - start).toBeGreaterThan(150);
  });
});

test("an unchanged answer is a 304 to who asks by its ETag", async () => {
  const { rest } = connect();
  const { etag } = (await rest.repos.get(acme)).headers;
  const again = rest.repos.get({ ...acme, headers: { "if-none-match": etag ?? "" } });
  await expect(again).rejects.toMatchObject({ status: 304 });
});
