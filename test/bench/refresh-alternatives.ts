// What a team does today: dump and restore, or pgcopydb; then the masks by UPDATE, and ANALYZE.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type Connection, quoteIdent, type Session, withSession } from "../../src/platform/postgres.ts";
import { run } from "../../src/platform/process.ts";
import { approvePlan } from "../../src/refresh/plan/gate.ts";

import type { Plan, PlannedTable } from "../../src/refresh/plan/plan.ts";
import { MASK_KEY_SETTING } from "../../src/refresh/plan/row.ts";
import type { RefreshRequest } from "../../src/refresh/request.ts";
import { qualifiedName } from "../../src/refresh/schema/tables.ts";
import { SOURCE_SETTINGS } from "../../src/refresh/sessions.ts";

/** Seconds by step. */
export type Steps = Record<string, number>;

const HOUR = 3_600_000;

/** The programs of Debian 12 that the alternatives are; throws with the cure when one is missing. */
export async function requirePrograms(): Promise<void> {
  for (const [program, debian] of Object.entries({ pg_dump: "postgresql-client-15", pgcopydb: "pgcopydb" })) {
    await run(program, ["--version"]).catch((cause: unknown) => {
      throw new Error(`the bench needs ${program}: apt-get install ${debian}`, { cause });
    });
  }
}

/** Runs `work` and puts its seconds into `steps`. */
export async function timed<T>(steps: Steps, name: string, work: () => Promise<T>): Promise<T> {
  const begin = performance.now();
  const result = await work();
  steps[name] = (performance.now() - begin) / 1000;
  return result;
}

/** The same masks as our plan for this database has, largest table first: one statement or two for each table. */
export async function maskStatements(source: Connection, rules: RefreshRequest["rules"]): Promise<string[]> {
  const approved = await withSession(source, (session) => approvePlan(session, { rules }), SOURCE_SETTINGS);
  return statementsOf(approved.plan);
}

function statementsOf(plan: Plan): string[] {
  return plan.tables
    .filter(({ table }) => !table.empty)
    .toSorted((a, b) => b.table.bytes - a.table.bytes)
    .map(statementFor)
    .filter((statement) => statement !== "");
}

function statementFor({ table, emptiedBecause, columns, filter }: PlannedTable): string {
  const name = qualifiedName(table);
  if (emptiedBecause) return `DELETE FROM ONLY ${name}`;
  const values = columns
    .filter(({ asIs }) => !asIs)
    .map(({ column, expression }) => `${quoteIdent(column.name)} = ${expression}`);
  return [
    ...(filter ? [`DELETE FROM ONLY ${name} AS t WHERE (${filter.condition}) IS NOT TRUE`] : []),
    ...(values.length > 0 ? [`UPDATE ONLY ${name} AS t SET ${values.join(", ")}`] : []),
  ].join("; ");
}

/** Masks a raw copy in place over `jobs` sessions, then analyzes it; keys and triggers are off, in favour of this way. */
export async function maskInPlace(copy: Connection, statements: readonly string[], jobs: number): Promise<Steps> {
  const steps: Steps = {};
  const queue = [...statements];
  const worker = async (session: Session) => {
    await session.query("SELECT set_config($1, 'key', false)", [MASK_KEY_SETTING]);
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await session.query(next);
  };
  const settings = { session_replication_role: "replica", synchronous_commit: "off" };
  await timed(steps, "UPDATE masks", () =>
    Promise.all(Array.from({ length: jobs }, () => withSession(copy, worker, settings))),
  );
  await timed(steps, "ANALYZE", () => withSession(copy, (session) => session.query("ANALYZE")));
  return steps;
}

/** `pg_dump -Fd` with `options` into a folder below `dir`, `pg_restore` into the empty database `copy`. */
export async function dumpAndRestore(
  source: Connection,
  copy: Connection,
  dir: string,
  { jobs, options }: { jobs: number; options: readonly string[] },
): Promise<Steps> {
  const steps: Steps = {};
  const dump = join(dir, "dump");
  const parallel = ["-j", String(jobs)];
  const call = (program: string, connection: Connection, args: string[]) =>
    run(program, [...place(connection), "-d", connection.database, ...args], {
      env: { PGPASSWORD: connection.password ?? "" },
      timeoutMs: HOUR,
    });
  await timed(steps, "pg_dump", () => call("pg_dump", source, ["-Fd", ...parallel, ...options, "-f", dump]));
  await timed(steps, "pg_restore", () => call("pg_restore", copy, [...parallel, "--no-owner", dump]));
  await rm(dump, { recursive: true, force: true });
  return steps;
}

/** `pgcopydb clone` into the empty database `copy`. */
export async function pgcopydb(source: Connection, copy: Connection, dir: string, jobs: number): Promise<Steps> {
  const steps: Steps = {};
  const uri = ({ host, port, user, database }: Connection) => `postgres://${user}@${host}:${port}/${database}`;
  const parallel = ["--table-jobs", String(jobs), "--index-jobs", String(jobs)];
  const ends = ["--source", uri(source), "--target", uri(copy)];
  await timed(steps, "pgcopydb", () =>
    run("pgcopydb", ["clone", ...ends, "--dir", join(dir, "pgcopydb"), ...parallel, "--no-owner"], {
      env: { PGPASSWORD: source.password ?? "" },
      timeoutMs: HOUR,
    }),
  );
  return steps;
}

const place = ({ host, port, user }: Connection) => ["-h", host, "-p", String(port), "-U", user];
