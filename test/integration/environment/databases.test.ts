import { afterAll, beforeAll, expect, test } from "vitest";
import { databasesWithPrefix, renameInTransaction, terminateSessions } from "../../../src/environment/databases.ts";
import { withSession } from "../../../src/platform/postgres.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";
import { makeDatabase } from "../refresh/ground.ts";

let server: PostgresServer;
beforeAll(async () => {
  // A worker of autovacuum that is at work for the whole test.
  const settings = { autovacuum: "on", autovacuum_naptime: "1s", autovacuum_vacuum_threshold: "1" };
  server = await startPostgres({
    settings: { ...settings, autovacuum_vacuum_cost_delay: "100ms", autovacuum_vacuum_cost_limit: "1" },
  });
});
afterAll(() => server?.stop());

const WORKERS = "SELECT pid FROM pg_stat_activity WHERE datname = 'busy' AND backend_type = 'autovacuum worker'";

test("a worker of autovacuum keeps nobody who is no superuser from ending sessions and renaming", async () => {
  await makeDatabase(
    server.odoo,
    "busy",
    "CREATE TABLE big AS SELECT n, repeat('x', 500) AS x FROM generate_series(1, 50000) n; DELETE FROM big WHERE n % 2 = 0",
  );
  const workers = () => withSession(server.admin, (session) => session.query(WORKERS));
  await expect.poll(workers, { timeout: 20_000 }).not.toEqual([]);
  await withSession(server.odoo, async (session) => {
    await terminateSessions(session, "busy");
    expect(await workers()).not.toEqual([]);
    await renameInTransaction(session, [{ from: "busy", to: "quiet", connectable: true }]);
    expect(await databasesWithPrefix(session, "quiet")).toEqual(["quiet"]);
  });
});
