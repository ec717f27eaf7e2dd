import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { withSession } from "../../../src/platform/postgres.ts";
import { refreshDatabase } from "../../../src/refresh/refresh.ts";
import { hasPgbouncer, type Pgbouncer, startPgbouncer } from "../../workbench/pgbouncer.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";
import { fixture, makeDatabase, makeInstance, quietDeps, requestFor } from "./ground.ts";

let server: PostgresServer;
let dir: string;
let pooler: Pgbouncer | undefined;

beforeAll(async () => {
  server = await startPostgres();
  dir = await mkdtemp(join(tmpdir(), "refresh-pooler-"));
  await makeDatabase(server.odoo, "production", await fixture("everything.sql"));
});

afterEach(() => pooler?.stop());

afterAll(async () => {
  await server?.stop();
  await rm(dir, { recursive: true, force: true });
});

// In session mode too: the backend that the watch would look for, and a cancel would be sent to, is not known.
test.skipIf(!hasPgbouncer).each([
  ["production", "transaction"],
  ["production", "session"],
  ["staging", "transaction"],
] as const)("%s behind PgBouncer in %s mode is refused, and nobody else gets our settings", async (behind, mode) => {
  pooler = await startPgbouncer(server.odoo, mode, join(dir, `${behind}-${mode}`));
  const through = { ...server.odoo, port: pooler.port };
  const at = (name: string) => ({ ...(name === behind ? through : server.odoo), database: name });
  const [source, target] = [
    await makeInstance(dir, "production", at("production")),
    await makeInstance(dir, "staging", at("staging")),
  ];
  const database = behind === "production" ? "production" : "postgres";
  const searchPath = () =>
    withSession({ ...through, database }, (session) => session.query("SELECT current_setting('search_path') AS path"));
  expect(await searchPath()).toEqual([{ path: '"$user", public' }]);

  await expect(refreshDatabase(requestFor(source, target), quietDeps())).rejects.toMatchObject({
    code: "pooler",
    message: expect.stringContaining(`${database} at 127.0.0.1:${pooler.port}`),
    remedy: expect.stringContaining("PostgreSQL itself"),
  });

  expect(await searchPath()).toEqual([{ path: '"$user", public' }]);
  const databases = await withSession(server.odoo, (session) =>
    session.query("SELECT datname AS name FROM pg_database WHERE datname LIKE 'staging%'"),
  );
  expect(databases).toEqual([]);
  expect(await readdir(join(dir, "staging/data"))).toEqual([]);
});
