import { expect, test } from "vitest";
import { explainGitFailure, isTransient, parsePushReport, parseTree } from "../../../src/platform/git-answers.ts";
import { explainGitHubError } from "../../../src/platform/github-errors.ts";
import { explainSshFailure } from "../../../src/platform/ssh-failure.ts";

test("a tree keeps every sign of a path", () => {
  expect(parseTree(`100644 blob aa\ta b\tü\n.py\x00160000 commit bb\tsub\0`)).toEqual([
    { mode: "100644", type: "blob", id: "aa", path: "a b\tü\n.py" },
    { mode: "160000", type: "commit", id: "bb", path: "sub" },
  ]);
});

test.each([
  [
    "!\taa:refs/heads/dev\t[rejected] (stale info)\nDone",
    [{ ref: "refs/heads/dev", reason: "stale info", stale: true }],
  ],
  [
    "To x\n*\taa:refs/heads/b\t[new branch]\n!\taa:refs/heads/dev\t[remote rejected] (protected branch hook declined)\n",
    [{ ref: "refs/heads/dev", reason: "protected branch hook declined", stale: false }],
  ],
  [
    "!\taa:refs/heads/dev\t[rejected] (fetch first)\n!\taa:refs/heads/b\t[remote rejected] (atomic push failure)\n",
    [{ ref: "refs/heads/dev", reason: "fetch first", stale: true }],
  ],
  ["To x\n \taa:refs/heads/dev\t1..2\nDone", []],
])("push report %j", (report, rejections) => expect(parsePushReport(report)).toEqual(rejections));

test.each([
  ["fatal: couldn't find remote ref refs/heads/x", "ref-not-found"],
  ["fatal: Authentication failed for 'https://x/'", "git-access-denied"],
  ["fatal: unable to access 'x': The requested URL returned error: 403", "git-access-denied"],
  ["remote: Repository not found.", "repository-not-found"],
  ["fatal: unable to access 'x': Could not resolve host: x", "git-unreachable"],
  ["error: RPC failed; curl 56 Recv failure: Connection reset by peer", "git-unreachable"],
  ["fatal: something new", undefined],
])("git says %j", (stderr, code) => expect(explainGitFailure(stderr, "url")?.code).toBe(code));

test("only what may pass is repeated", () => {
  expect(isTransient("The requested URL returned error: 502")).toBe(true);
  expect(isTransient("The requested URL returned error: 404")).toBe(false);
});

test.each([
  ["Host key verification failed.", "ssh-host-key"],
  ["No ED25519 host key is known for x", "ssh-host-key"],
  ["odoo@x: Permission denied (publickey).", "ssh-permission"],
  ["ssh: connect to host x port 22: Connection refused", "ssh-unreachable"],
  ["Connection closed by 1.2.3.4 port 22", "ssh-connection-lost"],
  ["sh: odoo: not found", undefined],
])("ssh says %j", (stderr, code) => expect(explainSshFailure(stderr, "odoo@x:22")?.code).toBe(code));

test.each([
  [{ status: 401 }, "github-unauthorized"],
  [{ status: 403, response: { headers: {} } }, "github-forbidden"],
  [{ status: 403, response: { headers: { "x-ratelimit-remaining": "0" } } }, "github-rate-limit"],
  [{ status: 429 }, "github-rate-limit"],
  [{ status: 404 }, "github-not-found"],
  [{ status: 422 }, "github-refused"],
  [{ status: 502 }, "github-unavailable"],
  [{}, "github-unavailable"],
])("GitHub answers %j", (answer, code) => {
  const request = { headers: { authorization: "token s3cret" } };
  const error = explainGitHubError(Object.assign(new Error("no"), answer, { request }), {
    ...{
      what: "list runs",
      repository: "team/addons",
      permission: { actions: "read" as const, contents: "read" as const },
    },
  });
  expect(error.code).toBe(code);
  expect(error.cause).toBeUndefined();
  if (code === "github-forbidden") expect(error.remedy).toContain("permissions:\n  actions: read\n  contents: read");
});
