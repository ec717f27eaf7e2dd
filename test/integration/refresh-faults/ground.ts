import { access, chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { databasesWithPrefix } from "../../../src/environment/databases.ts";
import type { RefreshRule } from "../../../src/environment/pipeline-schema.ts";
import type { Instance } from "../../../src/environment/resolve.ts";
import { type Connection, type Session, withSession } from "../../../src/platform/postgres.ts";
import { refreshDatabase } from "../../../src/refresh/refresh.ts";
import type { RefreshDeps, RefreshOptions, RefreshRequest, RefreshResult } from "../../../src/refresh/request.ts";
import { recordWire, type Wire } from "../../support/wire-recorder.ts";
import { startPostgres } from "../../workbench/postgres.ts";
import { makeDatabase, makeInstance, quietDeps, requestFor } from "../refresh/ground.ts";

const RULES: RefreshRule[] = [{ columns: "library_*.*", mask: "text" }];

/** Rows of the copied tables, to tell a whole staging from half of one. */
export const WHOLE = { partners: 3, loans: 20_000, notes: 1000 };

/** A production and a staging on their own servers (or on one), small enough for a refresh in a second. */
export interface Ground {
  source: Connection;
  staging: Connection;
  admin: { source: Connection; target: Connection };
  instances: { source: Instance; target: Instance };
  dir: string;
  request(id: string, options?: RefreshOptions, more?: Partial<RefreshRequest>): RefreshRequest;
  refresh(
    id: string,
    options?: RefreshOptions,
    hooks?: Partial<RefreshDeps>,
    more?: Partial<RefreshRequest>,
  ): Promise<RefreshResult>;
  /** Id of the refresh that staging stems from, after a look that it is whole. */
  staged(): Promise<string>;
  /** Does the service of staging run? */
  serving(): Promise<boolean>;
  /** What a refresh must not leave: databases, sessions, locks. */
  leftovers(): Promise<unknown[]>;
  remove(): Promise<void>;
}

interface Server {
  admin: Connection;
  odoo: Connection;
}

interface GroundOptions {
  production?: string;
  staging?: string;
  /** A port in front of the source's server, for the refresh only. */
  port?: number;
}

/** Builds the two databases and their instances, with a program that looks like Odoo's; staging is made by a refresh. */
export async function makeGround(from: Server, to: Server, options: GroundOptions = {}): Promise<Ground> {
  const { production = "production", staging = "staging", port = from.odoo.port } = options;
  const dir = await mkdtemp(join(tmpdir(), "refresh-faults-"));
  const sql = await readFile(new URL("mini-odoo.sql", import.meta.url), "utf8");
  const source = await makeDatabase(from.odoo, production, sql);
  const target = { ...to.odoo, database: staging };
  const odooCommand = await miniOdoo(dir);
  const instance = async (name: string, connection: Connection) => ({
    ...(await makeInstance(dir, name, connection)),
    odooCommand,
  });
  const instances = {
    source: await instance("production", { ...source, port }),
    target: await instance("staging", target),
  };
  await productionFiles(dir, production);
  const running = await stagingService(instances.target.base);
  const request: Ground["request"] = (id, options = {}, more = {}) =>
    requestFor(instances.source, instances.target, { id, rules: RULES, options, ...more });
  const ground: Ground = {
    source,
    staging: target,
    admin: { source: from.admin, target: to.admin },
    instances,
    dir,
    request,
    refresh: (id, options, hooks, more) => refreshDatabase(request(id, options, more), { ...quietDeps(), ...hooks }),
    staged: () => withSession(target, staged),
    serving: () =>
      access(running).then(
        () => true,
        () => false,
      ),
    leftovers: () => leftovers(from.admin, to.admin, [production, staging]),
    remove: () => rm(dir, { recursive: true, force: true }),
  };
  await ground.refresh("0-1");
  return ground;
}

/** A ground on two servers of its own, which end when it is removed. */
export async function startGround(): Promise<Ground> {
  const [from, to] = [await startPostgres(), await startPostgres()];
  const ground = await makeGround(from, to);
  const remove = async () => {
    await Promise.all([from.stop(), to.stop()]);
    await ground.remove();
  };
  return { ...ground, remove };
}

/** A ground whose production is reached through a wire, by which a refresh can be held. */
export interface WiredGround extends Ground {
  wire: Wire;
}

/** The same as `startGround`, with a wire in front of production's server. */
export async function startWiredGround(): Promise<WiredGround> {
  const [from, to] = [await startPostgres(), await startPostgres()];
  const wire = await recordWire(from.odoo);
  const ground = await makeGround(from, to, { port: wire.port });
  const remove = async () => {
    await wire.stop();
    await Promise.all([from.stop(), to.stop()]);
    await ground.remove();
  };
  return { ...ground, wire, remove };
}

/** Starts a refresh that stands in the middle of its biggest table when this returns; `outcome` is "done" or its error. */
export async function refreshHeldInCopy(ground: Ground, wire: Wire, id: string, options: RefreshOptions = {}) {
  const held = wire.holdAfter(200_000).then(() => "held");
  const outcome: Promise<unknown> = ground.refresh(id, { jobs: 1, ...options }).then(
    () => "done",
    (error: unknown) => error,
  );
  const first = await Promise.race([held, outcome]);
  if (first !== "held") throw new Error("the refresh ended before it could be held", { cause: first });
  return { outcome };
}

/** A service that is started and stopped; returns the file that is there while it runs. */
async function stagingService(base: string): Promise<string> {
  const running = join(base, "running");
  await writeFile(running, "");
  const verbs = `start) touch ${running} ;; stop) rm ${running} ;; status) [ -e ${running} ] || exit 3 ;;`;
  await writeFile(join(base, "service"), `#!/bin/sh\ncase "$1" in ${verbs} esac\n`);
  return running;
}

async function productionFiles(dir: string, database: string): Promise<void> {
  for (const name of ["0a/0a4d55a8d778e5022fab701977c5d840bbc486d0", "0b/0b4d55a8d778e5022fab701977c5d840bbc486d0"]) {
    const path = join(dir, "production/data/filestore", database, name);
    await mkdir(join(path, ".."), { recursive: true });
    await writeFile(path, `Geheim ${name}`);
  }
}

/** What the refresh looks for in an Odoo: its package, release and modules. */
async function miniOdoo(dir: string): Promise<string> {
  const command = join(dir, "odoo-bin");
  const base = join(dir, "odoo/addons/base");
  await mkdir(join(base, "data"), { recursive: true });
  await writeFile(command, "#!/usr/bin/env python3\n");
  await chmod(command, 0o755);
  await writeFile(join(dir, "odoo/__init__.py"), "");
  await writeFile(join(dir, "odoo/release.py"), "version_info = (19, 0, 0, 'final', 0, '')\n");
  await writeFile(join(base, "__manifest__.py"), "{}\n");
  await writeFile(join(base, "data/neutralize.sql"), "UPDATE ir_cron SET active = false WHERE id <> 1;\n");
  return command;
}

/** The id of the copy's manifest; throws when the copy is not whole. */
export async function staged(session: Session): Promise<string> {
  const [row] = await session.query<{ id: string; counts: typeof WHOLE }>(
    `SELECT (SELECT id FROM _pipeline.manifest ORDER BY written_at DESC LIMIT 1) AS id, json_build_object('partners', (SELECT count(*) FROM res_partner),
            'loans', (SELECT count(*) FROM library_loan), 'notes', (SELECT count(*) FROM library_note)) AS counts`,
  );
  if (row && JSON.stringify(row.counts) === JSON.stringify(WHOLE)) return row.id;
  throw new Error(`staging is not whole: ${JSON.stringify(row)}`);
}

const SESSIONS = `
  SELECT application_name, wait_event_type, state FROM pg_stat_activity WHERE application_name LIKE 'odoo-refresh:%'
  UNION ALL SELECT 'lock', l.mode, l.relation::text FROM pg_locks l JOIN pg_stat_activity a USING (pid)
   WHERE a.datname = $1 AND a.backend_type = 'client backend' AND l.relation >= 16384 AND a.pid <> pg_backend_pid()`;

async function leftovers(source: Connection, target: Connection, [production = "", staging = ""]: string[]) {
  const sessions = (server: Connection) => withSession(server, (s) => s.query(SESSIONS, [production]));
  // A backend takes a moment to see that its client is gone.
  for (let attempt = 1; ; attempt++) {
    const databases = await withSession(target, (s) => databasesWithPrefix(s, `${staging}__new`));
    const left = [...(await sessions(source)), ...(await sessions(target)), ...databases];
    if (left.length === 0 || attempt === 50) return left;
    await sleep(100);
  }
}
