import type { RefreshRule } from "../../../src/environment/pipeline-schema.ts";
import { systemClock } from "../../../src/platform/clock.ts";
import { silentLog } from "../../../src/platform/log.ts";
import { type Connection, type Session, withSession } from "../../../src/platform/postgres.ts";
import { createTables } from "../../../src/refresh/copy/build.ts";
import { type CopiedTable, copyTables } from "../../../src/refresh/copy/copy.ts";
import { approvePlan } from "../../../src/refresh/plan/gate.ts";
import { Progress } from "../../../src/refresh/progress.ts";
import { Sessions, SOURCE_SETTINGS } from "../../../src/refresh/sessions.ts";
import { type Snapshot, takeSnapshot } from "../../../src/refresh/source/snapshot.ts";
import { makeDatabase } from "../refresh/ground.ts";

/** How a copy is made, and what happens on the source once its plan stands. */
export interface CopyChoice {
  pieceBytes?: number;
  jobs?: number;
  meanwhile?: (snapshot: Snapshot) => Promise<void>;
}

/** Rules that keep all there is, one for each table. */
export async function keepAll(source: Connection): Promise<RefreshRule[]> {
  const tables = await withSession(source, (session) =>
    session.query<{ name: string }>(
      `SELECT concat_ws('.', nullif(schemaname, 'public'), tablename) AS name FROM pg_tables
        WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
    ),
  );
  return tables.map(({ name }) => ({ columns: `${name}.*`, keep: "test" }));
}

/** Copies rows and indexes of `source`, everything kept, into a new database `name` on `server`. */
export async function copyInto(
  server: Connection,
  name: string,
  source: Connection,
  { pieceBytes, jobs = 2, meanwhile }: CopyChoice = {},
): Promise<{ target: Connection; copied: CopiedTable[] }> {
  const { signal } = new AbortController();
  const sessions = new Sessions(`copy-test:${name}:`, signal);
  try {
    const snapshot = await takeSnapshot(sessions, source, { lockTimeoutMs: 5000, clock: systemClock, guarded: false });
    const approved = await approvePlan(snapshot.holder, { rules: await keepAll(source) });
    await meanwhile?.(snapshot);
    const target = await makeDatabase(server, name);
    await withSession(target, (session) => createTables(session, approved.schema));
    const watched = { progress: new Progress(silentLog, systemClock), clock: systemClock };
    const work = { sessions, source, target, snapshot, jobs, signal, maskKey: "00", ...watched };
    const choice = pieceBytes === undefined ? {} : { pieceBytes };
    return { target, copied: await copyTables({ ...work, ...approved, ...choice }) };
  } finally {
    await sessions.closeAll();
  }
}

/** Number and order-free sum of hashes of the rows of a table; equal for equal multisets. */
export function fingerprint(connection: Connection, table: string): Promise<{ rows: string; hash: string }[]> {
  return withSession(
    connection,
    (session: Session) =>
      session.query(
        `SELECT count(*) AS rows, sum(hashtextextended(t::text, 0)::numeric) AS hash FROM public.${table} AS t`,
      ),
    SOURCE_SETTINGS,
  );
}
