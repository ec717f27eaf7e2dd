import { statfsSync, writeFileSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { withSession } from "../../../src/platform/postgres.ts";
import { run } from "../../../src/platform/process.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";
import { type Ground, makeGround } from "./ground.ts";

const MiB = 2 ** 20;
// A file system of its own needs root; with CI=true it has to be there.
const possible = process.getuid?.() === 0 || process.env.CI === "true";

let elsewhere: string;
let small: string;
let source: PostgresServer;
let target: PostgresServer;
let ground: Ground;

beforeAll(async () => {
  if (!possible) return;
  elsewhere = await mkdtemp(join(tmpdir(), "refresh-elsewhere-"));
  small = join(elsewhere, "small");
  await mkdir(small);
  await run("mount", ["-t", "tmpfs", "-o", "size=220m,mode=0755", "tmpfs", small]);
  [source, target] = [await startPostgres(), await startPostgres({ dir: small, seed: await seedWithLogElsewhere() })];
  ground = await makeGround(source, target);
});

/** The write-ahead log has a disk of its own: where that is full, PostgreSQL stops as a whole. */
async function seedWithLogElsewhere(): Promise<string> {
  const seed = await startPostgres({ dir: elsewhere });
  await seed.stop();
  await rename(join(elsewhere, "data/pg_wal"), join(elsewhere, "log"));
  await symlink(join(elsewhere, "log"), join(elsewhere, "data/pg_wal"));
  return join(elsewhere, "data");
}

afterAll(async () => {
  await Promise.all([source?.stop(), target?.stop()]);
  await ground?.remove();
  if (small === undefined) return;
  await run("umount", ["--lazy", small]);
  await rm(elsewhere, { recursive: true, force: true });
});

const free = () => {
  const { bavail, bsize } = statfsSync(small);
  return bavail * bsize;
};

test.skipIf(!possible)(
  "a disk that is full during the copy: staging is as it was, and the room is free again",
  async () => {
    const ballast = join(small, "ballast");
    await withSession(target.admin, (session) => session.query("CHECKPOINT"));
    const before = free();
    const outcome = ground.refresh(
      "full-1",
      { jobs: 1 },
      {
        onPhase: (phase, status) => {
          // Enough for what stands, not for the rows.
          if (phase === "schema" && status === "done") writeFileSync(ballast, Buffer.alloc(free() - MiB / 4));
        },
      },
    );
    const error = await outcome.then(
      () => "done",
      (reason: unknown) => reason,
    );
    await rm(ballast);
    expect(error).toMatchObject({
      code: "disk-full",
      message: expect.stringMatching(/No space left on device.*53100/),
    });
    expect(await ground.leftovers()).toEqual([]);
    expect(await ground.staged()).toBe("0-1");
    expect(await ground.serving()).toBe(true);
    await withSession(target.admin, (session) => session.query("CHECKPOINT"));
    expect(free()).toBeGreaterThan(before - 5 * MiB);
    expect((await ground.refresh("room-1")).database).toBe("staging");
  },
);
