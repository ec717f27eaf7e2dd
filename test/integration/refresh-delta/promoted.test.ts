import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Connection, type Session, withSession } from "../../../src/platform/postgres.ts";
import { readCounters, readHorizon } from "../../../src/refresh/golden/record.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";

// A standby, alone with the log that its primary left: replayed and not written yet, as behind any busy primary.
const ROWS =
  "SET synchronous_commit TO on; CREATE TABLE stock AS SELECT i AS id, repeat('x', 500) AS note FROM generate_series(1, 20000) i";

let dir: string;
let standby: PostgresServer;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "refresh-promoted-"));
  const primary = await startPostgres({ dir: join(dir, "primary") });
  await withSession(primary.admin, (session) => session.query(ROWS));
  await stopAtOnce(primary);
  const seed = join(dir, "seed");
  await cp(primary.dataDirectory, seed, { recursive: true, preserveTimestamps: true });
  await writeFile(join(seed, "standby.signal"), "");
  standby = await startPostgres({ seed });
});

afterAll(async () => {
  await standby?.stop();
  await rm(dir, { recursive: true, force: true });
});

/** What `pg_ctl stop -m immediate` does: no checkpoint. */
async function stopAtOnce({ dataDirectory }: PostgresServer): Promise<void> {
  const [pid] = (await readFile(join(dataDirectory, "postmaster.pid"), "utf8")).split("\n");
  process.kill(Number(pid), "SIGQUIT");
  await vi.waitFor(() => expect(() => process.kill(Number(pid), 0)).toThrow(), { timeout: 20_000 });
}

const ask = <T>(connection: Connection, work: (session: Session) => Promise<T>) =>
  withSession(connection, work, { search_path: "pg_catalog" });

test("a role without privileges learns identity and horizon of a standby, and no counters, which do not count there", async () => {
  const { source, horizon } = await ask(standby.odoo, readHorizon);
  expect(source).toMatchObject({ timeline: 1, database: "postgres", databaseOid: expect.any(Number), major: 18 });
  expect(source.objectsSha256).toMatch(/^[0-9a-f]{64}$/);
  expect(horizon).toMatch(/^\d+$/);
  expect([...(await ask(standby.odoo, readCounters)).keys()]).toEqual([]);
});

test("a server that was promoted a moment ago is on its new timeline, whatever its control file says", async () => {
  await withSession(standby.admin, (session) => session.query("SELECT pg_promote()"));
  const [control] = await withSession(standby.admin, (session) =>
    session.query("SELECT timeline_id AS timeline FROM pg_control_checkpoint()"),
  );
  expect(control).toEqual({ timeline: 1 });
  expect((await ask(standby.odoo, readHorizon)).source.timeline).toBe(2);
  expect([...(await ask(standby.odoo, readCounters)).keys()]).toEqual(["stock"]);
});
