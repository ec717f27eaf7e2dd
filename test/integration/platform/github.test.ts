import { createServer } from "node:http";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ExpectedError } from "../../../src/platform/errors.ts";
import { connectGitHub, type GitHub } from "../../../src/platform/github.ts";
import { silentLog } from "../../../src/platform/log.ts";
import { git } from "../../support/git.ts";
import { type FakeGitHub, startFakeGitHub } from "../../support/github-api/fake-github.ts";

const repository = "team/addons";
const all = { metadata: "read", contents: "read", actions: "read", deployments: "write" } as const;
let fake: FakeGitHub;
let github: GitHub;
let sha: string;

beforeEach(async () => {
  fake = await startFakeGitHub();
  const { dir } = await fake.createRepository(repository);
  const tree = await git(dir, ["mktree"]);
  sha = await git(dir, ["commit-tree", "-m", "first", tree]);
  await git(dir, ["update-ref", "refs/heads/feature/a", sha]);
  github = connect();
});
afterEach(async () => {
  fake.assertClean();
  await fake.close();
});

function connect(permissions: Partial<typeof all> = all, changes: { token?: string; apiUrl?: string } = {}): GitHub {
  const { value: token } = fake.issueToken({ kind: "workflow", repositories: [repository], permissions });
  return connectGitHub({ apiUrl: `${fake.url}/`, token, repository, log: silentLog, ...changes });
}

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => expect.fail("it did not fail"),
    (error: unknown) => error as ExpectedError,
  );
const deployment = (task: string) => ({ sha, environment: "staging", task, payload: { kind: "test", n: 1 } });

test("repository, branch and run", async () => {
  expect(await github.getRepository()).toMatchObject({ defaultBranch: "production" });
  expect(await github.getBranchSha("feature/a")).toBe(sha);
  expect(await github.getBranchSha("none")).toBeUndefined();
  const facts = { path: ".github/workflows/staging.yml", headSha: sha, headBranch: "staging", event: "push" };
  const run = fake.startRun(repository, facts);
  fake.finishRun(run, "success");
  expect(await github.getRun(run.id)).toMatchObject({ ...facts, conclusion: "success", attempt: 1 });
  expect(await github.getRun(4)).toBeUndefined();
});

test("the jobs of one attempt, all pages", async () => {
  const facts = { path: ".github/workflows/staging.yml", headSha: sha, headBranch: "staging", event: "push" };
  const run = fake.startRun(repository, facts);
  fake.finishJob(fake.startJob(run, "staging / check"), "failure");
  run.attempt = 2;
  for (let number = 1; number <= 101; number += 1) fake.startJob(run, `staging / ${number}`);
  expect(await github.listJobs(run.id, 1)).toMatchObject([{ name: "staging / check", conclusion: "failure" }]);
  const names = (await github.listJobs(run.id, 2)).map(({ name, conclusion }) => [name, conclusion]);
  expect([names.length, names.at(-1)]).toEqual([101, ["staging / 101", null]]);
  expect(await github.listJobs(run.id, 3)).toEqual([]);
});

test("deployments with their statuses, newest first", async () => {
  const made = await github.createDeployment(deployment("deploy"));
  expect(made).toMatchObject({ sha, environment: "staging", task: "deploy", payload: { kind: "test", n: 1 } });
  await github.createDeploymentStatus(made.id, { state: "in_progress", description: "x".repeat(200) });
  await github.createDeploymentStatus(made.id, { state: "success", logUrl: "https://example.com/log" });
  const statuses = await github.listDeploymentStatuses(made.id);
  expect(statuses.map(({ state, logUrl }) => [state, logUrl])).toEqual([
    ["success", "https://example.com/log"],
    ["in_progress", null],
  ]);
  expect(await github.listDeployments({ sha, environment: "staging" })).toMatchObject([{ id: made.id }]);
  expect(await github.listDeployments({ environment: "production" })).toEqual([]);
});

test("all pages are read", async () => {
  const made = await github.createDeployment(deployment("deploy"));
  const stored = fake.repository(repository).deployments;
  const [first] = stored;
  if (!first) throw new Error("the fake kept no deployment");
  for (let extra = 1; extra <= 150; extra += 1) stored.push({ ...first, id: first.id + extra });
  const listed = await github.listDeployments({ sha });
  expect([listed.length, new Set(listed.map(({ id }) => id)).size]).toEqual([151, 151]);
  expect(listed.at(-1)?.id ?? 0).toBeGreaterThanOrEqual(made.id);
});

describe("a bad day of GitHub", () => {
  test.each(["500", "502", "reset", "secondary-limit"] as const)(
    "what only reads is repeated after %s",
    async (kind) => {
      fake.fail({ kind, count: 1, match: /^GET/, seconds: 1 });
      expect(await github.getBranchSha("feature/a")).toBe(sha);
    },
  );

  test("a deployment is not made twice", async () => {
    fake.fail({ kind: "502", count: 1, match: /^POST/ });
    expect((await failureOf(github.createDeployment(deployment("deploy")))).code).toBe("github-unavailable");
    expect(await github.listDeployments({ sha })).toEqual([]);
  });
});

describe("wrong input and cut connections are one clear error", () => {
  test("a missing permission is named as YAML", async () => {
    const error = await failureOf(connect({ contents: "read" }).createDeployment(deployment("deploy")));
    expect(error.code).toMatch(/github-(forbidden|not-found)/);
    expect(error.remedy).toContain("permissions:\n  deployments: write");
    expect(error.message).toContain("create a deployment of team/addons: HTTP 40");
  });

  test("a wrong token is in no part of the error", async () => {
    const error = await failureOf(connect(all, { token: "ghs_s3cret" }).getRepository());
    expect(error.code).toBe("github-unauthorized");
    expect(`${error.message} ${error.remedy} ${error.stack} ${String(error.cause)}`).not.toContain("s3cret");
  });

  test("a commit that does not exist", async () => {
    const error = await failureOf(github.createDeployment({ ...deployment("deploy"), sha: "f".repeat(40) }));
    expect(error.code).toMatch(/github-(refused|not-found)/);
  });

  test("a server that cuts every connection", async () => {
    let tries = 0;
    const cutting = createServer((request) => {
      tries += 1;
      request.socket.destroy();
    });
    await new Promise<void>((resolve) => cutting.listen(0, "127.0.0.1", resolve));
    const apiUrl = `http://127.0.0.1:${(cutting.address() as { port: number }).port}`;
    const error = await failureOf(connect(all, { apiUrl }).getRepository());
    cutting.close();
    expect([error.code, tries]).toEqual(["github-unavailable", 3]);
  });
});
