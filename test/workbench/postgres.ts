import { createWriteStream } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Connection, withSession } from "../../src/platform/postgres.ts";
import { type ChildHandle, run, spawnChild } from "../../src/platform/process.ts";
import { cacheKey, once, type Progress, quiet } from "./cache.ts";
import { asDependentServer, asOrdinaryUser } from "./ordinary-user.ts";
import { freePort } from "./ports.ts";
import { installPostgres, type PostgresVersion } from "./postgres-binaries.ts";
import { temporaryDirectory } from "./temporary.ts";

const adminPassword = "workbench-admin-password";
const odooPassword = "workbench-odoo-password";
const startTimeout = 30_000;

/** Tests throw their data away: nothing waits for a disk. */
const defaultSettings = {
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  max_wal_size: "4GB",
  max_connections: "200", // three Odoo instances, each with a pool of 64 at most
  listen_addresses: "127.0.0.1",
  dynamic_shared_memory_type: "mmap", // in the data directory, so that a killed server leaves none behind
};

/** What `startPostgres` can be told; everything has a default. */
export interface PostgresOptions {
  version?: PostgresVersion;
  /** Where the data directory is made, as `<dir>/data`; left in place after `stop`. Default: a temporary folder, removed. */
  dir?: string;
  /** Default: `postgres.log` beside the data directory. */
  logFile?: string;
  port?: number;
  settings?: Record<string, string>;
  /** A data directory of a stopped server of the same version, to start from a copy of. */
  seed?: string;
  progress?: Progress;
}

/** A running PostgreSQL on 127.0.0.1. */
export interface PostgresServer extends AsyncDisposable {
  /** The superuser "admin". */
  admin: Connection;
  /** The role "odoo": may create databases, is no superuser. */
  odoo: Connection;
  version: PostgresVersion;
  port: number;
  /** The folder of the Unix socket; short enough for its limit of 107 bytes. */
  socketDirectory: string;
  dataDirectory: string;
  logFile: string;
  /** Shuts the server down in order ("fast"); its data directory is then fit to be a seed. */
  stop(): Promise<void>;
}

/** Starts a server that ends with this process at the latest. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const { version = 18, progress = quiet } = options;
  const software = await installPostgres(version, progress);
  const seed = options.seed ?? (await emptyCluster(software));
  const socketDirectory = await temporaryDirectory("pg");
  const home = options.dir ?? socketDirectory;
  const dataDirectory = join(home, "data");
  await mkdir(home, { recursive: true });
  await copyCluster(seed, dataDirectory);

  const port = options.port ?? (await freePort());
  const logFile = options.logFile ?? join(home, "postgres.log");
  const settings = { ...defaultSettings, unix_socket_directories: socketDirectory, port: String(port) };
  const server = launch(software, dataDirectory, logFile, { ...settings, ...options.settings });
  const stop = async () => {
    await server.stop();
    await rm(socketDirectory, { recursive: true, force: true });
  };

  const admin = { host: "127.0.0.1", port, user: "admin", password: adminPassword, database: "postgres" };
  const odoo = { ...admin, user: "odoo", password: odooPassword };
  await untilReady(admin, server, logFile).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return { admin, odoo, version, port, socketDirectory, dataDirectory, logFile, stop, [Symbol.asyncDispose]: stop };
}

/** Copies a data directory of a stopped server. */
async function copyCluster(source: string, target: string): Promise<void> {
  await run("cp", ["-a", "--reflink=auto", "--", source, target]);
}

/** A new cluster with its two roles, made once per version: `initdb` takes a second, a copy a tenth of it. */
function emptyCluster(software: string): Promise<string> {
  const name = `cluster-${cacheKey(adminPassword, odooPassword, "1")}`;
  return once(join(dirname(software), name), async (directory) => {
    const passwordFile = `${directory}.password`;
    await writeFile(passwordFile, adminPassword, { mode: 0o600 });
    try {
      const locale = ["--encoding=UTF8", "--locale=C.UTF-8"];
      const access = ["--username=admin", "--auth=scram-sha-256", `--pwfile=${passwordFile}`];
      const initdb = ["--pgdata", directory, "--no-sync", "--no-instructions", ...locale, ...access];
      await run(...asOrdinaryUser(join(software, "bin/initdb"), initdb));
    } finally {
      await rm(passwordFile);
    }
    const singleUser = ["--single", "-D", directory, "-c", "log_min_messages=warning", "postgres"];
    const makeRole = `CREATE ROLE odoo LOGIN CREATEDB PASSWORD '${odooPassword}'\n`;
    await run(...asOrdinaryUser(join(software, "bin/postgres"), singleUser), { stdin: makeRole });
  });
}

function launch(software: string, data: string, logFile: string, settings: Record<string, string>): ChildHandle {
  const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const server = spawnChild(...asDependentServer(join(software, "bin/postgres"), ["-D", data, ...args]), { cwd: data });
  const log = createWriteStream(logFile, { flags: "a" });
  server.stdout.resume();
  server.stderr.pipe(log);
  return server;
}

async function untilReady(admin: Connection, server: ChildHandle, logFile: string): Promise<void> {
  let ended = false;
  void server.exited.then(() => {
    ended = true;
  });
  const deadline = Date.now() + startTimeout;
  for (;;) {
    const failure = await withSession(admin, (session) => session.query("SELECT 1")).catch((error: unknown) => error);
    if (Array.isArray(failure)) return;
    if (ended || Date.now() > deadline) {
      throw new Error(`PostgreSQL did not start on port ${admin.port}:\n${await readFile(logFile, "utf8")}`, {
        cause: failure,
      });
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
