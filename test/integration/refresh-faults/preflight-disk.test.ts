import { rmSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { withSession } from "../../../src/platform/postgres.ts";
import { serverFolder } from "../../../src/refresh/source/server-folder.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";
import { type Ground, makeGround } from "./ground.ts";
import { freeOf, mayMount, mountSmallDisk, seedWithLogIn } from "./small-disk.ts";

// A disk with so much room as the preflight asks for, measured by a role without any privilege to be told where it is.
const GOLDEN = { goldenMs: 3_600_000 } as const;

let dir: string;
let small: string;
let source: PostgresServer;
let target: PostgresServer;
let ground: Ground;
let bytes: number;
let unmount: (() => Promise<unknown>) | undefined;
let runs = 0;

beforeAll(async () => {
  if (!mayMount) return;
  dir = await mkdtemp(join(tmpdir(), "refresh-room-"));
  small = join(dir, "small");
  unmount = await mountSmallDisk(small, 400);
  const seed = await seedWithLogIn(join(dir, "log"), join(dir, "seed"));
  [source, target] = [await startPostgres(), await startPostgres({ dir: small, seed })];
  ground = await makeGround(source, target);
  const sql = "SELECT pg_database_size('production')::float8 AS bytes";
  [{ bytes } = { bytes: 0 }] = await withSession(source.admin, (session) => session.query<{ bytes: number }>(sql));
});

afterAll(async () => {
  await Promise.all([source?.stop(), target?.stop()]);
  await ground?.remove();
  await unmount?.();
  if (dir) await rm(dir, { recursive: true, force: true });
});

/** Runs a refresh while the disk has room for so many copies of production. */
async function withRoomFor(copies: number, options: Parameters<Ground["refresh"]>[1] = {}, dryRun = false) {
  await withSession(target.admin, (session) => session.query("CHECKPOINT"));
  const ballast = join(small, "ballast");
  writeFileSync(ballast, Buffer.alloc(freeOf(small) - Math.ceil(bytes * copies)));
  try {
    return await ground.refresh(`${++runs}-1`, options, {}, { dryRun });
  } finally {
    rmSync(ballast);
  }
}

test.skipIf(!mayMount)("a copy and the golden copy of it are refused where they have no room", async () => {
  await expect(withRoomFor(1.1)).rejects.toMatchObject({ code: "disk-full" });
  await expect(withRoomFor(2, GOLDEN)).rejects.toMatchObject({
    code: "disk-full",
    message: expect.stringMatching(/free; a copy of production and the golden copy of it may need/),
    remedy: expect.stringContaining("ALTER ROLE odoo SET file_copy_method = 'clone';"),
  });
  expect(await ground.staged()).toBe("0-1");
  expect(await ground.leftovers()).toEqual([]);
});

test.skipIf(!mayMount)("where the preflight sees room, it is enough, also for a delta upon a golden copy", async () => {
  expect(await withRoomFor(1.25)).toMatchObject({ activated: true, warnings: [] });
  expect(await withRoomFor(2.25, GOLDEN)).toMatchObject({ activated: true, golden: expect.any(String), warnings: [] });
  const delta = await withRoomFor(1.25, { ...GOLDEN, mode: "delta" });
  expect(delta).toMatchObject({ activated: true, way: { kind: "delta" } });
  expect(delta.warnings).toEqual([expect.stringMatching(/enough for a delta, but a full copy/)]);
});

test.skipIf(!mayMount)(
  "a server that is set to share blocks is taken at its word: no room is asked for the golden copy",
  async () => {
    const set = (how: string) => withSession(target.admin, (session) => session.query(`ALTER ROLE odoo ${how}`));
    await set("SET file_copy_method = 'clone'");
    expect((await withRoomFor(2, GOLDEN, true)).warnings).toEqual([]);
    expect(await withRoomFor(3, GOLDEN)).toMatchObject({ activated: true, golden: expect.any(String) });
    await set("RESET file_copy_method");
  },
);

test("the command line of a server tells its folder to whoever has a session there, and to nobody else", async () => {
  const server = await startPostgres();
  try {
    await withSession(server.odoo, async ({ backendPid: pid }) => {
      expect(await serverFolder({ pid, user: "odoo", database: "postgres" })).toBe(server.dataDirectory);
      expect(await serverFolder({ pid, user: "odoo", database: "other" })).toBeUndefined();
      expect(await serverFolder({ pid: process.pid, user: "odoo", database: "postgres" })).toBeUndefined();
    });
  } finally {
    await server.stop();
  }
});
