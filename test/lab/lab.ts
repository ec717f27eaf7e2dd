import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { waitUntilHealthy } from "../../src/platform/http.ts";
import { quoteIdent, withSession } from "../../src/platform/postgres.ts";
import { run } from "../../src/platform/process.ts";
import { cacheDirectory, type Progress, quiet } from "../workbench/cache.ts";
import { type Consumer, createConsumer } from "../workbench/consumer.ts";
import { inflate } from "../workbench/inflate.ts";
import { installOdoo, type OdooInstallation } from "../workbench/odoo.ts";
import { type DatabaseTemplate, productionTemplate } from "../workbench/odoo-database.ts";
import { pipelineFile } from "../workbench/pipeline-file.ts";
import { placeRelease } from "../workbench/release.ts";
import { temporaryDirectory } from "../workbench/temporary.ts";
import { type EnvironmentName, type ObservedInstance, singleServer } from "../workbench/topology.ts";
import { ensureBaseRoot } from "./base-root.ts";
import { Machine } from "./machine.ts";
import { reserveNetwork } from "./network.ts";
import { type Access, keyPair, prepareDatabase, prepareServer } from "./server.ts";
import type { LabInstance } from "./server-files.ts";

/** One Odoo instance of the lab; its URL leads through nginx. */
export type ReachableInstance = LabInstance & ObservedInstance;

/** Architecture A on a booted server: systemd, sshd, nginx, PostgreSQL 15 and three Odoo instances. */
export interface Lab extends AsyncDisposable {
  machine: Machine;
  instances: Record<EnvironmentName, ReachableInstance>;
  consumer: Consumer;
  pipelineFile: string;
  /** What the workflows need to reach the server. */
  access: Access;
  stop(): Promise<void>;
}

const names: EnvironmentName[] = ["production", "staging", "development"];

/** Boots the server with its instances running on the consumer's base commit; less than 30 s from the cache. */
export async function startLab(options: { rows?: number; progress?: Progress } = {}): Promise<Lab> {
  const { rows, progress = quiet } = options;
  const odoo = await installOdoo(progress);
  const template = await productionTemplate({ ground: "lab", progress });
  const root = await ensureBaseRoot(join(cacheDirectory, "lab"), progress);
  const dir = await temporaryDirectory("lab");
  const network = reserveNetwork();
  const readOnly = readOnlyFolders(odoo);
  const machine = new Machine({ name: "erp", root, dir: join(dir, "erp"), network, number: 2, readOnly });
  const stop = async () => {
    await machine.stop();
    network.release();
    await rm(dir, { recursive: true, force: true });
  };
  try {
    const instances = describeInstances(machine);
    const file = describePipeline(odoo, machine, instances);
    const consumer = await createConsumer({ root: join(dir, "git"), fullName: "acme/library", pipelineFile: file });
    const content = await layContent(join(dir, "content"), template, consumer);
    await prepareDatabase(machine, template.seed);
    const server = { instances: Object.values(instances), odoo, content };
    const access = await prepareServer(machine, server, await keyPair());
    progress(`lab: booting ${machine.address}`);
    await machine.boot();
    await fillDatabases(instances, template);
    if (rows) await withSession(instances.production.connection, (session) => inflate(session, { rows }));
    progress(
      `lab: starting Odoo on ${Object.values(instances)
        .map(({ name, url }) => `${url} (${name})`)
        .join(", ")}`,
    );
    await startInstances(machine, instances);
    return { machine, instances, consumer, pipelineFile: file, access, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function describeInstances(machine: Machine): Record<EnvironmentName, ReachableInstance> {
  const host = machine.address;
  const readFile = async (path: string) => (await machine.exec(["cat", "--", path])).stdout;
  const entries = names.map((name, index) => {
    const { database } = singleServer.instances[name];
    const connection = { host, port: 5432, user: "odoo", database };
    const ports = { httpPort: 8069 + index * 10, publicPort: 8001 + index };
    const url = `http://${host}:${ports.publicPort}`;
    return [name, { name, database, ...ports, url, base: `/srv/odoo/${name}`, connection, readFile }];
  });
  return Object.fromEntries(entries);
}

function describePipeline(
  odoo: OdooInstallation,
  machine: Machine,
  instances: Record<EnvironmentName, ReachableInstance>,
): string {
  const described = names.map((name) => {
    const { url, base } = instances[name];
    const service = { kind: "systemd" as const, unit: `odoo-${name}` };
    return [name, { url, node: "server", base, config: `${base}/odoo.conf`, service }];
  });
  return pipelineFile({
    odooCommand: odoo.command,
    nodes: { server: { host: machine.address, user: "odoo" } },
    instances: Object.fromEntries(described),
  });
}

/** What lies below /srv/odoo before the first boot: files of the attachments and the release that is running. */
async function layContent(
  dir: string,
  template: DatabaseTemplate,
  consumer: Consumer,
): Promise<Record<string, string>> {
  const content: Record<string, string> = {};
  for (const name of names) {
    const base = join(dir, name);
    const filestore = join(base, "data/filestore", singleServer.instances[name].database);
    await mkdir(dirname(filestore), { recursive: true });
    await run("cp", ["-a", "--reflink=auto", "--", template.filestore, filestore]);
    await placeRelease(base, consumer.dir, consumer.baseCommit);
    content[name] = base;
  }
  return content;
}

/** Odoo and its Python are this machine's; the hosts see them under the same paths. */
function readOnlyFolders(odoo: OdooInstallation): string[] {
  return [dirname(odoo.command)];
}

async function fillDatabases(
  instances: Record<EnvironmentName, ReachableInstance>,
  template: DatabaseTemplate,
): Promise<void> {
  const { connection } = instances.production;
  await withSession({ ...connection, database: "postgres" }, async (session) => {
    for (const { database } of [instances.staging, instances.development]) {
      await session.query(
        `CREATE DATABASE ${quoteIdent(database)} TEMPLATE ${quoteIdent(template.demo)} STRATEGY file_copy`,
      );
    }
    await session.query(`DROP DATABASE ${quoteIdent(template.demo)}`);
  });
  for (const { connection, url } of Object.values(instances)) {
    const sql = "UPDATE ir_config_parameter SET value = $1 WHERE key = 'web.base.url'";
    await withSession(connection, (session) => session.query(sql, [url]));
  }
}

async function startInstances(machine: Machine, instances: Record<EnvironmentName, ReachableInstance>): Promise<void> {
  await machine.exec(["systemctl", "enable", "--now", ...names.map((name) => `odoo-${name}`)]);
  for (const { name, url } of Object.values(instances)) {
    const health = await waitUntilHealthy(`${url}/web/health`, { timeoutMs: 120_000 });
    if (health.healthy) continue;
    const { stdout } = await machine.exec(["journalctl", "--no-pager", "-n", "30", "-u", `odoo-${name}`]);
    throw new Error(`lab: ${name} does not answer (${health.last}):\n${stdout}`);
  }
}
