import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { quoteIdent, type Session, withSession } from "../../src/platform/postgres.ts";
import { cacheDirectory, cacheKey, once, type Progress, removeOutdated } from "../workbench/cache.ts";
import { productionTemplate } from "../workbench/odoo-database.ts";
import { startPostgres } from "../workbench/postgres.ts";
import { INFLATED, type InflatedTable, PARAGRAPHS } from "./refresh-rows.ts";

/** Debian 12's server version: pg_dump, pg_restore and pgcopydb of that system speak to it. */
export const BENCH_VERSION = 15;

// Rows of each table that are repeated.
const REPEATED = 500;

/** An inflated Odoo production database, as a data directory of a stopped server. */
export interface BenchGround {
  /** For `startPostgres({ seed })`. */
  seed: string;
  /** Files of the attachments of database `production`. */
  filestore: string;
}

/** Database `production` with this many invented partners and everything that hangs on them; made once. */
export async function benchGround(partners: number, progress: Progress): Promise<BenchGround> {
  const template = await productionTemplate({ ground: "lab", version: BENCH_VERSION, progress });
  const sources = ["refresh-ground.ts", "refresh-rows.ts"].map((name) => join(import.meta.dirname, name));
  const contents = await Promise.all(sources.map((source) => readFile(source, "utf8")));
  const key = cacheKey(basename(dirname(template.seed)), String(partners), ...contents);
  const path = await once(join(cacheDirectory, "bench", `production-${partners}-${key}`), async (directory) => {
    const settings = { shared_buffers: "1GB", max_wal_size: "8GB", autovacuum: "off", maintenance_work_mem: "512MB" };
    await using server = await startPostgres({ version: BENCH_VERSION, dir: directory, seed: template.seed, settings });
    await withSession(server.admin, (session) => session.query("DROP DATABASE IF EXISTS demo"));
    await withSession({ ...server.admin, database: "production" }, (session) =>
      inflate(session, partners, { progress }),
    );
  });
  await removeOutdated(path, `production-${partners}-`);
  return { seed: join(path, "data"), filestore: template.filestore };
}

/**
 * Adds the rows with set-based statements only, so that nothing is bloated; the same rows at every run. With `keepIndexes`
 * as an application would; otherwise indexes are made anew and the tables frozen.
 */
export async function inflate(
  session: Session,
  partners: number,
  { keepIndexes = false, progress }: { keepIndexes?: boolean; progress: Progress },
): Promise<void> {
  // Keys are right by construction here, and pg_restore checks every one of them later.
  await session.query("SET session_replication_role = replica; SET synchronous_commit = off");
  await session.query(PARAGRAPHS);
  for (const table of INFLATED) {
    const started = performance.now();
    const indexes = keepIndexes ? [] : await dropIndexes(session, table.name);
    await session.query(await insertion(session, table, partners));
    for (const index of indexes) await session.query(index);
    progress(`Bench database: ${table.name}, ${Math.round((performance.now() - started) / 1000)} s`);
  }
  await session.query("DROP TABLE bench_paragraph; DROP TABLE bench_base");
  if (keepIndexes) return;
  await session.query("VACUUM (FREEZE, ANALYZE)");
  await session.query("CHECKPOINT");
}

/** Drops what is no constraint and returns the statements that make it again. */
async function dropIndexes(session: Session, table: string): Promise<string[]> {
  const rows = await session.query<{ name: string; ddl: string }>(
    `SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS ddl FROM pg_index
      WHERE indrelid = $1::regclass AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)`,
    [`public.${table}`],
  );
  for (const { name } of rows) await session.query(`DROP INDEX ${name}`);
  return rows.map((row) => row.ddl);
}

/** INSERT ... SELECT that repeats the table's own rows in turn, with the values that the table's entry overrides. */
async function insertion(session: Session, { name, each, values }: InflatedTable, partners: number): Promise<string> {
  const columns = await session.query<{ column: string }>(
    "SELECT attname AS column FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
    [`public.${name}`],
  );
  const table = `public.${quoteIdent(name)}`;
  const names = columns.map(({ column }) => column);
  const list = names.map((column) => values[column] ?? `t.${quoteIdent(column)}`);
  const order = names.includes("id") ? "id" : names[0];
  const rows = Math.round(partners * each);
  const reset = names.includes("id")
    ? `; SELECT setval(pg_get_serial_sequence('${table}', 'id'), (SELECT max(id) FROM ${table}))`
    : "";
  return `
    INSERT INTO bench_base SELECT '${name}', ${names.includes("id") ? "max(id)" : "count(*) * 0"}, ${rows} FROM ${table};
    INSERT INTO ${table} (${names.map(quoteIdent).join(", ")})
    SELECT ${list.join(", ")}
      FROM generate_series(1, ${rows}) AS n
      JOIN (SELECT *, row_number() OVER (ORDER BY ${order}) - 1 AS k FROM ${table} ORDER BY ${order} LIMIT ${REPEATED}) AS t
        ON t.k = n % least(${REPEATED}, (SELECT count(*) FROM ${table}))${reset}`;
}
