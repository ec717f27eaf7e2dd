import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CheckReport } from "../../../src/history/report.ts";
import { commit, git } from "../../support/git.ts";
import { check, type Ground, openGround, personClone, pushed } from "./ground.ts";

let ground: Ground;
let count = 0;
beforeAll(async () => {
  ground = await openGround();
});
afterAll(() => ground[Symbol.asyncDispose]());

/** production <- staging <- dev, one commit each. */
async function threeBranches() {
  count += 1;
  const { bare, auth } = await ground.repository(`check-${count}`);
  const production = await commit(
    bare,
    "production",
    { "a.py": "a\n", "b.py": "b\n" },
    { message: "start", date: 1_700_000_000 },
  );
  const staging = await commit(bare, "staging", { "s.py": "s\n" }, { from: production, message: "staging work" });
  const dev = await commit(bare, "dev", { "d.py": "d\n" }, { from: staging, message: "dev work" });
  return { bare, auth, production, staging, dev };
}

const rules = (report: CheckReport) => report.findings.map(({ rule }) => rule);
const dispatch = { name: "workflow_dispatch", ref: "refs/heads/dev" } as const;

test("three branches in order are linear, on every event", async () => {
  const { bare, auth, production, staging, dev } = await threeBranches();
  const zero = await pushed(bare, "production");
  const events = [
    dispatch,
    await pushed(bare, "dev", staging),
    await pushed(bare, "staging", production),
    zero,
    { name: "pull_request", base: { ref: "staging", sha: staging }, head: { ref: "dev", sha: dev } },
    { name: "merge_group", base: { ref: "refs/heads/staging", sha: staging }, head: { ref: "refs/heads/q", sha: dev } },
  ] as const;
  for (const event of events) expect(await check(auth, event)).toMatchObject({ verdict: "linear", findings: [] });
});

test("a hotfix on production that staging lacks is found by the push itself", async () => {
  const { bare, auth, production } = await threeBranches();
  const hotfix = await commit(
    bare,
    "production",
    { "a.py": "fixed\n" },
    { message: "hotfix", author: "Eve <eve@example.com>" },
  );
  const report = await check(auth, await pushed(bare, "production", production));
  expect(report.verdict).toBe("broken");
  expect(report.findings).toMatchObject([
    {
      rule: "behind-base",
      head: "staging",
      base: "production",
      commits: [{ sha: hotfix, author: "Eve", subject: "hotfix" }],
    },
  ]);
});

test("a hotfix that was picked on both sides is named as a duplicate", async () => {
  const { bare, auth, staging } = await threeBranches();
  const twin = await commit(bare, "production", { "b.py": "b\nfixed\n" }, { message: "hotfix" });
  const picked = await commit(bare, "staging", { "b.py": "b\nfixed\n" }, { from: staging, message: "hotfix, picked" });
  const report = await check(auth, await pushed(bare, "staging"));
  expect(rules(report)).toEqual(["behind-base", "duplicate"]);
  expect(report.comparisons[0]?.duplicates).toEqual([{ ahead: picked, behind: twin }]);
});

test("an old branch merged into dev is a merge commit, not two hundred missing ones", async () => {
  const { bare, auth, production, dev } = await threeBranches();
  const old = await commit(bare, "old", { "o.py": "o\n" }, { from: production, message: "old work" });
  const merge = await commit(bare, "dev", { "o.py": "o\n" }, { merge: ["old"], message: "Merge branch 'old'" });
  const report = await check(auth, await pushed(bare, "dev"));
  expect(report.findings).toMatchObject([{ rule: "merge-commit", commits: [{ sha: merge }] }]);
  expect(report.comparisons[0]?.ahead.map(({ sha }) => sha).sort()).toEqual([merge, old, dev].sort());
});

test("1500 commits, deeper than the first look, are counted exactly", async () => {
  const { bare, auth, dev } = await threeBranches();
  const rows = Array.from({ length: 1_500 }, (_, i) => {
    return `commit refs/heads/dev\nmark :${i + 1}\ncommitter A <a@x> ${1_700_000_000 + i} +0000\ndata 3\nc${i % 10}\n${i === 0 ? `from ${dev}\n` : ""}`;
  });
  await git(bare, ["fast-import", "--quiet"], { stdin: rows.join("\n") });
  await commit(bare, "staging", { "late.py": "x\n" }, { message: "late" });
  const report = await check(auth, await pushed(bare, "dev"));
  expect(report.comparisons).toMatchObject([{ duplicatesUnseen: 1_502 }]);
  expect([report.comparisons[0]?.ahead.length, report.comparisons[0]?.behind.length]).toEqual([1_501, 1]);
});

test("signatures are asked for only when wanted", async () => {
  const { bare, auth, dev, staging } = await threeBranches();
  expect(rules(await check(auth, await pushed(bare, "dev"), { requireSigned: true }))).toEqual(["unsigned"]);
  const raw = await git(bare, ["cat-file", "commit", dev]);
  const signed = raw.replace("\n\n", "\ngpgsig -----BEGIN SSH SIGNATURE-----\n x\n -----END SSH SIGNATURE-----\n\n");
  const sha = await git(bare, ["hash-object", "-t", "commit", "-w", "--stdin"], { stdin: signed });
  await git(bare, ["update-ref", "refs/heads/dev", sha]);
  const event = { name: "pull_request", base: { ref: "staging", sha: staging }, head: { ref: "topic", sha } } as const;
  expect(await check(auth, event, { requireSigned: true })).toMatchObject({ verdict: "linear" });
});

describe("the commands of a cure repair the branch", () => {
  async function repaired(
    bare: string,
    auth: { url: string; token: string },
    broken: CheckReport,
  ): Promise<CheckReport> {
    const paste = await personClone(ground, bare);
    for (const { cure } of broken.findings.slice(0, 1)) await paste(...cure);
    return check(auth, await pushed(bare, "dev"));
  }

  test("merge commits", async () => {
    const { bare, auth, staging } = await threeBranches();
    await commit(bare, "topic", { "t.py": "t\n" }, { from: staging, message: "topic work" });
    await commit(bare, "dev", { "t.py": "t\n" }, { merge: ["topic"], message: "Merge branch 'topic'" });
    const broken = await check(auth, await pushed(bare, "dev"));
    expect(rules(broken)).toEqual(["merge-commit"]);
    expect(await repaired(bare, auth, broken)).toMatchObject({ verdict: "linear", comparisons: [{ behind: [] }] });
    expect(await git(bare, ["log", "--format=%s", "staging..dev"])).toContain("topic work");
  });

  test("behind its base", async () => {
    const { bare, auth } = await threeBranches();
    await commit(bare, "staging", { "s.py": "s2\n" }, { message: "more" });
    const broken = await check(auth, await pushed(bare, "dev"));
    expect(rules(broken)).toEqual(["behind-base"]);
    expect(await repaired(bare, auth, broken)).toMatchObject({
      verdict: "linear",
      comparisons: [{ ahead: { length: 1 } }],
    });
  });

  test("only behind: a fast-forward, without force", async () => {
    const { bare, auth, staging } = await threeBranches();
    await git(bare, ["update-ref", "refs/heads/dev", staging]);
    await commit(bare, "staging", { "s.py": "s2\n" }, { message: "more" });
    const broken = await check(auth, await pushed(bare, "dev"));
    expect(broken.findings[0]?.cure.join("\n")).not.toContain("force");
    expect(await repaired(bare, auth, broken)).toMatchObject({ verdict: "linear" });
  });

  test("fixup! commits", async () => {
    const { bare, auth } = await threeBranches();
    await commit(bare, "dev", { "d.py": "d2\n" }, { message: "fixup! dev work" });
    const broken = await check(auth, await pushed(bare, "dev"));
    expect(rules(broken)).toEqual(["autosquash"]);
    expect(await repaired(bare, auth, broken)).toMatchObject({
      verdict: "linear",
      comparisons: [{ ahead: { length: 1 } }],
    });
  });

  test("unrelated histories", async () => {
    const { bare, auth } = await threeBranches();
    await git(bare, ["update-ref", "-d", "refs/heads/dev"]);
    await commit(bare, "dev", { "other.py": "o\n" }, { message: "another root" });
    const broken = await check(auth, await pushed(bare, "dev"));
    expect(rules(broken)).toEqual(["unrelated-histories"]);
    expect(await repaired(bare, auth, broken)).toMatchObject({
      verdict: "linear",
      comparisons: [{ ahead: { length: 1 } }],
    });
  });

  test("a pull request whose base was force-pushed: its own commits and no others", async () => {
    const { bare, auth, staging, dev } = await threeBranches();
    const topic = await commit(bare, "topic", { "t.py": "t\n" }, { from: "dev", message: "topic work" });
    await commit(bare, "dev", { "d.py": "another d\n" }, { from: staging, message: "dev work, rewritten" });
    const event = { name: "pull_request", base: { ref: "dev", sha: dev }, head: { ref: "topic", sha: topic } } as const;
    const broken = await check(auth, event);
    expect(broken.findings).toMatchObject([{ rule: "base-rewritten", severity: "error" }]);
    const paste = await personClone(ground, bare);
    await paste(...(broken.findings[0]?.cure ?? []));
    expect(await git(bare, ["log", "--format=%s", "dev..topic"])).toBe("topic work");
  });

  test("production rewritten by a push", async () => {
    const { bare, auth, production } = await threeBranches();
    const before = await commit(bare, "production", { "a.py": "2\n" }, { message: "second" });
    await git(bare, ["update-ref", "refs/heads/production", production]);
    const broken = await check(auth, await pushed(bare, "production", before));
    expect(broken.findings).toMatchObject([{ rule: "rewritten", commits: [{ sha: before }] }]);
    const paste = await personClone(ground, bare);
    await paste(...(broken.findings[0]?.cure ?? []));
    expect(await git(bare, ["rev-parse", "production"])).toBe(before);
  });
});

describe("bad input is one clear error, and nothing is executed", () => {
  const cases: [string, (branches: Awaited<ReturnType<typeof threeBranches>>) => Parameters<typeof check>, string][] = [
    ["an unknown branch", ({ auth }) => [auth, dispatch, { order: ["dev", "stagging"] }], "unknown-branch"],
    ["-x", ({ auth }) => [auth, dispatch, { base: "-x" }], "invalid-branch-name"],
    ["--upload-pack=touch", ({ auth }) => [auth, dispatch, { base: "--upload-pack=touch" }], "invalid-branch-name"],
    ["a;b", ({ auth }) => [auth, dispatch, { base: "a;b" }], "unknown-branch"],
    ["$(id)", ({ auth }) => [auth, dispatch, { base: "$(id)" }], "unknown-branch"],
    ["300 bytes", ({ auth }) => [auth, dispatch, { base: "x".repeat(300) }], "invalid-branch-name"],
    ["240 bytes that nobody has", ({ auth }) => [auth, dispatch, { base: "é".repeat(120) }], "unknown-branch"],
    ["a wrong token", ({ auth }) => [{ ...auth, token: "wrong" }, dispatch], "git-access-denied"],
  ];
  test.each(cases)("%s", async (_title, call, code) => {
    await expect(check(...call(await threeBranches()))).rejects.toMatchObject({
      code,
      remedy: expect.stringMatching(/./),
    });
  });

  test("a tag as base", async () => {
    const { bare, auth } = await threeBranches();
    await git(bare, ["tag", "v1", "production"]);
    await expect(check(auth, dispatch, { base: "v1" })).rejects.toMatchObject({ code: "not-a-branch" });
  });

  test("a deleted branch", async () => {
    const { bare, auth } = await threeBranches();
    await git(bare, ["update-ref", "-d", "refs/heads/staging"]);
    await expect(check(auth, dispatch)).rejects.toMatchObject({ code: "unknown-branch" });
  });

  test("an empty repository", async () => {
    count += 1;
    const { auth } = await ground.repository(`check-${count}`);
    await expect(check(auth, dispatch)).rejects.toMatchObject({ code: "empty-repository" });
  });

  test("a commit that was force-pushed away and collected", async () => {
    const { auth } = await threeBranches();
    const event = { name: "push", ref: "refs/heads/dev", before: null, after: "a".repeat(40) } as const;
    await expect(check(auth, event)).rejects.toMatchObject({
      code: "commit-gone",
      message: expect.stringContaining("force-pushed"),
    });
  });

  test("branches that really have such names are judged, and their cures are safe to paste", async () => {
    const { bare, auth, staging } = await threeBranches();
    const name = "a;b$(touch$IFS''pwned)`id`'q'";
    await commit(bare, name, { "n.py": "n\n" }, { from: staging, message: "fixup! staging work" });
    const report = await check(auth, await pushed(bare, name), { base: "production" });
    expect(rules(report)).toEqual(["autosquash"]);
    const paste = await personClone(ground, bare);
    await paste(...(report.findings[0]?.cure ?? []));
    expect(await paste("ls")).not.toContain("pwned");
    expect(await git(bare, ["rev-list", "--count", `production..refs/heads/${name}`])).toBe("1");
  });
});

test("an earlier base that the remote has collected counts as rewritten", async () => {
  const { bare, auth, dev } = await threeBranches();
  await commit(bare, "staging", { "s.py": "s2\n" }, { message: "more" });
  const base = { ref: "staging", sha: "b".repeat(40) };
  const report = await check(auth, { name: "pull_request", base, head: { ref: "dev", sha: dev } });
  expect(rules(report)).toEqual(["base-rewritten"]);
});
