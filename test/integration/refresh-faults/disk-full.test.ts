import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { withSession } from "../../../src/platform/postgres.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";
import { type Ground, makeGround } from "./ground.ts";
import { freeOf, mayMount, mountSmallDisk, seedWithLogIn } from "./small-disk.ts";

const MiB = 2 ** 20;

let dir: string;
let small: string;
let source: PostgresServer;
let target: PostgresServer;
let ground: Ground;
let unmount: (() => Promise<unknown>) | undefined;

beforeAll(async () => {
  if (!mayMount) return;
  dir = await mkdtemp(join(tmpdir(), "refresh-disk-full-"));
  small = join(dir, "small");
  unmount = await mountSmallDisk(small, 220);
  // The write-ahead log has a disk of its own: where that is full, PostgreSQL stops as a whole.
  const seed = await seedWithLogIn(join(dir, "log"), join(dir, "seed"));
  [source, target] = [await startPostgres(), await startPostgres({ dir: small, seed })];
  ground = await makeGround(source, target);
});

afterAll(async () => {
  await Promise.all([source?.stop(), target?.stop()]);
  await ground?.remove();
  await unmount?.();
  if (dir) await rm(dir, { recursive: true, force: true });
});

const free = () => freeOf(small);

test.skipIf(!mayMount)(
  "a disk that is full during the copy: staging is as it was, and the room is free again",
  async () => {
    const ballast = join(small, "ballast");
    await withSession(target.admin, (session) => session.query("CHECKPOINT"));
    const before = free();
    const outcome = ground.refresh(
      "1-1",
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
    expect((await ground.refresh("2-1")).database).toBe("staging");
  },
);
