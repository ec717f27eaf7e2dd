// A masked copy of an inflated Odoo production database: ours beside what teams do today, in one run on one server.
import { spawn } from "node:child_process";
import { appendFile, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { NODE_FLAGS } from "../../src/environment/host-local.ts";
import { type Connection, quoteIdent, withSession } from "../../src/platform/postgres.ts";
import type { RefreshRequest, RefreshResult } from "../../src/refresh/request.ts";
import { makeInstance, requestFor } from "../integration/refresh/ground.ts";
import { cacheDirectory, type Progress } from "../workbench/cache.ts";
import { installOdoo } from "../workbench/odoo.ts";
import { consumerAddons } from "../workbench/odoo-database.ts";
import { type PostgresServer, startPostgres } from "../workbench/postgres.ts";
import type { BenchRow } from "./history.ts";
import {
  dumpAndRestore,
  maskInPlace,
  maskStatements,
  pgcopydb,
  requirePrograms,
  type Steps,
} from "./refresh-alternatives.ts";
import { BENCH_VERSION, benchGround } from "./refresh-ground.ts";
import { type Latency, probing } from "./refresh-probe.ts";
import { rowsOf } from "./refresh-rows-of.ts";

/** Invented partners of a database of 2 GB and of one of 5 GB. */
export const PARTNERS = { small: 75_000, large: 190_000 } as const;
export const JOBS = 2;

// As on a server that is used: nothing is switched off that keeps data safe. No autovacuum, whose hour would be chance.
const SETTINGS = {
  fsync: "on",
  full_page_writes: "on",
  synchronous_commit: "on",
  shared_buffers: "1GB",
  max_wal_size: "8GB",
  autovacuum: "off",
};

/** What one way of making the copy took. */
export interface Way {
  seconds: number;
  steps: Steps;
  latency?: Latency;
  /** Size of the copy. */
  bytes: number;
}

/** Ours, with what its process needed. */
export type Ours = Way & { peakBytes: number; cpuSeconds: number; result: RefreshResult };

/** Everything that one run measured. */
export interface RefreshFigures {
  source: { bytes: number; rows: number };
  /** Before all others and after them, since a machine is not equally fast all the time. */
  ours: readonly [first: Ours, last: Ours];
  dump: Way;
  pgcopydb: Way;
  quiet: Latency;
}

/** Measures the full masked refresh beside its alternatives. */
export async function benchRefresh(progress: Progress): Promise<{ figures: RefreshFigures; rows: BenchRow[] }> {
  await using ground = await openGround(PARTNERS.small, progress);
  const figures = await measure(ground, progress);
  return { figures, rows: rowsOf(figures) };
}

/** A server with the inflated production database, and a request to copy it. */
export interface OpenGround extends AsyncDisposable {
  server: PostgresServer;
  production: Connection;
  dir: string;
  request: RefreshRequest;
}

/** Starts a server from a copy of the inflated database of this size. */
export async function openGround(partners: number, progress: Progress): Promise<OpenGround> {
  await requirePrograms();
  const made = await benchGround(partners, progress);
  const odoo = await installOdoo(progress);
  const dir = await mkdtemp(join(cacheDirectory, "bench", "run-"));
  const server = await startPostgres({ version: BENCH_VERSION, dir, seed: made.seed, settings: SETTINGS });
  const instance = async (name: string) => {
    const instance = await makeInstance(dir, name, { ...server.odoo, database: name });
    await appendFile(instance.config, `addons_path = ${[...odoo.addonsPath, consumerAddons].join(",")}\n`);
    return { ...instance, odooCommand: odoo.command };
  };
  await mkdir(join(dir, "production/data/filestore"), { recursive: true });
  await symlink(made.filestore, join(dir, "production/data/filestore/production"));
  const request = requestFor(await instance("production"), await instance("staging"), {
    rules: [{ columns: "library_loan.*", mask: "text" }],
    options: { jobs: JOBS },
  });
  const dispose = async () => {
    await server.stop();
    await rm(dir, { recursive: true, force: true });
  };
  return {
    server,
    production: { ...server.odoo, database: "production" },
    dir,
    request,
    [Symbol.asyncDispose]: dispose,
  };
}

async function measure(ground: OpenGround, progress: Progress): Promise<RefreshFigures> {
  const { production, server } = ground;
  const quiet = (await probing(production, () => new Promise((resolve) => setTimeout(resolve, 5_000)))).latency;
  progress("Bench: our refresh");
  const first = await ourWay(ground);
  const others = await otherWays(ground, progress, ["dump", "pgcopydb"]);
  progress("Bench: our refresh again");
  const last = await ourWay(ground);
  const source = { bytes: await sizeOf(server, "production"), rows: last.result.rows };
  return { source, ours: [first, last], ...others, quiet };
}

/** Copies production by other means and masks the copies in place, one after the other. */
export async function otherWays<T extends "dump" | "quickDump" | "pgcopydb">(
  { production, request, server, dir }: OpenGround,
  progress: Progress,
  wanted: readonly T[],
): Promise<Record<T, Way>> {
  const statements = await maskStatements(production, request.rules);
  const raw = { ...server.admin, database: "raw" };
  const copies = {
    dump: () => dumpAndRestore(production, raw, dir, { jobs: JOBS, options: [] }),
    quickDump: () => dumpAndRestore(production, raw, dir, { jobs: JOBS, options: ["-Z1"] }),
    pgcopydb: () => pgcopydb({ ...server.admin, database: "production" }, raw, dir, JOBS),
  };
  const ways: Partial<Record<T, Way>> = {};
  for (const name of wanted) {
    progress(`Bench: ${name}, then UPDATE`);
    await emptyDatabase(server, raw.database);
    const { result: steps, latency } = await probing(production, copies[name]);
    Object.assign(steps, await maskInPlace(raw, statements, JOBS));
    const seconds = Object.values(steps).reduce((sum, step) => sum + step, 0);
    ways[name] = { seconds, steps, latency, bytes: await sizeOf(server, raw.database) };
  }
  return ways as Record<T, Way>;
}

/** The refresh as a process of its own, as it runs on the host of Odoo. */
export async function ourWay({ production, request, server }: OpenGround, { keepCopies = false } = {}): Promise<Ours> {
  if (!keepCopies) await emptyDatabase(server, undefined);
  const begin = performance.now();
  const { result: output, latency } = await probing(production, () => refreshOnce(request));
  const seconds = (performance.now() - begin) / 1000;
  const bytes = await sizeOf(server, "staging");
  return { ...output, seconds, steps: output.result.seconds, latency, bytes };
}

async function refreshOnce(request: RefreshRequest): Promise<Omit<Ours, keyof Way>> {
  const child = spawn(process.execPath, [...NODE_FLAGS, join(import.meta.dirname, "refresh-once.ts")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.stdin.end(JSON.stringify(request));
  const ended = new Promise((resolve) => child.once("close", resolve));
  const output = await text(child.stdout);
  if ((await ended) !== 0) throw new Error("the refresh failed");
  return JSON.parse(output);
}

/** Every way starts alike: no copy of another one, nothing left to be written. */
async function emptyDatabase(server: PostgresServer, name: string | undefined): Promise<void> {
  await withSession(server.admin, async (session) => {
    const copies = await session.query<{ datname: string }>(
      "SELECT datname FROM pg_database WHERE datname NOT IN ('postgres', 'template0', 'template1', 'production')",
    );
    for (const { datname } of copies) await session.query(`DROP DATABASE ${quoteIdent(datname)} WITH (FORCE)`);
    if (name !== undefined) await session.query(`CREATE DATABASE ${quoteIdent(name)} TEMPLATE template0 OWNER odoo`);
    await session.query("CHECKPOINT");
  });
}

async function sizeOf(server: PostgresServer, name: string): Promise<number> {
  const sql = "SELECT pg_database_size($1)::float8 AS bytes";
  const [row] = await withSession(server.admin, (session) => session.query<{ bytes: number }>(sql, [name]));
  return row?.bytes ?? 0;
}
