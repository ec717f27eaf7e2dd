import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { databaseNameFor } from "../../../src/environment/databases.ts";
import { silentLog } from "../../../src/platform/log.ts";
import { type Session, withSession } from "../../../src/platform/postgres.ts";
import { activateNow, leaveReady } from "../../../src/refresh/activation/activate.ts";
import { recover } from "../../../src/refresh/activation/recovery.ts";
import { findGolden } from "../../../src/refresh/golden/find.ts";
import { adopt, dropGolden } from "../../../src/refresh/golden/keep.ts";
import type { GoldenRecord } from "../../../src/refresh/golden/record.ts";
import type { RefreshRun } from "../../../src/refresh/run.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";
import { makeDatabase, makeInstance, requestFor } from "../refresh/ground.ts";

// What persons keep under names that begin like ours: older or newer than ours, none of it is dropped, closed or used.

let dir: string;
let server: PostgresServer;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "refresh-by-hand-"));
  server = await startPostgres();
});
afterAll(async () => {
  await server?.stop();
  await rm(dir, { recursive: true, force: true });
});

const record = { kind: "odoo-release-pipeline/golden@1", id: "3-1" } as GoldenRecord;
const HAND = ["before_migration", "9", "9-1_kept"];
const byHand = (database: string) =>
  (["prev", "ready", "gold"] as const).flatMap((role) => HAND.map((end) => databaseNameFor(database, role, end)));

/** What a run has when it comes to its end: a finished copy of that id, made now. */
async function runOf(maintenance: Session, database: string, id: string): Promise<RefreshRun> {
  const target = { dbName: database, connection: { ...server.odoo, database } };
  const instance = await makeInstance(dir, "staging", target.connection);
  const built = databaseNameFor(database, "new", id);
  await makeDatabase(server.odoo, built);
  return { maintenance, target, built, request: requestFor(instance, instance, { id }) } as RefreshRun;
}

async function adoptGolden(run: RefreshRun): Promise<void> {
  const name = databaseNameFor(run.target.dbName, "goldnew", run.request.id);
  await makeDatabase(server.odoo, name);
  await adopt(run, { name, record }, async () => undefined);
}

test.each(["staging", `staging_${"x".repeat(55)}`])("beside %s they outlive every clean-up", async (database) => {
  await makeDatabase(server.odoo, database);
  await withSession(server.odoo, async (maintenance) => {
    const open = async () => {
      const rows = await maintenance.query<{ name: string }>(
        "SELECT datname AS name FROM pg_database WHERE datallowconn AND starts_with(datname, 'staging')",
      );
      return rows.map((row) => row.name);
    };
    const made = (role: "prev" | "ready" | "gold", id: string) => databaseNameFor(database, role, id);
    const [older, newer] = [
      byHand(database).filter((_, n) => n % 3 < 2),
      byHand(database).filter((_, n) => n % 3 === 2),
    ];
    for (const name of older) await makeDatabase(server.odoo, name);
    for (const id of ["1-1", "2-1"]) {
      await leaveReady(await runOf(maintenance, database, id));
      await activateNow(await runOf(maintenance, database, id));
      await adoptGolden(await runOf(maintenance, database, `${id}1`));
    }
    for (const name of newer) await makeDatabase(server.odoo, name);
    const run = await runOf(maintenance, database, "3-1");
    await adoptGolden(run);
    await recover(maintenance, { node: { startStopped: async () => false }, database }, "by-hand-test:", silentLog);
    expect(await findGolden(maintenance, run.target.connection, database)).toEqual({
      name: made("gold", "3-1"),
      record,
    });
    expect((await open()).sort()).toEqual([database, made("ready", "2-1"), ...byHand(database)].sort());
    const ours = [made("gold", "1-11"), made("gold", "2-11"), made("ready", "1-1"), made("prev", "1-1")];
    const kept = [made("gold", "3-1"), made("ready", "2-1"), made("prev", "2-1")];
    const there = async () => {
      const rows = await maintenance.query<{ name: string }>("SELECT datname AS name FROM pg_database");
      return rows.map((row) => row.name).filter((name) => [...ours, ...kept].includes(name));
    };
    expect((await there()).sort()).toEqual(kept.sort());
    await dropGolden(run);
    expect(await there()).not.toContain(made("gold", "3-1"));
    expect(await open()).toEqual(expect.arrayContaining(byHand(database)));
    for (const name of await open()) await maintenance.query(`DROP DATABASE "${name}"`);
  });
});
