import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { withSession } from "../../src/platform/postgres.ts";
import { type Progress, quiet } from "./cache.ts";
import { type Consumer, createConsumer } from "./consumer.ts";
import { inflate } from "./inflate.ts";
import {
  describeInstance,
  placeDatabases,
  placeFiles,
  type WorkbenchInstance,
  writeConfiguration,
} from "./instances.ts";
import { installOdoo, type OdooInstallation } from "./odoo.ts";
import { type DatabaseTemplate, productionTemplate } from "./odoo-database.ts";
import { pipelineFile } from "./pipeline-file.ts";
import { freePorts } from "./ports.ts";
import { type PostgresServer, startPostgres } from "./postgres.ts";
import { placeRelease } from "./release.ts";
import { endProcesses, prepareServices, startInstance, stopInstance } from "./services.ts";
import { type EnvironmentName, singleServer, type Topology } from "./topology.ts";

/** How to set the workbench up. */
export interface WorkbenchOptions {
  /** An empty or new folder for everything that is not cached. */
  dir: string;
  topology?: Topology;
  /** What staging is before its first refresh; default "older-copy": a running instance on the demo data. */
  staging?: "older-copy" | "nothing";
  /** The consumer repository; default "acme/library". */
  fullName?: string;
  /** Inflates production by so many partners; default 0. */
  rows?: number;
  progress?: Progress;
}

/** Three Odoo instances, their PostgreSQL and the repository that is released to them. */
export interface Workbench extends AsyncDisposable {
  dir: string;
  topology: Topology;
  odoo: OdooInstallation;
  servers: Record<string, PostgresServer>;
  instances: Record<EnvironmentName, WorkbenchInstance>;
  consumer: Consumer;
  /** The content of the consumer's pipeline file. */
  pipelineFile: string;
  /** Ends every process that runs in or from `dir`; the folder stays. */
  stop(): Promise<void>;
}

/** Starts everything: production and development on the base commit, staging as asked. */
export async function startWorkbench(options: WorkbenchOptions): Promise<Workbench> {
  const { dir, topology = singleServer, progress = quiet } = options;
  const odoo = await installOdoo(progress);
  const version = topology.databaseServers[topology.instances.production.databaseServer]?.version ?? 18;
  const template = await productionTemplate({ version, progress });
  await mkdir(dir, { recursive: true });
  const release = await prepareServices(dir, odoo);
  const servers: Record<string, PostgresServer> = {};
  const stop = async () => {
    const names = Object.keys(topology.instances);
    await Promise.all(names.map((name) => stopInstance(dir, name)));
    await endProcesses(names.map((name) => join(dir, name)));
    await Promise.all(Object.values(servers).map((server) => server.stop()));
    await release();
  };
  try {
    await startServers(servers, dir, topology, template, progress);
    const instances = await placeInstances({ ...options, topology }, servers, odoo, template);
    const { rows } = options;
    if (rows) await withSession(instances.production.connection, (session) => inflate(session, { rows }));
    const file = describePipeline(topology, odoo, instances);
    const fullName = options.fullName ?? "acme/library";
    const consumer = await createConsumer({ root: join(dir, "git"), fullName, pipelineFile: file });
    const running = runningAtFirst(options).map((name) => instances[name]);
    for (const instance of running) await placeRelease(instance.base, consumer.dir, consumer.baseCommit);
    progress(`Odoo: starting ${running.map(({ name, url }) => `${name} on ${url}`).join(", ")}`);
    await Promise.all(running.map(startInstance));
    const parts = { dir, topology, odoo, servers, instances, consumer, pipelineFile: file };
    return { ...parts, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function runningAtFirst(options: WorkbenchOptions): EnvironmentName[] {
  return options.staging === "nothing" ? ["production", "development"] : ["production", "development", "staging"];
}

async function startServers(
  servers: Record<string, PostgresServer>,
  dir: string,
  topology: Topology,
  template: DatabaseTemplate,
  progress: Progress,
): Promise<void> {
  for (const name of Object.keys(topology.databaseServers)) {
    servers[name] = await startPostgres({
      version: template.version,
      logFile: join(dir, `postgres-${name}.log`),
      seed: template.seed,
      progress,
    });
    progress(`PostgreSQL ${servers[name].version}: port ${servers[name].port}`);
  }
}

async function placeInstances(
  options: WorkbenchOptions & { topology: Topology },
  servers: Record<string, PostgresServer>,
  odoo: OdooInstallation,
  template: DatabaseTemplate,
): Promise<Record<EnvironmentName, WorkbenchInstance>> {
  const places = Object.entries(options.topology.instances);
  const ports = await freePorts(places.length);
  const instances = places.map(([name, place], index) =>
    describeInstance(
      options.dir,
      name as EnvironmentName,
      place,
      servers[place.databaseServer] as PostgresServer,
      ports[index] as number,
    ),
  );
  for (const instance of instances) await writeConfiguration(instance, odoo);
  const filled = instances.filter(({ name }) => runningAtFirst(options).includes(name));
  for (const [name, server] of Object.entries(servers)) {
    const hosted = filled.filter((instance) => instance.databaseServer === name);
    await placeDatabases(server, hosted, template);
  }
  await Promise.all(filled.map((instance) => placeFiles(instance, template)));
  const all = Object.fromEntries(instances.map((instance) => [instance.name, instance]));
  return all as Record<EnvironmentName, WorkbenchInstance>;
}

function describePipeline(
  topology: Topology,
  odoo: OdooInstallation,
  instances: Record<EnvironmentName, WorkbenchInstance>,
): string {
  const described = Object.values(instances).map(({ name, url, node, base, config, service }) => [
    name,
    { url, node, base, config, service },
  ]);
  return pipelineFile({
    odooCommand: odoo.command,
    nodes: Object.fromEntries(topology.nodes.map((node) => [node, { host: "local" as const }])),
    instances: Object.fromEntries(described),
  });
}
