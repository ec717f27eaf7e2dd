import { afterAll, beforeAll, expect, test } from "vitest";
import { type Connection, connect, type Session, withSession } from "../../../src/platform/postgres.ts";
import { Sessions } from "../../../src/refresh/sessions.ts";
import { watchProduction } from "../../../src/refresh/source/snapshot.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";
import { makeDatabase } from "./ground.ts";

// Who may make a refresh give up: sessions of production's users that wait for it, nobody else.

let server: PostgresServer;
let production: Connection;

beforeAll(async () => {
  server = await startPostgres();
  production = await makeDatabase(server.odoo, "production", "CREATE TABLE orders (id int)");
});
afterAll(() => server?.stop());

const PREFIX = "odoo-refresh:production:test:";
const named = (connection: Connection, applicationName: string) => connect({ ...connection, applicationName });

/** What the watch says while `waiter` waits for a lock that a session of the refresh holds; undefined when it says nothing. */
async function watched(lock: string, waiter: Session): Promise<Error | undefined> {
  const holder = await named(production, `${PREFIX}copy-0`);
  const sessions = new Sessions(PREFIX, new AbortController().signal);
  let told: Error | undefined;
  await holder.query("BEGIN");
  await holder.query(lock);
  const abort = (error: Error) => {
    told ??= error;
  };
  const limits = { maxBlockMs: 200, maxSnapshotMs: 3_600_000, holder: () => holder.backendPid };
  const stop = await watchProduction(sessions, production, { ...limits, prefix: PREFIX, abort });
  const waiting = waiter.query(lock).catch((error: unknown) => error);
  const waits = "SELECT count(*)::int AS n FROM pg_locks WHERE NOT granted";
  await expect.poll(() => holder.query(waits)).toEqual([{ n: 1 }]);
  const beats = "SELECT pg_sleep(1.5)"; // of the watch's clock: several looks, each later than its limit
  await holder.query(beats);
  await stop();
  await holder.query("ROLLBACK");
  await waiting;
  await Promise.all([holder.end(), waiter.end(), sessions.closeAll()]);
  return told;
}

const TABLE = "LOCK TABLE orders IN ACCESS EXCLUSIVE MODE";

test("a session of a user is named, with what it waits for", async () => {
  const waiter = await named(production, "odoo-4711");
  await waiter.query("BEGIN");
  expect(await watched(TABLE, waiter)).toMatchObject({
    code: "production-blocked",
    message: expect.stringMatching(
      /role odoo, odoo-4711\) waited more than 0\.2 s for AccessExclusiveLock on public\.orders/,
    ),
    remedy: expect.stringContaining("max-block"),
  });
});

test("of several the one that waits longest is judged, whatever its role", async () => {
  await withSession(server.admin, (session) =>
    session.query("CREATE ROLE reporting LOGIN PASSWORD 'of-the-reports'; GRANT ALL ON SCHEMA public TO reporting"),
  );
  await withSession(production, (session) => session.query("GRANT ALL ON orders TO reporting"));
  const holder = await named(production, `${PREFIX}copy-0`);
  const [first, second] = [
    await named(production, "odoo-4711"),
    await named({ ...production, user: "reporting", password: "of-the-reports" }, "reports"),
  ];
  await holder.query("BEGIN");
  await holder.query(TABLE);
  const waits = async (n: number) =>
    expect.poll(() => holder.query("SELECT count(*)::int AS n FROM pg_locks WHERE NOT granted")).toEqual([{ n }]);
  const waiting = [first.query("SELECT FROM orders").catch(() => undefined)];
  await waits(1);
  await holder.query("SELECT pg_sleep(1.5)");
  waiting.push(second.query("SELECT FROM orders").catch(() => undefined));
  await waits(2);
  const sessions = new Sessions(PREFIX, new AbortController().signal);
  const told: Error[] = [];
  const limits = { maxBlockMs: 1_000, maxSnapshotMs: 3_600_000, holder: () => holder.backendPid };
  const stop = await watchProduction(sessions, production, { ...limits, prefix: PREFIX, abort: (e) => told.push(e) });
  await expect.poll(() => told[0]?.message, { timeout: 10_000 }).toContain("role odoo, odoo-4711");
  await stop();
  await holder.query("ROLLBACK");
  await Promise.all(waiting);
  await Promise.all([holder.end(), first.end(), second.end(), sessions.closeAll()]);
});

test.each([
  ["another session of a refresh", () => named(production, "odoo-refresh:production:other:copy-1"), TABLE],
  [
    "who works on whole databases from another one",
    () => named({ ...server.odoo, database: "postgres" }, "a copy"),
    "COMMENT ON DATABASE production IS 'x'",
  ],
])("%s does not count", async (_, waiter, lock) => {
  const session = await waiter();
  await session.query("BEGIN");
  expect(await watched(lock, session)).toBeUndefined();
});
