import { afterAll, beforeAll, expect, test } from "vitest";
import { databaseNameFor, databaseNamePrefix, databasesWithPrefix } from "../../../src/environment/databases.ts";
import { silentLog } from "../../../src/platform/log.ts";
import { withSession } from "../../../src/platform/postgres.ts";
import { recover } from "../../../src/refresh/activation/recovery.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";
import { makeDatabase } from "../refresh/ground.ts";

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server?.stop());

const on = (database: string) =>
  withSession({ ...server.odoo, database }, (session) => session.query("SELECT work FROM own"));

test.each(["staging", `staging_${"x".repeat(55)}`])(
  "beside %s what runs of ours built goes, and what persons made under such names stays with its rows",
  async (database) => {
    const left = (["new", "goldnew"] as const).flatMap((role) =>
      ["9-1", "0-1", "19645012345-12"].map((id) => databaseNameFor(database, role, id)),
    );
    const byHand = (["new", "goldnew"] as const).flatMap((role) =>
      ["test", "9", "9-", "-1", "9-1-kept", "9-1x", "x9-1", "9_1", "9-1\n"].map((end) =>
        databaseNameFor(database, role, end),
      ),
    );
    for (const name of [...left, ...byHand])
      await makeDatabase(server.odoo, name, "CREATE TABLE own AS SELECT 7 AS work");
    await withSession(server.odoo, async (maintenance) => {
      await recover(maintenance, { node: { startStopped: async () => false }, database }, "recovery-test:", silentLog);
      const prefixes = [databaseNamePrefix(database, "new"), databaseNamePrefix(database, "goldnew")];
      const there = await Promise.all(prefixes.map((prefix) => databasesWithPrefix(maintenance, prefix)));
      expect(there.flat().sort()).toEqual([...byHand].sort());
    });
    for (const name of byHand) expect(await on(name), name).toEqual([{ work: 7 }]);
  },
);
