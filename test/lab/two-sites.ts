// Architecture B: production and staging each with a host of Odoo and a host of PostgreSQL.
import { mkdir, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import { waitUntilHealthy } from "../../src/platform/http.ts";
import { type Connection, quoteIdent, quoteLiteral, withSession } from "../../src/platform/postgres.ts";
import { run } from "../../src/platform/process.ts";
import { cacheDirectory, type Progress } from "../workbench/cache.ts";
import { type Consumer, createConsumer } from "../workbench/consumer.ts";
import { installOdoo } from "../workbench/odoo.ts";
import { productionTemplate } from "../workbench/odoo-database.ts";
import { ROLES } from "../workbench/pipeline-file.ts";
import { placeRelease } from "../workbench/release.ts";
import { temporaryDirectory } from "../workbench/temporary.ts";
import type { EnvironmentName, ObservedInstance } from "../workbench/topology.ts";
import { ensureBaseRoot } from "./base-root.ts";
import { Machine } from "./machine.ts";
import { type LabNetwork, reserveNetwork } from "./network.ts";
import { type Access, keyPair, prepareDatabase, prepareServer } from "./server.ts";
import type { LabInstance } from "./server-files.ts";

/** Who may ask production's server: the first from staging's host, the second from production's own host only. */
export const readers = { direct: "reader_from_staging", through: "reader_from_production" } as const;

/** Passwords that must stay where they belong; the readers' travels with the request only. */
export const passwords = {
  production: "password-of-production-7f2c91",
  staging: "password-of-staging-51ab07",
  reader: "Rd93de44kX1vTq",
} as const;

/** Two sites of two hosts each, all booted; production has no running Odoo, staging and development have. */
export interface TwoSites extends AsyncDisposable {
  production: Site;
  staging: Site;
  instances: Record<EnvironmentName, ObservedInstance>;
  consumer: Consumer;
  access: Access & { sourcePassword: string };
  /** The pipeline file, whose refresh reads production as `role`. */
  describe(role: "direct" | "through"): Promise<string>;
  stop(): Promise<void>;
}

/** The hosts of one site, and its instance that is named like it. */
interface Site {
  app: Machine;
  db: Machine;
  connection: Connection;
  url: string;
}

const publicPorts = { production: 8001, staging: 8001, development: 8002 } as const;

/** Boots four hosts from the cached root and the lab's production database. */
export async function startTwoSites(progress: Progress): Promise<TwoSites> {
  const odoo = await installOdoo(progress);
  const template = await productionTemplate({ ground: "lab", progress });
  const root = await ensureBaseRoot(join(cacheDirectory, "lab"), progress);
  const dir = await temporaryDirectory("two-sites");
  const network = reserveNetwork();
  const machine = (name: string, number: number, readOnly: string[] = []) =>
    new Machine({ name, root, dir: join(dir, name), network, number, readOnly });
  const [productionDb, stagingDb] = [machine("pg-live", 2), machine("pg-test", 4)];
  const apps = [machine("erp-live", 3), machine("erp-test", 5, [dirname(odoo.command)])] as const;
  const machines = [productionDb, stagingDb, ...apps];
  const stop = async () => {
    await Promise.all(machines.map((host) => host.stop()));
    network.release();
    await rm(dir, { recursive: true, force: true });
  };
  try {
    await prepareDatabase(productionDb, template.seed, accessOf(network, apps[0]));
    await prepareDatabase(stagingDb, template.seed, accessOf(network, apps[0]));
    const user = await keyPair();
    const nodes = { live: nodeOf(apps[0]), test: nodeOf(apps[1]) };
    const instances = {
      production: observe("production", apps[0], productionDb),
      staging: observe("staging", apps[1], stagingDb),
      development: observe("development", apps[1], stagingDb),
    };
    const describe = (role: keyof typeof readers) =>
      describePipeline({ nodes, instances, odooCommand: odoo.command, root, db: productionDb.address, role });
    const fullName = "acme/library";
    const consumer = await createConsumer({ root: join(dir, "git"), fullName, pipelineFile: await describe("direct") });
    const lay = async (app: Machine, described: LabInstance[], files?: string) => {
      const content = Object.fromEntries(described.map(({ name }) => [name, join(dir, "content", name)]));
      for (const [name, folder] of Object.entries(content)) await layContent(folder, name, consumer, files);
      return prepareServer(app, { instances: described, odoo, content }, user);
    };
    const live = await lay(apps[0], [describeInstance("production", 8069, productionDb)], template.filestore);
    const test = await lay(apps[1], [
      describeInstance("staging", 8069, stagingDb),
      describeInstance("development", 8079, stagingDb),
    ]);
    for (const host of machines) await host.boot();
    progress(`lab: ${machines.map(({ address, description }) => `${description.name} ${address}`).join(", ")}`);
    await fillDatabases(productionDb, stagingDb, template.demo);
    for (const instance of [instances.staging, instances.development]) await startOdoo(apps[1], instance);
    return {
      production: { ...instances.production, app: apps[0], db: productionDb },
      staging: { ...instances.staging, app: apps[1], db: stagingDb },
      ...{ instances, consumer, describe, stop },
      access: {
        ...{ privateKey: user.privateKey, knownHosts: `${live.knownHosts}\n${test.knownHosts}` },
        sourcePassword: passwords.reader,
      },
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The tests look in from outside without a password; everybody else has one, and one reader only comes from production's host. */
function accessOf({ gateway }: LabNetwork, app: Machine): string {
  return `local all all peer
host all all ${gateway}/32 trust
hostssl all ${readers.through} ${app.address}/32 scram-sha-256
host all ${readers.through} all reject
host all all 10.77.0.0/16 scram-sha-256
`;
}

const nodeOf = (app: Machine) => ({ host: app.address, user: "odoo" });

function observe(name: EnvironmentName, app: Machine, db: Machine): ObservedInstance {
  const readFile = async (path: string) => (await app.exec(["cat", "--", path])).stdout;
  const connection = { host: db.address, port: 5432, user: "odoo", database: name };
  const url = `http://${app.address}:${publicPorts[name]}`;
  return { ...{ name, url, connection, readFile }, base: `/srv/odoo/${name}` };
}

function describeInstance(name: EnvironmentName, httpPort: number, db: Machine): LabInstance {
  const password = name === "production" ? passwords.production : passwords.staging;
  const databaseServer = { host: db.address, password };
  return { name, database: name, httpPort, publicPort: publicPorts[name], databaseServer };
}

async function describePipeline(site: {
  nodes: Record<"live" | "test", { host: string; user: string }>;
  instances: TwoSites["instances"];
  odooCommand: string;
  root: string;
  db: string;
  role: keyof typeof readers;
}): Promise<string> {
  const ca = await readFile(join(site.root, "etc/ssl/certs/ssl-cert-snakeoil.pem"), "utf8");
  const server = { host: site.db, database: "production", user: readers[site.role], tls: "verify-ca", ca };
  return stringify({
    version: 1,
    odoo: { series: "19.0", command: site.odooCommand, addons: ["addons"] },
    nodes: site.nodes,
    environments: {
      production: { ...ROLES.production, url: site.instances.production.url, node: "live" },
      staging: { ...ROLES.staging, url: site.instances.staging.url, node: "test" },
      development: { ...ROLES.development, url: site.instances.development.url, node: "test" },
    },
    refresh: {
      rules: [
        { columns: "library_loan.title", keep: "titles of books are no personal data" },
        { columns: "library_loan.remark", mask: "text" },
      ],
      connection: site.role === "direct" ? server : { ...server, through: "live" },
    },
  });
}

async function layContent(content: string, name: string, consumer: Consumer, files?: string): Promise<void> {
  const filestore = join(content, "data/filestore", name);
  await mkdir(dirname(filestore), { recursive: true });
  if (files !== undefined) await run("cp", ["-a", "--reflink=auto", "--", files, filestore]);
  await placeRelease(content, consumer.dir, consumer.baseCommit);
}

async function fillDatabases(productionDb: Machine, stagingDb: Machine, demo: string): Promise<void> {
  const at = (db: Machine) => ({ host: db.address, port: 5432, user: "admin", database: "postgres" });
  const roles = Object.values(readers).map(
    (role) =>
      `CREATE ROLE ${role} LOGIN PASSWORD ${quoteLiteral(passwords.reader)}; GRANT pg_read_all_data TO ${role};`,
  );
  await withSession(at(productionDb), async (session) => {
    await session.query(`DROP DATABASE ${quoteIdent(demo)}`);
    await session.query(`ALTER ROLE odoo PASSWORD ${quoteLiteral(passwords.production)}; ${roles.join(" ")}`);
  });
  await withSession(at(stagingDb), async (session) => {
    await session.query("DROP DATABASE production");
    await session.query(`ALTER DATABASE ${quoteIdent(demo)} RENAME TO staging`);
    await session.query("CREATE DATABASE development TEMPLATE staging OWNER odoo");
    await session.query(`ALTER ROLE odoo PASSWORD ${quoteLiteral(passwords.staging)}`);
  });
}

async function startOdoo(app: Machine, { name, url }: ObservedInstance): Promise<void> {
  await app.exec(["systemctl", "enable", "--now", `odoo-${name}`]);
  const health = await waitUntilHealthy(`${url}/web/health`, { timeoutMs: 120_000 });
  if (health.healthy) return;
  const { stdout } = await app.exec(["journalctl", "--no-pager", "-n", "30", "-u", `odoo-${name}`]);
  throw new Error(`lab: ${name} does not answer (${health.last}):\n${stdout}`);
}
