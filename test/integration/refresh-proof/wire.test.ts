import { appendFile, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { HostEvent } from "../../../src/environment/host-events.ts";
import { type Connection, connect, quoteIdent, type Session, withSession } from "../../../src/platform/postgres.ts";
import { refreshCommand } from "../../../src/refresh/host-command.ts";
import { refreshReport } from "../../../src/refresh/report.ts";
import type { RefreshResult } from "../../../src/refresh/request.ts";
import { recordWire } from "../../support/wire-recorder.ts";
import { findCanaries } from "../../workbench/canaries.ts";
import { installOdoo } from "../../workbench/odoo.ts";
import { consumerAddons, type DatabaseTemplate, productionTemplate } from "../../workbench/odoo-database.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";
import { makeInstance, requestFor } from "../refresh/ground.ts";
import { plantedIn, searchFolder } from "./search.ts";

// A production of more than a hundred modules with a canary in every column that may hold text: after a refresh there is
// none in what came over the wire, nor in anything that the copy, its server or its files are made of.
const PREPARING = 30 * 60_000;

let dir: string;
let template: DatabaseTemplate;
let source: PostgresServer;
let target: PostgresServer;
let result: RefreshResult;
const events: HostEvent[] = [];

const staging = (): Connection => ({ ...target.admin, database: "staging" });

beforeAll(async () => {
  template = await productionTemplate({ ground: "lab" });
  dir = await mkdtemp(join(tmpdir(), "refresh-wire-"));
  const settings = { log_statement: "all" };
  const { version, seed } = template;
  await mkdir(join(dir, "source-log"));
  source = await startPostgres({ version, seed, settings, logFile: join(dir, "source-log/postgres.log") });
  target = await startPostgres({ version, settings, dir: join(dir, "target") });
  const wire = await recordWire(source.odoo, join(dir, "wire"));
  const odoo = await installOdoo();
  const instance = async (name: string, connection: Connection) => {
    const made = await makeInstance(dir, name, { ...connection, database: name });
    await appendFile(made.config, `addons_path = ${[...odoo.addonsPath, consumerAddons].join(",")}\n`);
    return { ...made, odooCommand: odoo.command };
  };
  await mkdir(join(dir, "production/data/filestore"), { recursive: true });
  await symlink(template.filestore, join(dir, "production/data/filestore/production"));
  const production = await instance("production", { ...source.odoo, port: wire.port });
  const rules = [{ columns: "library_loan.*", mask: "text" }];
  const request = requestFor(production, await instance("staging", target.odoo), { rules });
  result = await refreshCommand(request, (event) => events.push(event));
  await wire.stop();
}, PREPARING);

afterAll(async () => {
  await Promise.all([source?.stop(), target?.stop()]);
  await rm(dir, { recursive: true, force: true });
});

test("what is looked for is found where it is", async () => {
  await withSession({ ...source.odoo, database: "production" }, async (session) => {
    const [modules] = await session.query<{ count: number }>(
      "SELECT count(*)::int AS count FROM ir_module_module WHERE state = 'installed'",
    );
    expect(modules?.count).toBeGreaterThan(100);
    expect((await findCanaries(session)).length).toBeGreaterThan(500);
  });
  const wire = await recordWire(source.odoo, join(dir, "control"));
  const session = await connect({ ...source.odoo, port: wire.port, database: "production" });
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
