import { writeFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { withSession } from "../../../src/platform/postgres.ts";
import { recordWire, type Wire } from "../../support/wire-recorder.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";
import { type Ground, makeGround, refreshHeldInCopy } from "./ground.ts";
import { freeOf, mayMount, mountSmallDisk, seedWithLogIn } from "./small-disk.ts";

// The disk of the write-ahead log is full: the target's server panics, and cannot start again before there is room.
let dir: string;
let disk: string;
let source: PostgresServer;
let target: PostgresServer;
let wire: Wire;
let ground: Ground;
let unmount: (() => Promise<unknown>) | undefined;

beforeAll(async () => {
  if (!mayMount) return;
  dir = await mkdtemp(join(tmpdir(), "refresh-log-full-"));
  disk = join(dir, "disk");
  unmount = await mountSmallDisk(disk, 200);
  const seed = await seedWithLogIn(join(disk, "log"), join(dir, "seed"));
  source = await startPostgres();
  // Old segments would be room of their own.
  target = await startPostgres({ dir: join(dir, "first"), seed, settings: { wal_recycle: "off" } });
  wire = await recordWire(source.odoo);
  ground = await makeGround(source, target, { port: wire.port });
});

afterAll(async () => {
  await wire?.stop();
  await Promise.all([source?.stop(), target?.stop()]);
  await ground?.remove();
  await unmount?.();
  if (dir) await rm(dir, { recursive: true, force: true });
});

test.skipIf(!mayMount)(
  "a write-ahead log without room is one clear error, and with room staging is as it was",
  async () => {
    const { outcome } = await refreshHeldInCopy(ground, wire, "1-1");
    const ballast = join(disk, "ballast");
    writeFileSync(ballast, Buffer.alloc(freeOf(disk)));
    await withSession(target.admin, (session) => session.query("SELECT pg_switch_wal()")).catch(() => {});
    wire.release();
    expect(await outcome).toMatchObject({
      code: expect.stringMatching(/^(disk-full|connection-lost)$/),
      message: expect.stringContaining("staging is as it was before"),
      remedy: expect.any(String),
    });
    expect(await readFile(target.logFile, "utf8")).toMatch(/PANIC: .*No space left on device/);
    await expect(ground.staged()).rejects.toThrow();

    await rm(ballast);
    await target.stop();
    const { dataDirectory, port } = target;
    target = await startPostgres({ dir: join(dir, "second"), seed: dataDirectory, port });
    expect(await ground.staged()).toBe("0-1");
    expect(await ground.serving()).toBe(true);
    expect((await ground.refresh("2-1")).id).toBe("2-1");
    expect(await ground.staged()).toBe("2-1");
    expect(await ground.leftovers()).toEqual([]);
  },
);
