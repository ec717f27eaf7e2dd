import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RefreshRule } from "../../../src/environment/pipeline-schema.ts";
import type { Instance } from "../../../src/environment/resolve.ts";
import { systemClock } from "../../../src/platform/clock.ts";
import { silentLog } from "../../../src/platform/log.ts";
import { type Connection, quoteIdent, withSession } from "../../../src/platform/postgres.ts";
import type { RefreshDeps, RefreshRequest } from "../../../src/refresh/request.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";

/** The rules that make `everything.sql` copyable. */
export const RULES: RefreshRule[] = [
  { columns: "people.name", mask: "name" },
  { columns: "people.email", mask: "email" },
  { columns: "people.short", mask: "text" },
  { columns: "people.login", mask: "login" },
  { columns: "people.born*", mask: "date-year" },
  { columns: "people.labels", mask: "translated" },
  { columns: "people.pair", mask: "null" },
  { columns: "identities.note", keep: "test" },
  { columns: 'Odd "Schema".Odd Table*.*', keep: "test" },
  { columns: "base.kind", keep: "test" },
  { columns: "child.*", keep: "test" },
  { columns: "parts_*.note", mask: "text" },
  { columns: "scratch.note", keep: "test" },
  { columns: "bookings.during", keep: "test" },
];

/** Creates a database with the given SQL and returns a connection to it. */
export async function makeDatabase(server: Connection, name: string, sql?: string): Promise<Connection> {
  await withSession(server, (session) => session.query(`CREATE DATABASE ${quoteIdent(name)} TEMPLATE template0`));
  const connection = { ...server, database: name };
  if (sql !== undefined) await withSession(connection, (session) => session.query(sql));
  return connection;
}

/** The SQL of a fixture beside this file. */
export function fixture(name: string): Promise<string> {
  return readFile(new URL(name, import.meta.url), "utf8");
}

/** An instance whose odoo.conf points at a database; its service is never running. */
export async function makeInstance(dir: string, name: string, connection: Connection): Promise<Instance> {
  const base = join(dir, name);
  await mkdir(join(base, "data"), { recursive: true });
  const { host, port, user, password, database } = connection;
  const lines = [
    `db_host = ${host}`,
    `db_port = ${port}`,
    `db_user = ${user}`,
    `db_password = ${password}`,
    `db_name = ${database}`,
  ];
  await writeFile(join(base, "odoo.conf"), ["[options]", ...lines, `data_dir = ${join(base, "data")}`, ""].join("\n"));
  await writeFile(join(base, "service"), '#!/bin/sh\n[ "$1" = status ] && exit 3\nexit 0\n', { mode: 0o755 });
  return {
    name,
    role: "staging",
    url: `https://${name}.example.com`,
    base,
    config: join(base, "odoo.conf"),
    odooCommand: "/nonexistent/odoo-bin",
    series: "19.0",
    service: { kind: "custom", command: [join(base, "service")] },
    nodeName: "server",
  };
}

/** A request with everything at its default. */
export function requestFor(source: Instance, target: Instance, more: Partial<RefreshRequest> = {}): RefreshRequest {
  return {
    id: "1-1",
    source,
    target,
    rules: RULES,
    activate: "now",
    stagingPassword: "staging-password",
    dryRun: false,
    ...more,
  };
}

/** Quiet collaborators, and the phases that were told. */
export function quietDeps(signal = new AbortController().signal): RefreshDeps & { phases: string[] } {
  const phases: string[] = [];
  return {
    log: silentLog,
    clock: systemClock,
    signal,
    phases,
    onPhase: (phase, status) => void phases.push(`${phase} ${status}`),
  };
}

/** One server for production and staging alike, and a folder for their instances. */
export interface OneServer {
  server: PostgresServer;
  /** A new production database that holds what `sql` makes, and an instance for its copy; `role` owns both. */
  pair(name: string, sql: string, role?: "odoo" | "admin"): Promise<Pair>;
  stop(): Promise<void>;
}

/** Production, and the staging that is to become its copy. */
export interface Pair {
  production: Connection;
  staging: Connection;
  source: Instance;
  target: Instance;
}

/** Starts it; `stop` removes the folder too. */
export async function startOneServer(): Promise<OneServer> {
  const server = await startPostgres();
  const dir = await mkdtemp(join(tmpdir(), "refresh-"));
  return {
    server,
    pair: async (name, sql, role = "odoo") => {
      const production = await makeDatabase(server[role], `${name}_production`, sql);
      const staging = { ...server[role], database: `${name}_staging` };
      const source = await makeInstance(dir, `${name}-production`, production);
      return { production, staging, source, target: await makeInstance(dir, `${name}-staging`, staging) };
    },
    stop: async () => {
      await server.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
