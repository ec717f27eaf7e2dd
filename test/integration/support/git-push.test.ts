import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { commit, createBare, git } from "../../support/git.ts";
import { startGitServer } from "../../support/git-server.ts";
import { type FakeGitHub, startFakeGitHub } from "../../support/github-api/fake-github.ts";
import type { TokenRequest } from "../../support/github-api/tokens.ts";

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "git-push-"));
});

afterEach(() => rm(dir, { recursive: true, force: true }));

function withToken(token: string): Record<string, string> {
  const basic = Buffer.from(`x-access-token:${token}`).toString("base64");
  return {
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "http.extraheader",
    GIT_CONFIG_VALUE_0: `authorization: basic ${basic}`,
  };
}

describe("git server", () => {
  test("serves filtered clones to a reader, takes pushes from a writer, and knows what they sent", async () => {
    const bare = await createBare(dir, "acme/addons");
    await commit(bare, "production", { "big.txt": "x".repeat(1000) });
    const tokens = { reader: { contents: "read" }, writer: { contents: "write" } } as const;
    await using server = await startGitServer(dir, { tokens });
    const url = `${server.url}/acme/addons.git`;
    const clone = join(dir, "clone");
    await git(dir, ["clone", "--quiet", "--bare", "--filter=tree:0", url, clone], { env: withToken("reader") });
    expect(await git(clone, ["rev-list", "--objects", "--all", "--missing=print"])).toMatch(/^\?/m);
    const push = (token: string) => git(clone, ["push", "--quiet", url, "production:copy"], { env: withToken(token) });
    await expect(push("reader")).rejects.toThrow(/403/);
    await push("writer");
    await expect(git(dir, ["ls-remote", url])).rejects.toThrow(/could not read Username|Authentication failed/);
    expect(await git(bare, ["rev-parse", "copy"])).toBe(await git(bare, ["rev-parse", "production"]));
    const expected = `basic ${Buffer.from("x-access-token:reader").toString("base64")}`;
    expect(server.requests.some(({ authorization }) => authorization === expected)).toBe(true);
  });
});

describe("pushes to the fake GitHub", () => {
  let fake: FakeGitHub;
  let bare: string;
  let work: string;

  beforeEach(async () => {
    fake = await startFakeGitHub();
    bare = (await fake.createRepository("acme/addons")).dir;
    await commit(bare, "staging", { a: "1", ".github/workflows/ci.yml": "on: push\n" });
    work = join(dir, "work.git");
    await git(dir, ["clone", "--quiet", "--bare", bare, work]);
  });

  afterEach(() => fake.close());

  function push(
    kind: TokenRequest["kind"],
    refspec: string,
    permissions: TokenRequest["permissions"] = { contents: "write" },
  ) {
    const token = fake.issueToken({ kind, repositories: ["acme/addons"], permissions });
    return git(work, ["push", "--quiet", `${fake.url}/acme/addons.git`, refspec], { env: withToken(token.value) });
  }

  test("a push is recorded, and starts workflows unless GITHUB_TOKEN made it", async () => {
    const after = await commit(work, "dev", { b: "1" }, { from: "staging" });
    await push("workflow", "dev");
    await push("app", "dev:feature");
    const before = "0".repeat(40);
    expect(fake.state.pushes).toMatchObject([
      { ref: "refs/heads/dev", before, after, pusher: "github-actions[bot]", triggersWorkflows: false },
      { ref: "refs/heads/feature", before, after, pusher: "release-app[bot]", triggersWorkflows: true },
    ]);
  });

  test("a protected branch goes forward only", async () => {
    await commit(work, "staging", { b: "2" });
    await push("app", "staging");
    await commit(work, "staging", { b: "3" }, { from: "staging~1" });
    await expect(push("app", "+staging")).rejects.toThrow(/Cannot force-push to this branch/);
    await expect(push("app", ":staging")).rejects.toThrow(/Cannot delete this branch/);
  });

  test("workflow files change only with the permission for them", async () => {
    await commit(work, "staging", { ".github/workflows/ci.yml": "on: [push]\n" });
    await expect(push("workflow", "staging")).rejects.toThrow(
      /refusing to allow .*ci\.yml.* without `workflows` permission/,
    );
    await expect(push("workflow", "staging:new")).rejects.toThrow(/refusing to allow/);
    await push("app", "staging", { contents: "write", workflows: "write" });
    await push("workflow", "staging:backup");
  });

  test("reading is not writing, and without contents there is no repository", async () => {
    await commit(work, "dev", { b: "1" }, { from: "staging" });
    await expect(push("workflow", "dev", { contents: "read" })).rejects.toThrow(/403/);
    await expect(push("workflow", "dev", {})).rejects.toThrow(/not found/);
  });

  test("GITHUB_TOKEN can never have the workflows permission", () => {
    const request: TokenRequest = { kind: "workflow", repositories: [], permissions: { workflows: "write" } };
    expect(() => fake.issueToken(request)).toThrow(/never/);
  });
});
