import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { HostEvent } from "../../../src/environment/host-events.ts";
import { type Connection, connect, quoteIdent, type Session, withSession } from "../../../src/platform/postgres.ts";
import { run } from "../../../src/platform/process.ts";
import { refreshCommand } from "../../../src/refresh/host-command.ts";
import { refreshReport } from "../../../src/refresh/report.ts";
import type { RefreshResult } from "../../../src/refresh/request.ts";
import { recordWire } from "../../support/wire-recorder.ts";
import { findCanaries } from "../../workbench/canaries.ts";
import { productionTemplate } from "../../workbench/odoo-database.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";
import { makeOdooGround, PREPARING } from "../refresh/odoo-ground.ts";
import { plantedIn, searchFolder } from "./search.ts";

// A production of 120 modules and more with a canary in every column that may hold text: after a refresh there is none
// in what came over the wire, nor in anything that the copy, its dumps, its server or its files are made of.
let dir: string;
let source: PostgresServer;
let target: PostgresServer;
let result: RefreshResult;
const events: HostEvent[] = [];

const production = (): Connection => ({ ...source.odoo, database: "production" });
const staging = (): Connection => ({ ...target.admin, database: "staging" });

beforeAll(async () => {
  const template = await productionTemplate({ ground: "proof" });
  dir = await mkdtemp(join(tmpdir(), "refresh-wire-"));
  const settings = { log_statement: "all" };
  const { version, seed } = template;
  await mkdir(join(dir, "source-log"));
  source = await startPostgres({ version, seed, settings, logFile: join(dir, "source-log/postgres.log") });
  target = await startPostgres({ version, settings, dir: join(dir, "target") });
  const wire = await recordWire(source.odoo, join(dir, "wire"));
  const from = { ...source.odoo, port: wire.port };
  const ground = await makeOdooGround(template, { dir, from, to: target.odoo });
  result = await refreshCommand(ground.request(), (event) => events.push(event));
  await wire.stop();
}, PREPARING);

afterAll(async () => {
  await Promise.all([source?.stop(), target?.stop()]);
  await rm(dir, { recursive: true, force: true });
});

test("what is looked for is found where it is", async () => {
  await withSession(production(), async (session) => {
    const [modules] = await session.query<{ count: number }>(
      "SELECT count(*)::int AS count FROM ir_module_module WHERE state = 'installed'",
    );
    expect(modules?.count).toBeGreaterThanOrEqual(120);
    expect((await findCanaries(session)).length).toBeGreaterThan(500);
  });
  const wire = await recordWire(source.odoo, join(dir, "control"));
  const session = await connect({ ...production(), port: wire.port });
  const forms = ["name", "encode(name::bytea, 'hex')", "replace(encode(name::bytea, 'base64'), E'\\n', '')"];
  for (const form of forms) await text(session.copyOut(`COPY (SELECT ${form} FROM crm_lead) TO STDOUT`));
  await session.end();
  await wire.stop();
  const { found } = await searchFolder(join(dir, "control"));
  expect(found).toEqual(["0.received: canary, canary in hex"]);
  expect(plantedIn(Buffer.from("Kanarienvogel", "utf16le"))).toEqual(["canary in UTF-16"]);
});

test("no byte that the source's server sent, and none that was sent to it, is of a canary or a secret", async () => {
  const { found, bytes } = await searchFolder(join(dir, "wire"));
  expect(bytes).toBeGreaterThan(result.bytes);
  expect(found).toEqual([]);
});

test("no table, no statistics and no word of the catalogue of the copy has one", async () => {
  expect(await withSession(staging(), findCanaries)).toEqual([]);
  const found: string[] = [];
  await withSession(staging(), async (session) => {
    for (const { name } of await relations(session)) {
      const dump = await text(session.copyOut(`COPY (SELECT t FROM ${name} AS t) TO STDOUT`));
      found.push(...plantedIn(dump).map((form) => `${name}: ${form}`));
    }
  });
  expect(found).toEqual([]);
});

/** Every table and materialized view, those of PostgreSQL itself too, as an administrator may read them. */
async function relations(session: Session): Promise<{ name: string }[]> {
  const rows = await session.query<{ schema: string; table: string }>(
    `SELECT n.nspname AS schema, c.relname AS table FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'm') AND n.nspname <> 'information_schema' ORDER BY 1, 2`,
  );
  expect(rows.length).toBeGreaterThan(500);
  return rows.map((row) => ({ name: `${quoteIdent(row.schema)}.${quoteIdent(row.table)}` }));
}

/** Writes a database as SQL into the folder: as pg_dump does at once, and as pg_restore reads it from an archive. */
async function dump({ host, port, user, password = "", database }: Connection, folder: string, ...options: string[]) {
  await mkdir(folder);
  const env = { PGHOST: host, PGPORT: String(port), PGUSER: user, PGPASSWORD: password };
  const archive = join(folder, "archive");
  await run("pg_dump", [...options, `--file=${join(folder, "plain.sql")}`, database], { env });
  await run("pg_dump", [...options, "--format=custom", `--file=${archive}`, database], { env });
  await run("pg_restore", [`--file=${join(folder, "restored.sql")}`, archive]);
}

// With CI=true it has to be there.
const mayDump = existsSync("/usr/bin/pg_dump") || process.env.CI === "true";

test.skipIf(!mayDump)("no dump that anybody makes of staging, plain or an archive", async () => {
  await dump(production(), join(dir, "control-dump"), "--table=crm_lead");
  const control = await searchFolder(join(dir, "control-dump"));
  expect(control.found.sort()).toEqual(["plain.sql: canary", "restored.sql: canary"]);
  await dump(staging(), join(dir, "dump"));
  const { found, bytes } = await searchFolder(join(dir, "dump"));
  expect(bytes).toBeGreaterThan(result.bytes);
  expect(found).toEqual([]);
});

test("no statement that the source's server wrote into its log", async () => {
  const { found, bytes } = await searchFolder(join(dir, "source-log"));
  expect(bytes).toBeGreaterThan(100_000);
  expect(found).toEqual([]);
});

test("no file of staging's filestore, and nothing that people are told", async () => {
  const { found, bytes } = await searchFolder(join(dir, "staging"));
  expect(bytes).toBeGreaterThan(0);
  expect(found).toEqual([]);
  expect(events.length).toBeGreaterThan(10);
  expect(plantedIn(JSON.stringify([events, result]) + refreshReport(result, "Refresh"))).toEqual([]);
});

test("no file of the target's server: data, indexes, write-ahead log, and its log with every statement", async () => {
  await target.stop(); // which writes all that was in memory
  const { found, bytes } = await searchFolder(join(dir, "target"));
  expect(bytes).toBeGreaterThan(result.databaseBytes?.copy ?? Number.NaN);
  expect(found).toEqual([]);
});
