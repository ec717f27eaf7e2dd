import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { withTemporaryDirectory } from "../../../src/platform/files.ts";
import { withSession } from "../../../src/platform/postgres.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";
import { postgresVersions } from "../../workbench/postgres-binaries.ts";

const downloadTime = 120_000;

describe.each(postgresVersions)("PostgreSQL %i", (version) => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({ version });
  }, downloadTime);
  afterAll(() => server.stop());

  test("answers as that version, without waiting for a disk", async () => {
    const [row] = await withSession(server.admin, (session) =>
      session.query("SELECT current_setting('server_version_num') AS version, current_setting('fsync') AS fsync"),
    );
    expect(row).toMatchObject({ version: expect.stringMatching(`^${version}`), fsync: "off" });
  });

  test("lets the role of Odoo create a database with the extensions it needs, and is no superuser", async () => {
    await withSession(server.odoo, (session) => session.query("CREATE DATABASE own"));
    await withSession({ ...server.odoo, database: "own" }, async (session) => {
      await session.query("CREATE EXTENSION unaccent");
      await session.query("CREATE EXTENSION pg_trgm");
      const [role] = await session.query("SELECT rolsuper FROM pg_roles WHERE rolname = current_user");
      expect(role).toEqual({ rolsuper: false });
    });
  });
});

test("refuses a wrong password", async () => {
  await using server = await startPostgres();
  const wrong = { ...server.odoo, password: "not-this-one" };
  await expect(withSession(wrong, (session) => session.query("SELECT 1"))).rejects.toThrow();
});

test("starts from the data of a stopped server", async () => {
  await withTemporaryDirectory("workbench-", async (dir) => {
    const first = await startPostgres({ dir: join(dir, "first") });
    await withSession(first.odoo, (session) => session.query("CREATE DATABASE kept"));
    await first.stop();

    await using second = await startPostgres({ dir: join(dir, "second"), seed: first.dataDirectory });
    await withSession({ ...second.odoo, database: "kept" }, (session) => session.query("SELECT 1"));
  });
});

test("leaves nothing behind", async () => {
  const server = await startPostgres();
  await server.stop();
  expect(existsSync(server.socketDirectory)).toBe(false);
  await expect(withSession(server.admin, (session) => session.query("SELECT 1"))).rejects.toThrow();
});

test("says what the server said when it does not start", async () => {
  await expect(startPostgres({ settings: { shared_buffers: "nonsense" } })).rejects.toThrow(/shared_buffers/);
});
