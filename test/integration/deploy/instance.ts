// A real Odoo instance on the workbench's production database, deployed to through the host program.
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deployCommit } from "../../../src/deploy/deploy.ts";
import type { Expendable } from "../../../src/deploy/guests.ts";
import type { DeployResult } from "../../../src/deploy/request.ts";
import { type HostChannel, openHost } from "../../../src/environment/host-channel.ts";
import type { Role } from "../../../src/environment/pipeline-schema.ts";
import type { Instance } from "../../../src/environment/resolve.ts";
import { systemClock } from "../../../src/platform/clock.ts";
import { type Log, silentLog } from "../../../src/platform/log.ts";
import { type Connection, type Session, withSession } from "../../../src/platform/postgres.ts";
import { run } from "../../../src/platform/process.ts";
import { commit, createBare, type FileChange } from "../../support/git.ts";
import { installOdoo } from "../../workbench/odoo.ts";
import { consumerAddons, productionTemplate } from "../../workbench/odoo-database.ts";
import { freePort } from "../../workbench/ports.ts";
import { startPostgres } from "../../workbench/postgres.ts";

const sources = join(import.meta.dirname, "../../../src");

/** The service of the instance, as a team would write it. */
const serviceScript = (odoo: string, config: string, home: string) => `#!/bin/bash
pid_file=${home}/odoo.pid
running() { [ -s "$pid_file" ] && kill -0 "$(cat "$pid_file")" 2>/dev/null; }
case $1 in
  start) running && exit 0
    [ -e ${home}/broken-start ] && rm ${home}/broken-start && exit 1 # once
    setsid ${odoo} -c ${config} --workers=0 --max-cron-threads=0 >>${home}/odoo.log 2>&1 </dev/null &
    echo $! >"$pid_file" ;;
  stop) running || exit 0
    [ -e ${home}/broken-stop ] && rm ${home}/broken-stop && exit 1 # once
    kill -TERM "$(cat "$pid_file")"
    for _ in $(seq 200); do running || exit 0; sleep 0.1; done
    kill -KILL -- "-$(cat "$pid_file")" ;;
  status) running || exit 3 ;;
esac
`;

/** An instance of Odoo with its repository. */
export interface TestInstance extends AsyncDisposable {
  instance: Instance;
  home: string;
  port: number;
  database: Connection;
  /** The same database as a superuser. */
  superuser: Connection;
  host: HostChannel;
  repository: string;
  commit(files: Record<string, FileChange>): Promise<string>;
  deploy(commit: string, options?: DeployOptions): Promise<DeployResult>;
  query<T = Record<string, unknown>>(sql: string): Promise<T[]>;
  /** In the maintenance database. */
  admin<T>(work: (session: Session) => Promise<T>): Promise<T>;
  databases(): Promise<string[]>;
}

/** What a deployment of a test may be told. */
export interface DeployOptions {
  databaseCopy?: string;
  manifestPublicKey?: string;
  install?: string[];
  rollback?: boolean;
  expendable?: Expendable;
  neighbours?: Instance[];
  /** Default: production, or staging with a database copy, which production never takes. */
  role?: Role;
  signal?: AbortSignal;
  log?: Log;
  healthTimeoutMs?: number;
  updateTimeoutMs?: number;
  lockTimeoutMs?: number;
}

/** Starts PostgreSQL with the database, and writes configuration, service and repository below `parent`; nothing is deployed yet. */
export async function startInstance(parent = tmpdir()): Promise<TestInstance> {
  const [odoo, template] = [await installOdoo(), await productionTemplate()];
  const postgres = await startPostgres({ version: template.version, seed: template.seed });
  const home = await mkdtemp(join(parent, "deploy-"));
  const port = await freePort();
  const database = { ...postgres.odoo, database: template.production };
  const config = join(home, "odoo.conf");
  await mkdir(join(home, "data/filestore"), { recursive: true });
  await cp(template.filestore, join(home, "data/filestore", template.production), { recursive: true });
  await writeFile(config, configuration(home, port, database, odoo.addonsPath), { mode: 0o600 });
  const service = join(home, "service.sh");
  await writeFile(service, serviceScript(odoo.command, config, home));
  await chmod(service, 0o755);
  const instance: Instance = {
    ...{
      name: "production",
      role: "production",
      url: `http://127.0.0.1:${port}`,
      base: home,
      config,
      nodeName: "server",
    },
    ...{ odooCommand: odoo.command, series: "19.0", service: { kind: "custom", command: [service] } },
  };
  const host = await openHost({ host: "local" }, { log: silentLog, bundleDir: sources });
  const repository = await createBare(home, "team/addons");
  const admin = <T>(work: (session: Session) => Promise<T>) => withSession(postgres.odoo, work);
  return {
    ...{ instance, home, port, database, host, repository, admin },
    superuser: { ...postgres.admin, database: template.production },
    commit: (files) => commit(repository, "production", files),
    deploy: (sha, options = {}) => deployTo({ instance, repository, host }, sha, options),
    query: (sql) => withSession(database, (session) => session.query(sql)),
    databases: () =>
      admin(async (session) => (await session.query<{ datname: string }>(listDatabases)).map((r) => r.datname)),
    [Symbol.asyncDispose]: async () => {
      await run(service, ["stop"]);
      await host.close();
      await postgres.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}

const nobody: Expendable = { roles: [], applications: [], clients: [] };

const listDatabases =
  "SELECT datname FROM pg_database WHERE NOT datistemplate AND datname LIKE 'production%' ORDER BY 1";

async function deployTo(
  { instance, repository, host }: Pick<TestInstance, "instance" | "repository" | "host">,
  sha: string,
  options: DeployOptions,
): Promise<DeployResult> {
  const { signal = new AbortController().signal, log = silentLog, ...more } = options;
  const { role = options.databaseCopy === undefined ? "production" : "staging" } = options;
  const limits = { updateTimeoutMs: 120_000, healthTimeoutMs: 60_000, lockTimeoutMs: 0 };
  const asked = {
    addons: ["addons"],
    install: [],
    neighbours: [],
    expendable: nobody,
    rollback: false,
    run: { url: "https://ci.test/1", actor: "ann" },
  };
  const git = { url: `file://${repository}` };
  const deployment = { ...asked, ...limits, ...more, instance: { ...instance, role }, git, commit: sha };
  return await deployCommit(deployment, { host, log, clock: systemClock, signal });
}

function configuration(home: string, port: number, database: Connection, addonsPath: string[]): string {
  const { host, port: databasePort, user, password } = database;
  const settings = {
    ...{ db_host: host, db_port: databasePort, db_user: user, db_password: password, db_name: database.database },
    ...{ http_port: port, http_interface: "127.0.0.1", data_dir: join(home, "data"), list_db: "False" },
    addons_path: [join(home, "current/addons"), ...addonsPath].join(","),
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
  return `[options]\n${lines.join("\n")}\n`;
}

/** The files of the module that the database has installed, as files of a repository. */
export async function consumerModule(): Promise<Record<string, FileChange>> {
  const names = [
    ...["__init__.py", "__manifest__.py", "models/__init__.py", "models/library_loan.py"],
    ...["security/ir.model.access.csv", "views/library_loan_views.xml"],
  ];
  const files: Record<string, FileChange> = {};
  for (const name of names)
    files[`addons/library_loans/${name}`] = await readFile(join(consumerAddons, "library_loans", name), "utf8");
  return files;
}
