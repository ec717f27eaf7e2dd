import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RebaseRequest, rebaseBranch } from "../../../src/history/rebase.ts";
import { rebaseMarkdown, undoCommand } from "../../../src/history/rebase-report.ts";
import { systemClock } from "../../../src/platform/clock.ts";
import { silentLog } from "../../../src/platform/log.ts";
import { commit, git } from "../../support/git.ts";
import { type Ground, openGround, personClone } from "./ground.ts";

let ground: Ground;
let count = 0;
beforeAll(async () => {
  ground = await openGround();
});
afterAll(() => ground[Symbol.asyncDispose]());

const LINES = Array.from({ length: 30 }, (_, i) => `line ${i}`);
const fileWith = (changes: Record<number, string>) => `${LINES.map((line, i) => changes[i] ?? line).join("\n")}\n`;

/** dev with two commits on an older staging; both sides changed the same file at other lines. */
async function diverged() {
  count += 1;
  const { bare, auth } = await ground.repository(`rebase-${count}`);
  const fork = await commit(
    bare,
    "staging",
    { "a.py": fileWith({}), "b.py": "b\n" },
    { message: "start", date: 1_700_000_000 },
  );
  const author = "Zoë Müller <zoe@example.com>";
  await commit(
    bare,
    "dev",
    { "a.py": fileWith({ 2: "dev 1" }) },
    { from: fork, message: "first é\n\nbody\n", author, date: 1_700_000_100 },
  );
  const dev = await commit(bare, "dev", { "n.py": "n\n" }, { message: "second", date: 1_700_000_200 });
  const staging = await commit(
    bare,
    "staging",
    { "a.py": fileWith({ 25: "stg" }) },
    { message: "staging work", date: 1_700_000_300 },
  );
  return { bare, auth, fork, dev, staging };
}

function rebase(auth: RebaseRequest["auth"], changes: Partial<RebaseRequest> = {}) {
  const committer = { name: "bot", email: "bot@example.com" };
  return rebaseBranch(
    { branch: "dev", base: "staging", committer, dryRun: false, auth, ...changes },
    { log: silentLog, clock: systemClock },
  );
}

const tip = (bare: string, branch = "dev") => git(bare, ["rev-parse", `refs/heads/${branch}`]);
const refs = (bare: string) => git(bare, ["for-each-ref", "--format=%(refname) %(objectname)"]);

test("dev is replayed exactly as git rebase does it, authors and messages kept", async () => {
  const { bare, auth, dev, staging } = await diverged();
  const paste = await personClone(ground, bare);
  await paste("git switch --quiet dev", "git rebase --quiet origin/staging");
  const format = "--format=%T|%an|%ae|%ad|%B";
  const expected = await paste(`git log '${format}' origin/staging..dev`);

  const report = await rebase(auth);
  expect(report).toMatchObject({ oldSha: dev, base: { sha: staging }, gained: 1, moved: { length: 2 }, dropped: [] });
  expect(await tip(bare)).toBe(report.newSha);
  expect(await git(bare, ["log", format, "staging..dev"])).toBe(expected.trimEnd());
  expect(await git(bare, ["log", "-1", "--format=%cn <%ce> %ct", "dev"])).toBe("bot <bot@example.com> 1700000200");
  expect(await git(bare, ["rev-parse", `${report.backupRef}`])).toBe(dev);
  expect(await git(bare, ["fsck", "--full", "--strict"])).toBe("");
});

test("the same replay gives the same commits, and a second run changes nothing", async () => {
  const { bare, auth, dev } = await diverged();
  const first = await rebase(auth);
  const before = await refs(bare);
  expect(await rebase(auth)).toMatchObject({ oldSha: first.newSha, newSha: first.newSha, gained: 0 });
  expect(await refs(bare)).toBe(before);
  await git(bare, ["update-ref", "refs/heads/dev", dev]);
  expect((await rebase(auth, { dryRun: true })).newSha).toBe(first.newSha);
});

test("a dry run pushes nothing", async () => {
  const { bare, auth } = await diverged();
  const before = await refs(bare);
  expect(await rebase(auth, { dryRun: true })).toMatchObject({ dryRun: true, moved: { length: 2 } });
  expect(await refs(bare)).toBe(before);
});

test("the undo of the summary brings the old tip back", async () => {
  const { bare, auth, dev } = await diverged();
  const report = await rebase(auth);
  const paste = await personClone(ground, bare);
  const undo = undoCommand(report) ?? "";
  expect(rebaseMarkdown(report)).toContain(undo);
  await paste(undo);
  expect(await tip(bare)).toBe(dev);
});

test("a dev without commits of its own moves forward", async () => {
  const { bare, auth, fork, staging } = await diverged();
  await git(bare, ["update-ref", "refs/heads/dev", fork]);
  expect(await rebase(auth)).toMatchObject({ newSha: staging, moved: [], dropped: [] });
  expect(await tip(bare)).toBe(staging);
});

describe("what staging has already is left out", () => {
  test("picked commits by patch-id, even when staging went on in the same lines", async () => {
    const { bare, auth } = await diverged();
    await commit(bare, "staging", { "a.py": fileWith({ 2: "dev 1", 25: "stg" }) }, { message: "first, picked" });
    await commit(bare, "staging", { "a.py": fileWith({ 2: "dev 1, improved", 25: "stg" }) }, { message: "improved" });
    const report = await rebase(auth);
    expect(report.dropped).toMatchObject([{ commit: { subject: "first é" }, twin: expect.any(String) }]);
    expect(report.moved).toMatchObject([{ commit: { subject: "second" } }]);
    expect(await git(bare, ["show", "dev:a.py"])).toContain("dev 1, improved");
  });

  test("commits squashed into one", async () => {
    const { bare, auth } = await diverged();
    await commit(
      bare,
      "staging",
      { "a.py": fileWith({ 2: "dev 1", 25: "stg" }), "n.py": "n\n" },
      { message: "both squashed" },
    );
    const report = await rebase(auth);
    expect(report).toMatchObject({ dropped: { length: 2 }, moved: [] });
    expect(await tip(bare)).toBe(await tip(bare, "staging"));
  });

  test("but a commit that was empty from the start is kept", async () => {
    const { bare, auth } = await diverged();
    await commit(bare, "dev", {}, { message: "trigger", date: 1_700_000_250 });
    expect((await rebase(auth)).moved.map(({ commit: { subject } }) => subject)).toEqual([
      "first é",
      "second",
      "trigger",
    ]);
  });
});

describe("nothing is pushed", () => {
  test("on a conflict: paths, both commits, and commands that work", async () => {
    const { bare, auth } = await diverged();
    await commit(
      bare,
      "staging",
      { "a.py": fileWith({ 2: "staging 1" }) },
      { message: "clash", author: "Eve <eve@example.com>" },
    );
    const before = await refs(bare);
    const error = await rebase(auth).catch((e: unknown) => e);
    expect(error).toMatchObject({
      code: "rebase-conflict",
      message: expect.stringMatching(/"first é" \(Zoë Müller\) conflicts with [0-9a-f]{12} "clash" \(Eve\).* in a\.py/),
      conflict: { paths: ["a.py"], against: [{ subject: "clash" }, { subject: "staging work" }] },
    });
    expect(await refs(bare)).toBe(before);
    const lines = (error as { remedy: string }).remedy.split("\n").slice(1);
    const stop = lines.findIndex((line) => line.startsWith("#"));
    const paste = await personClone(ground, bare);
    await expect(paste(...lines.slice(0, stop))).rejects.toThrow("could not apply");
    await paste("printf 'resolved\\n' > a.py", ...lines.slice(stop));
    expect(await git(bare, ["show", "dev:a.py"])).toBe("resolved");
    expect(await git(bare, ["rev-list", "--count", "dev..staging"])).toBe("0");
  });

  test("when dev holds a merge commit", async () => {
    const { bare, auth, fork } = await diverged();
    await commit(bare, "topic", { "t.py": "t\n" }, { from: fork });
    await commit(bare, "dev", {}, { merge: ["topic"], message: "Merge branch 'topic'" });
    const before = await refs(bare);
    await expect(rebase(auth)).rejects.toMatchObject({
      code: "merge-commits",
      message: expect.stringContaining("Merge branch"),
    });
    expect(await refs(bare)).toBe(before);
  });

  test("when the branches are unrelated", async () => {
    const { bare, auth } = await diverged();
    await git(bare, ["update-ref", "-d", "refs/heads/dev"]);
    await commit(bare, "dev", { "x.py": "x\n" });
    await expect(rebase(auth)).rejects.toMatchObject({ code: "unrelated-histories" });
  });

  test.each([
    [{ branch: "nobody" }, "unknown-branch"],
    [{ base: "-x" }, "invalid-branch-name"],
    [{ base: "dev" }, "same-branch"],
    [{ committer: { name: "a\nparent x", email: "a@x" } }, "invalid-committer"],
  ])("for %o", async (changes, code) => {
    const { auth } = await diverged();
    await expect(rebase(auth, changes)).rejects.toMatchObject({ code });
  });
});

/** Has the server run `script` as its update hook: arguments are ref, old and new id. */
async function hook(bare: string, script: string): Promise<void> {
  await mkdir(join(bare, "hooks"), { recursive: true });
  const path = join(bare, "hooks", "pre-receive");
  await writeFile(path, `#!/bin/sh\nunset GIT_QUARANTINE_PATH\n${script}\n`);
  await chmod(path, 0o755);
}

describe("a push that meets somebody else's", () => {
  test("a branch that moved once is read again, and the other's commit is kept", async () => {
    const { bare, auth, dev } = await diverged();
    const other = await commit(bare, "other", { "o.py": "o\n" }, { from: dev, message: "meanwhile" });
    // The hook of the first push moves dev behind its back, so that the lease is lost on the server.
    await hook(bare, `[ -e moved ] || { touch moved; git update-ref refs/heads/dev ${other}; }`);
    const report = await rebase(auth);
    expect(report).toMatchObject({ oldSha: other, moved: { length: 3 } });
    expect(await git(bare, ["log", "-1", "--format=%s", "dev"])).toBe("meanwhile");
    expect((await refs(bare)).match(/refs\/backup/g)).toHaveLength(1);
  });

  test("a branch that keeps moving is given up, untouched", async () => {
    const { bare, auth, dev } = await diverged();
    await hook(
      bare,
      `t=$(git commit-tree -p refs/heads/dev -m again "refs/heads/dev^{tree}") && git update-ref refs/heads/dev $t`,
    );
    await expect(rebase(auth)).rejects.toMatchObject({ code: "race-lost" });
    expect(await git(bare, ["rev-list", "--count", `${dev}..dev`])).toBe("2");
    expect(await refs(bare)).not.toContain("refs/backup");
  });

  test("changed workflow files are told, and GitHub's refusal comes with its cure", async () => {
    const { bare, auth } = await diverged();
    await commit(bare, "staging", { ".github/workflows/x.yml": "on: push\n" }, { message: "workflow" });
    expect(await rebase(auth, { dryRun: true })).toMatchObject({ workflowFiles: [".github/workflows/x.yml"] });
    await hook(
      bare,
      "echo 'refusing to allow a GitHub App to create or update workflow `.github/workflows/x.yml` without `workflows` permission' >&2; exit 1",
    );
    await expect(rebase(auth)).rejects.toMatchObject({
      code: "workflow-permission",
      remedy: expect.stringContaining("workflows: write"),
    });
  });
});

test("a filename that looks like an option or holds line breaks does not confuse the report", async () => {
  const { bare, auth, fork } = await diverged();
  const name = "--output=x é.py";
  await commit(bare, "dev", { [name]: "dev\n" }, { from: fork });
  await commit(bare, "staging", { [name]: "staging\n" });
  await expect(rebase(auth)).rejects.toMatchObject({ conflict: { paths: [name], against: { length: 1 } } });
});
