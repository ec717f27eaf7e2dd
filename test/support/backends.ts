import { expect } from "vitest";
import { type Connection, withSession } from "../../src/platform/postgres.ts";

/** Waits until the server process of a session stands in pg_sleep. */
export async function untilAsleep(admin: Connection, backendPid: number): Promise<void> {
  const sql = "SELECT wait_event FROM pg_stat_activity WHERE pid = $1";
  await withSession(admin, (session) =>
    expect.poll(() => session.query(sql, [backendPid]), { timeout: 20_000 }).toEqual([{ wait_event: "PgSleep" }]),
  );
}
