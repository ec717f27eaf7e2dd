import { rm } from "node:fs/promises";
import type { Instance } from "../../environment/resolve.ts";
import { type OdooConfig, readOdooConfig } from "../../odoo/config.ts";
import { copyFilestore, type FilestoreCopy, filestoreOf } from "../../odoo/filestore.ts";
import { type NeutralizeScripts, neutralizeScripts } from "../../odoo/neutralize.ts";
import { inspectOdoo } from "../../odoo/release.ts";
import { exists, freeBytes } from "../../platform/files.ts";
import type { Connection } from "../../platform/postgres.ts";
import { startStopped } from "../activation/recovery.ts";
import type { RefreshRequest } from "../request.ts";
import { applicationPrefix } from "../sessions.ts";
import { type Backend, serverFolder } from "../source/server-folder.ts";
import { fileManifest, manifestFile, type StoredManifest } from "../verify/manifest.ts";

/** What a refresh needs of the machine that carries the target: its disk, its Odoo, its service; everything else is SQL. */
export interface TargetNode {
  /** The databases by their odoo.conf, as this machine reaches them. */
  describe(): Promise<NodeDatabases>;
  /** Starts the target's service again where a refresh that was killed had stopped it; tells whether it had. */
  startStopped(): Promise<boolean>;
  /** Bytes that are free where a folder of this machine lies; undefined when they cannot be measured. */
  freeBytes(folder: string): Promise<number | undefined>;
  /** Data directory of the database server on this machine that runs the backend; undefined when that cannot be told. */
  serverFolder(backend: Backend): Promise<string | undefined>;
  /** Removes the filestore of a database that was dropped, and the record beside it. */
  removeFiles(database: string): Promise<void>;
  /** The texts of `data/neutralize.sql` of these modules, and those that are not on the disk. */
  neutralizeScripts(modules: readonly string[]): Promise<NeutralizeScripts>;
  /** Brings files from the source's filestore into the target's; undefined when the source's is on another node. */
  copyFiles(names: readonly string[], signal: AbortSignal): Promise<FilestoreCopy | undefined>;
  /** Writes the record of a copy beside the database that it became. */
  fileManifest(manifest: StoredManifest): Promise<void>;
}

/** The target's database, and the source's where it is on the same node. */
export interface NodeDatabases {
  target: TargetDatabase;
  source?: Connection;
  /** Beginning of the application_name of all sessions of a refresh into the target; the same in every run. */
  prefix: string;
}

/** The database that is replaced. */
export type TargetDatabase = Pick<OdooConfig, "connection" | "dbName">;

/** The instances that a node carries. */
export interface NodeInstances {
  target: Instance;
  /** Absent when it is on another node. */
  source?: Instance;
  /** Name of a database of its own beside the target's. */
  database?: string;
}

/** What the target's node has to know of a request. */
export function instancesOf({ source, target, branchDatabase }: RefreshRequest): NodeInstances {
  return {
    target,
    ...(source.nodeName === target.nodeName ? { source } : {}),
    ...(branchDatabase ? { database: branchDatabase.name } : {}),
  };
}

/** The node of the target, when it is the machine that this process runs on. */
export function thisNode({ target, source, database }: NodeInstances): TargetNode {
  const config = async () => withDatabase(await readOdooConfig(target.config), database);
  const files = ({ dataDir, dbName }: OdooConfig) => filestoreOf(dataDir, dbName);
  return {
    describe: async () => {
      const { connection, dbName } = await config();
      const near = source && { source: (await readOdooConfig(source.config)).connection };
      return { target: { connection, dbName }, ...near, prefix: applicationPrefix(connection, target.nodeName) };
    },
    startStopped: () => startStopped(target),
    freeBytes: async (folder) => ((await exists(folder)) ? await freeBytes(folder).catch(() => undefined) : undefined),
    serverFolder,
    removeFiles: async (name) => {
      await rm(filestoreOf((await config()).dataDir, name), { recursive: true, force: true });
      await rm(manifestFile(target.base, name), { force: true });
    },
    neutralizeScripts: async (modules) => {
      const { coreAddons } = await inspectOdoo(target.odooCommand);
      return neutralizeScripts(modules, [...(await config()).addonsPath, ...coreAddons]);
    },
    copyFiles: async (names, signal) =>
      source && copyFilestore(files(await readOdooConfig(source.config)), files(await config()), names, signal),
    fileManifest: (manifest) => fileManifest(target.base, manifest, database),
  };
}

function withDatabase(config: OdooConfig, name: string | undefined): OdooConfig {
  return name === undefined
    ? config
    : { ...config, dbName: name, connection: { ...config.connection, database: name } };
}
