import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { ExpectedError } from "../../../src/platform/errors.ts";
import { PushRejectedError, Repository, remoteUrl } from "../../../src/platform/git.ts";
import { silentLog } from "../../../src/platform/log.ts";
import { createBare, git } from "../../support/git.ts";
import { type GitServer, startGitServer } from "../../support/git-server.ts";

const token = "ghs_t0ken/with+signs=";
let root: string;
let server: GitServer;
let bare: string;
let url: string;
let tip: string;
let base: string;
let clones = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "git-test-"));
  server = await startGitServer(root, { tokens: { [token]: { contents: "write" }, reader: { contents: "read" } } });
});
afterAll(async () => {
  await server.close();
  await rm(root, { recursive: true });
});

beforeEach(async () => {
  clones += 1;
  bare = await createBare(root, `team/addons${clones}`);
  url = remoteUrl(`${server.url}/`, `team/addons${clones}`);
  base = await commit("production", undefined, { "a/ü b.txt": "one\n", bin: "\u00ff\0" });
  tip = await commit("dev", base, { "a/ü b.txt": "two\n" });
});

/** Writes a commit straight into the bare repository. */
async function commit(branch: string, parent: string | undefined, files: Record<string, string>): Promise<string> {
  const entries = [];
  for (const [path, text] of Object.entries(files)) {
    const blob = await git(bare, ["hash-object", "-w", "--stdin"], { stdin: text });
    entries.push(`100644 ${blob}\t${path}`);
  }
  const env = { GIT_INDEX_FILE: join(root, "index") };
  await git(bare, ["read-tree", ...(parent ? [parent] : ["--empty"])], { env });
  await git(bare, ["update-index", "--add", "-z", "--index-info"], { env, stdin: `${entries.join("\0")}\0` });
  const tree = await git(bare, ["write-tree"], { env });
  const id = await git(bare, ["commit-tree", tree, "-m", branch, ...(parent ? ["-p", parent] : [])]);
  await git(bare, ["update-ref", `refs/heads/${branch}`, id]);
  return id;
}

const all = ["+refs/heads/*:refs/heads/*"];
const clone = (options = {}, auth = { url, token }) =>
  Repository.clone(silentLog, auth, { dir: join(root, `clone${clones}`), refs: all, ...options });
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => "no error",
    (error: ExpectedError) => error.code,
  );

describe.each([
  ["file", () => `file://${bare}`],
  ["http", () => url],
])("over %s", (_protocol, address) => {
  test("clone, and the questions about history", async () => {
    const repository = await clone({}, { url: address(), token });
    const other = await git(bare, ["commit-tree", "-m", "other", `${base}^{tree}`]);
    await git(bare, ["update-ref", "refs/heads/other", other]);
    await repository.fetch(all);
    expect(await repository.resolve("refs/heads/dev")).toBe(tip);
    expect(await repository.resolve("refs/heads/none")).toBeUndefined();
    expect(await repository.resolve("--all")).toBeUndefined();
    expect(await repository.revList([`${base}..${tip}`])).toEqual([tip]);
    expect(await repository.isAncestor(base, tip)).toBe(true);
    expect(await repository.isAncestor(tip, base)).toBe(false);
    expect((await repository.lsRemote(["refs/heads/dev"])).get("refs/heads/dev")).toBe(tip);
    expect([...(await repository.lsRemote()).keys()]).toContain("refs/heads/other");
  });
});

test("files of a commit: tree, blob", async () => {
  const repository = await clone({ depth: 1 });
  const tree = await repository.listTree(tip);
  expect(tree.map(({ mode, type, path }) => [mode, type, path])).toEqual([
    ["100644", "blob", "a/ü b.txt"],
    ["100644", "blob", "bin"],
  ]);
  expect(String(await repository.readBlob(tip, "a/ü b.txt"))).toBe("two\n");
  expect(await repository.readBlob(tip, "bin")).toEqual(Buffer.from("\u00ff\0"));
  expect(await repository.readBlob(tip, "none")).toBeUndefined();
});

test.each(["tree:0", "blob:none"] as const)(
  "a clone with the filter %s fetches later, with the token",
  async (filter) => {
    const repository = await clone({ filter });
    const missing = await repository.git(["rev-list", "--objects", "--missing=print", "--quiet", tip]);
    expect(missing.stdout).toMatch(/^\?[0-9a-f]{40}$/m);
    const before = server.requests.length;
    expect(String(await repository.readBlob(tip, "a/ü b.txt"))).toBe("two\n");
    const lazy = server.requests.slice(before);
    expect(lazy.length).toBeGreaterThan(0);
    expect(lazy.every(({ status, authorization }) => status === 200 && authorization?.startsWith("basic "))).toBe(true);
    const next = await commit("dev", tip, { new: "x" });
    await repository.fetch(all);
    expect(await repository.resolve("refs/heads/dev")).toBe(next);
  },
);

test("the token is in no file and the server gets it", async () => {
  const repository = await clone();
  const seen = server.requests.at(-1)?.authorization ?? "";
  expect(Buffer.from(seen.split(" ")[1] ?? "", "base64").toString()).toBe(`x-access-token:${token}`);
  const config = await readFile(join(repository.dir, "config"), "utf8");
  expect(config).not.toContain(token);
  expect(config).not.toContain("extraheader");
});

test("configuration of the clone's owner, hooks and variables do not act", async () => {
  const repository = await clone();
  const marker = join(root, "marker");
  await git(repository.dir, ["config", "core.fsmonitor", `touch ${marker}`]);
  await writeFile(join(repository.dir, "config"), `[alias]\n\tresolve = !touch ${marker}\n`, { flag: "a" });
  const { stdout } = await repository.git(["config", "--get", "core.fsmonitor"]);
  expect(stdout).toBe("false\n");
  expect(
    await codeOf(Repository.clone(silentLog, { url: `ext::touch ${marker}` }, { dir: join(root, "ext"), refs: all })),
  ).toBe("git-url");
  await expect(readFile(marker)).rejects.toThrow("ENOENT");
});

describe("push", () => {
  test("moves, creates and deletes refs together", async () => {
    await git(bare, ["update-ref", "refs/heads/old", base]);
    const repository = await clone();
    await repository.push([
      { ref: "refs/heads/dev", newSha: base, expectedOld: tip },
      { ref: "refs/heads/new", newSha: tip, expectedOld: null },
      { ref: "refs/heads/old", newSha: null, expectedOld: base },
    ]);
    const refs = await repository.lsRemote();
    expect([refs.get("refs/heads/dev"), refs.get("refs/heads/new"), refs.has("refs/heads/old")]).toEqual([
      ...[base, tip, false],
    ]);
  });

  test("is refused whole when somebody moved a ref, even after a fetch", async () => {
    const repository = await clone();
    const moved = await commit("dev", tip, { x: "y" });
    await repository.fetch(all);
    const error = await repository
      .push([
        { ref: "refs/heads/backup", newSha: tip, expectedOld: null },
        { ref: "refs/heads/dev", newSha: base, expectedOld: tip },
      ])
      .catch((thrown: PushRejectedError) => thrown);
    expect(error).toBeInstanceOf(PushRejectedError);
    expect((error as PushRejectedError).code).toBe("push-stale");
    const refs = await repository.lsRemote();
    expect([refs.get("refs/heads/dev"), refs.has("refs/heads/backup")]).toEqual([moved, false]);
  });

  test("does not create what exists already", async () => {
    const repository = await clone();
    const update = { ref: "refs/heads/production", newSha: tip, expectedOld: null };
    expect(await codeOf(repository.push([update]))).toBe("push-stale");
  });

  test("with a token that may only read names the permission", async () => {
    const repository = await clone({}, { url, token: "reader" });
    const error = await repository.push([{ ref: "refs/heads/dev", newSha: base, expectedOld: tip }]).catch((e) => e);
    expect([error.code, error.remedy.includes("contents: write")]).toEqual(["git-access-denied", true]);
  });

  test("takes ids only", async () => {
    const repository = await clone();
    const update = { ref: "refs/heads/dev", newSha: "--mirror", expectedOld: tip };
    expect(await codeOf(repository.push([update]))).toBe("commit-not-found");
  });
});

describe("wrong input and cut connections are one clear error", () => {
  test.each([
    ["a missing branch", { refs: ["refs/heads/none:refs/heads/none"] }, {}, "ref-not-found"],
    ["a wrong token", {}, { token: "wrong" }, "git-access-denied"],
    ["a missing repository", {}, { url: "team/none" }, "repository-not-found"],
  ])("%s", async (_what, options, auth, code) => {
    const wrong = "url" in auth ? { url: remoteUrl(server.url, auth.url ?? ""), token } : { url, token, ...auth };
    expect(await codeOf(clone(options, wrong))).toBe(code);
  });

  test.each(["-x", "a;b", "$(id)", "--upload-pack=id", "x".repeat(300)])("the hostile name %j", async (name) => {
    const refs = [`refs/heads/${name}:refs/heads/x`];
    expect(await codeOf(clone({ refs }))).toMatch("ref-not-found");
    const repository = await clone();
    expect(await repository.resolve(name)).toBeUndefined();
    await expect(repository.fetch([name])).rejects.toThrow();
  });

  test("a token is not sent in clear", async () => {
    expect(await codeOf(clone({}, { url: "http://git.example/x", token }))).toBe("git-token-in-clear");
  });

  test("a server that cuts every connection", async () => {
    let tries = 0;
    const cutting = createServer((socket) => {
      tries += 1;
      socket.once("data", () => socket.destroy());
    });
    await new Promise<void>((resolve) => cutting.listen(0, "127.0.0.1", resolve));
    const { port } = cutting.address() as { port: number };
    expect(await codeOf(clone({}, { url: `http://127.0.0.1:${port}/team/addons`, token }))).toBe("git-unreachable");
    cutting.close();
    expect(tries).toBe(3);
  });
});
