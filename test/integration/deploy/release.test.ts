import {
  appendFile,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { writeArchive } from "../../../src/deploy/archive.ts";
import { Journal, readJournal, unfinishedDeployments } from "../../../src/deploy/journal.ts";
import { deploymentId, type Layout, layoutOf } from "../../../src/deploy/layout.ts";
import { awaitLock, lockIsFree } from "../../../src/deploy/lock.ts";
import { answerMaintenance } from "../../../src/deploy/maintenance.ts";
import { contentTime } from "../../../src/deploy/release-files.ts";
import {
  currentRelease,
  removeOldReleases,
  removeOldUploads,
  switchRelease,
  unpackRelease,
} from "../../../src/deploy/release-folder.ts";
import type { DeployRequest } from "../../../src/deploy/request.ts";
import { takeUpload } from "../../../src/deploy/start.ts";
import { systemClock } from "../../../src/platform/clock.ts";
import { Repository } from "../../../src/platform/git.ts";
import { probe } from "../../../src/platform/http.ts";
import { run, spawnChild } from "../../../src/platform/process.ts";
import { commit, createBare, git } from "../../support/git.ts";
import { freePort } from "../../workbench/ports.ts";
import { mayMount, mountSmallDisk } from "../refresh-faults/small-disk.ts";

let home: string;
let bare: string;
let layout: Layout;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "release-"));
  bare = await createBare(home, "team/addons");
});
afterAll(() => rm(home, { recursive: true, force: true }));

beforeEach(async () => {
  layout = layoutOf(await mkdtemp(join(home, "base-")));
  await mkdir(layout.releases, { recursive: true });
  await mkdir(layout.uploads, { recursive: true });
});

const long = `addons/shop/${"very/".repeat(25)}long.txt`;
const files = {
  "addons/shop/__manifest__.py": "{'name': 'é'}\n",
  "addons/shop/run.sh": { text: "#!/bin/sh\n", executable: true as const },
  [long]: "deep",
  // none of these may touch what a release holds
  ".gitattributes": "*.txt text eol=crlf\nsecret.txt export-ignore\nversion.txt export-subst\n",
  "secret.txt": "one\ntwo\n",
  "version.txt": "$Format:%H$\n",
};

async function archived(sha: string, name = "release.tar") {
  return await writeArchive(Repository.open(bare), sha, join(layout.uploads, name));
}

async function requestFor(sha: string): Promise<DeployRequest> {
  const { path, sha256, tree, files: listed } = await archived(sha);
  const release = { commit: sha, tree, archive: path, sha256, files: listed.map((file) => [...file]) };
  return { id: deploymentId(new Date(), sha), release } as unknown as DeployRequest;
}

describe("release", () => {
  test("holds exactly what git holds, with times by content, and the same archive for the same tree", async () => {
    const sha = await commit(bare, "one", files);
    const request = await requestFor(sha);
    const again = await archived(await commit(bare, "other", files, { message: "same tree", from: sha }), "again.tar");
    expect(again.sha256).toBe(request.release.sha256);

    const folder = await unpackRelease(layout, request);
    for (const [, blob, path] of request.release.files) {
      expect(await git(bare, ["hash-object", "--no-filters", join(folder, path)])).toBe(blob);
      expect((await lstat(join(folder, path))).mtimeMs / 1000).toBe(contentTime(blob));
    }
    expect((await lstat(join(folder, "addons/shop/run.sh"))).mode & 0o111).toBe(0o111);
    expect(await readFile(join(folder, "version.txt"), "utf8")).toBe("$Format:%H$\n");
  });

  test("that did not arrive whole is refused and leaves no folder", async () => {
    const request = await requestFor(await commit(bare, "whole", files));
    await appendFile(request.release.archive, "x");
    await expect(unpackRelease(layout, request)).rejects.toMatchObject({ code: "release-damaged" });
    const other = await requestFor(await commit(bare, "whole", { "secret.txt": "three\n" }));
    other.release.files = (await requestFor(await git(bare, ["rev-parse", "whole~1"]))).release.files;
    await expect(
      unpackRelease(layout, { ...other, id: deploymentId(new Date(), "a".repeat(40)) }),
    ).rejects.toMatchObject({
      code: "release-damaged",
    });
    expect(await currentRelease(layout)).toBeUndefined();
  });

  test.each([["lfs-pointer", { "big.bin": "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n" }]])(
    "%s",
    async (code, content) => {
      const sha = await commit(bare, code, content);
      await expect(archived(sha)).rejects.toMatchObject({ code });
    },
  );

  test("with a submodule, or a link that leads outside, is refused", async () => {
    const sha = await commit(bare, "plain", files);
    const blob = await git(bare, ["hash-object", "-w", "--stdin"], { stdin: "../../etc/passwd" });
    const tree = (line: string) => git(bare, ["mktree"], { stdin: `${line}\n` });
    const submodule = await git(bare, ["commit-tree", "-m", "s", await tree(`160000 commit ${sha}\tvendor`)]);
    await expect(archived(submodule)).rejects.toMatchObject({ code: "submodules" });
    const link = await git(bare, ["commit-tree", "-m", "l", await tree(`120000 blob ${blob}\tlink`)]);
    await expect(archived(link)).rejects.toMatchObject({ code: "link-leaves-release" });
  });

  test("current changes in one step; old ones go, needed ones and what is not ours stay", async () => {
    const [a, b, c, d, e] = [1, 2, 3, 4, 5].map((day) => `2026112${day}t190000-0123456789ab-1f2e`) as [
      ...[string, string, string, string, string],
    ];
    const theirs = ["backup-before-migration", "v1", "2026-11-21", ".theirs.partial"];
    for (const name of [a, b, c, d, ...theirs]) await mkdir(layout.release(name));
    await mkdir(join(layout.releases, `.${e}.partial`));
    await switchRelease(layout, a);
    await switchRelease(layout, d);
    expect(await readlink(layout.current)).toBe(`releases/${d}`);
    expect(await removeOldReleases(layout, 1, [d, a])).toEqual([b, c]);
    expect((await readdir(layout.releases)).sort()).toEqual([a, d, ...theirs].sort());
    await switchRelease(layout, undefined);
    expect(await currentRelease(layout)).toBeUndefined();
  });
});

test("archives of deployments that never began are removed after a day", async () => {
  await mkdir(layout.uploads, { recursive: true });
  const [ours, later] = ["20261121t190000-0123456789ab-1f2e.tar", "20261122t190000-0123456789ab-1f2e.tar.partial"];
  const [old, fresh, theirs] = [ours, later, "notes"].map((name) => join(layout.uploads, name)) as [
    string,
    string,
    string,
  ];
  for (const path of [old, fresh]) await writeFile(path, "x");
  await mkdir(theirs);
  const now = new Date();
  const before = new Date(now.getTime() - 25 * 3_600_000);
  for (const path of [old, theirs]) await utimes(path, before, before);
  await removeOldUploads(layout, now);
  expect(await readdir(layout.uploads)).toEqual([later, "notes"]);
});

describe("journal", () => {
  test.skipIf(!mayMount)(
    "on a full disk, the reserved room takes what is told; then what is decided stays in memory",
    async () => {
      const disk = join(home, "small");
      const unmount = await mountSmallDisk(disk, 4);
      try {
        const journal = await Journal.open(join(disk, "journal.jsonl"), systemClock);
        await journal.write("LOCK", "begin");
        await journal.reserve();
        const fill = (name: string) => writeFile(join(disk, name), Buffer.alloc(8 << 20)).catch((error) => error.code);
        expect(await fill("ballast")).toBe("ENOSPC");
        await journal.write("CLOSE", "begin", { previous: "x".repeat(10_000) });
        expect((await readJournal(join(disk, "journal.jsonl"))).map(({ phase }) => phase)).toEqual(["LOCK", "CLOSE"]);
        expect(await fill("more")).toBe("ENOSPC");
        const much = { previous: "x".repeat(100_000) };
        await expect(journal.write("UPDATE", "begin", much)).rejects.toMatchObject({ code: "ENOSPC" });
        await journal.tell("ROLLBACK", "begin", much);
        expect(journal.entries.map(({ phase }) => phase)).toEqual(["LOCK", "CLOSE", "ROLLBACK"]);
      } finally {
        await unmount();
      }
    },
  );

  test("a line torn by a crash is passed over, what follows is not", async () => {
    const id = deploymentId(new Date(), "b".repeat(40));
    const path = layout.deployment(id).journal;
    await mkdir(layout.deployment(id).folder);
    await (await Journal.open(path, systemClock)).write("LOCK", "begin");
    await appendFile(path, '{"seq":2,"phase":"CLO');
    expect(await unfinishedDeployments(layout)).toEqual([id]);
    await (await Journal.open(path, systemClock)).write("END", "done");
    expect((await readJournal(path)).map((entry) => entry.phase)).toEqual(["LOCK", "END"]);
    expect(await unfinishedDeployments(layout)).toEqual([]);
  });
});

describe("lock", () => {
  test("is held by a process and free the moment it is killed", async () => {
    const holder = spawnChild("flock", ["-F", "-n", layout.lock, "sleep", "60"]);
    await expect.poll(() => lockIsFree(layout)).toBe(false);
    const told: string[] = [];
    const waiting = { clock: systemClock, timeoutMs: 0, say: (message: string) => told.push(message) };
    await expect(awaitLock(layout, waiting)).rejects.toMatchObject({ code: "deployment-locked" });
    process.kill(holder.pid, "SIGKILL");
    await holder.exited;
    expect(await lockIsFree(layout)).toBe(true);
    await awaitLock(layout, waiting);
  });
});

describe("upload", () => {
  const sha256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
  test("whole or not at all", async () => {
    const target = join(layout.uploads, "x.tar");
    await expect(takeUpload(target, sha256, Readable.from([Buffer.from("hell")]))).rejects.toMatchObject({
      code: "upload",
    });
    await expect(lstat(target)).rejects.toThrow();
    expect(await takeUpload(target, sha256, Readable.from([Buffer.from("hello")]))).toBe(target);
  });
  test.each(["/etc/passwd", "relative/.deploy/uploads/x", "/b/.deploy/uploads/../x", "/b/.deploy/uploads/a b"])(
    "not to %s",
    async (target) => {
      await expect(takeUpload(target, sha256, Readable.from([]))).rejects.toMatchObject({ code: "upload" });
    },
  );
});

describe("maintenance answer", () => {
  test("a page for people, JSON for programs, and the port is free afterwards", async () => {
    const port = await freePort();
    const answer = await answerMaintenance("127.0.0.1", port);
    const page = await probe(`http://127.0.0.1:${port}/odoo`);
    expect(page).toMatchObject({ status: 503, headers: { "retry-after": "30", "cache-control": "no-store" } });
    const rpc = await probe(`http://127.0.0.1:${port}/jsonrpc`, { headers: { "content-type": "application/json" } });
    expect("body" in rpc && JSON.parse(rpc.body)).toMatchObject({ error: { code: 503 } });
    await expect(answerMaintenance("127.0.0.1", port)).rejects.toMatchObject({ code: "port-in-use" });
    await answer.close();
    await (await answerMaintenance("127.0.0.1", port)).close();
  });
});

describe("host program", () => {
  const program = join(import.meta.dirname, "../../../src/host.ts");
  const call = async (command: string, request: unknown) => {
    const options = { stdin: JSON.stringify(request), allowedExitCodes: "any" as const };
    const { stdout } = await run(process.execPath, [program, command], options);
    return JSON.parse(stdout.trim().split("\n").at(-1) as string) as Record<string, unknown>;
  };

  test.each<[string, unknown, string]>([
    ["toString", {}, "unknown-host-command"],
    ["follow", { base: "relative", id: "x" }, "invalid-request"],
    ["deploy", { id: "../../x" }, "invalid-request"],
  ])("%s with what it cannot use: one clear error", async (command, request, code) => {
    expect(await call(command, request)).toMatchObject({ type: "error", code });
  });

  test("nothing to recover, nothing to abort", async () => {
    await writeFile(join(layout.base, "x"), "");
    expect(await call("recover", { base: layout.base })).toEqual({ type: "result", value: null });
    const id = deploymentId(new Date(), "c".repeat(40));
    expect(await call("abort", { base: layout.base, id })).toEqual({ type: "result", value: false });
  });
});
