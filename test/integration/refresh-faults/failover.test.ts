import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { withSession } from "../../../src/platform/postgres.ts";
import { recordWire, type Wire } from "../../support/wire-recorder.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";
import { type Ground, makeGround, refreshHeldInCopy } from "./ground.ts";

// The source's server dies, or is a standby that follows its primary.
let dir: string;
let primary: PostgresServer;
let target: PostgresServer;
let wire: Wire;
let ground: Ground;
let runs = 0;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "refresh-failover-"));
  [primary, target] = [await startPostgres({ dir: join(dir, "first") }), await startPostgres()];
  wire = await recordWire(primary.odoo);
  ground = await makeGround(primary, target, { port: wire.port });
});

afterAll(async () => {
  await wire?.stop();
  await Promise.all([primary?.stop(), target?.stop()]);
  await ground?.remove();
  await rm(dir, { recursive: true, force: true });
});

const held = (through: Wire) => refreshHeldInCopy(ground, through, `${++runs}-1`);

/** What `pg_ctl stop -m immediate` does: no checkpoint, nobody is told. */
async function stopAtOnce(server: PostgresServer): Promise<void> {
  const [pid] = (await readFile(join(server.dataDirectory, "postmaster.pid"), "utf8")).split("\n");
  process.kill(Number(pid), "SIGQUIT");
  const gone = () => expect(() => process.kill(Number(pid), 0)).toThrow();
  await vi.waitFor(gone, { timeout: 20_000 });
}

test("the source stops at once and comes back: one clear error, and the next refresh goes well", async () => {
  const { outcome } = await held(wire);
  await stopAtOnce(primary);
  wire.release();
  expect(await outcome).toMatchObject({ code: expect.stringMatching(/^(connection-lost|production-unwatched)$/) });
  expect(await ground.staged()).toBe("0-1");
  expect(await ground.serving()).toBe(true);
  const port = primary.port;
  primary = await startPostgres({ dir: join(dir, "second"), seed: primary.dataDirectory, port });
  expect(await ground.leftovers()).toEqual([]);
  const { id } = await ground.refresh(`${++runs}-1`);
  expect(await ground.staged()).toBe(id);
});

describe("a standby as the source", () => {
  let standby: PostgresServer;
  let throughStandby: Wire;

  beforeAll(async () => {
    // The standby begins as a copy of the stopped primary.
    const { port, dataDirectory } = primary;
    await primary.stop();
    const seed = join(dir, "seed");
    await cp(dataDirectory, seed, { recursive: true, preserveTimestamps: true });
    await writeFile(join(seed, "standby.signal"), "");
    primary = await startPostgres({ dir: join(dir, "third"), seed: dataDirectory, port });
    const { host, user, password } = primary.admin;
    standby = await startPostgres({
      seed,
      settings: {
        primary_conninfo: `host=${host} port=${port} user=${user} password=${password}`,
        max_standby_streaming_delay: "300ms",
        wal_receiver_status_interval: "1s",
      },
    });
    throughStandby = await recordWire(standby.odoo);
    const { config } = ground.instances.source;
    await writeFile(
      config,
      (await readFile(config, "utf8")).replace(/db_port = \d+/, `db_port = ${throughStandby.port}`),
    );
  });

  afterAll(async () => {
    await throughStandby?.stop();
    await standby?.stop();
  });

  const follows = async (sql: string) => {
    await withSession(ground.source, (session) => session.query(sql));
    const [{ lsn } = { lsn: "" }] = await withSession(primary.admin, (session) =>
      session.query<{ lsn: string }>("SELECT pg_current_wal_lsn()::text AS lsn"),
    );
    return lsn;
  };

  test("is copied from, with a warning", async () => {
    const lsn = await follows("INSERT INTO ir_config_parameter (key, value) VALUES ('late', 'row')");
    await vi.waitFor(
      () =>
        withSession(standby.admin, async (session) => {
          const sql = "SELECT pg_is_in_recovery() AND pg_last_wal_replay_lsn() >= $1::pg_lsn AS there";
          expect(await session.query(sql, [lsn])).toEqual([{ there: true }]);
        }),
      { timeout: 20_000 },
    );
    const result = await ground.refresh(`${++runs}-1`);
    expect(result.warnings.join()).toContain("standby");
    expect(await ground.staged()).toBe(result.id);
  });

  test("that ends our snapshot to follow its primary: told as that, staging as it was", async () => {
    const before = await ground.staged();
    const { outcome } = await held(throughStandby);
    await follows("UPDATE library_loan SET remark = remark || '.'");
    await follows("VACUUM library_loan");
    await vi.waitFor(
      () =>
        withSession(standby.admin, async (session) => {
          const sql = "SELECT sum(confl_snapshot)::int > 0 AS cancelled FROM pg_stat_database_conflicts";
          expect(await session.query(sql)).toEqual([{ cancelled: true }]);
        }),
      { timeout: 20_000 },
    );
    throughStandby.release();
    // The backend that sends rows may be ended before the watch hears of it, and cannot say why.
    expect(await outcome).toMatchObject({
      code: expect.stringMatching(/^(standby-conflict|connection-lost)$/),
      remedy: expect.stringContaining("hot_standby_feedback"),
    });
    expect(await ground.staged()).toBe(before);
    expect(await ground.leftovers()).toEqual([]);
  });
});
