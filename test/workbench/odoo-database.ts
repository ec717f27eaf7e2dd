import { existsSync } from "node:fs";
import { glob, mkdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { type ChecksumRules, checksumRules, moduleChecksum, storeChecksums } from "../../src/odoo/checksums.ts";
import { type Connection, type Session, withSession } from "../../src/platform/postgres.ts";
import { run } from "../../src/platform/process.ts";
import { cacheDirectory, cacheKey, once, type Progress, quiet, removeOutdated } from "./cache.ts";
import { plantCanaries } from "./canaries.ts";
import { installOdoo, type OdooInstallation } from "./odoo.ts";
import { startPostgres } from "./postgres.ts";
import type { PostgresVersion } from "./postgres-binaries.ts";
import { plantSecrets } from "./secrets.ts";

const canarySeed = "workbench";

/** The folder of the module that the consumer repository starts with. */
export const consumerAddons = join(import.meta.dirname, "addons");

/** The test ground that a production database is made for. */
export type Ground = "workbench" | "lab" | "proof";

/** What a production database is made of: the server's version, and the modules to install with what they need. */
interface Ingredients {
  version: PostgresVersion;
  modules: readonly string[];
  /** The ground to start from, so that these modules alone have to be installed. */
  onto?: Ground;
}

const common = "sale_management,crm,website,contacts,hr,payment_stripe,auth_oauth,library_loans".split(",");
const more = "stock,purchase,hr_holidays".split(",");
// Small ones, most of which keep something of people: addresses, tokens, keys, accounts.
const personal = [
  ..."google_calendar microsoft_calendar mail_group mail_plugin maintenance partnership website_partner".split(" "),
  ..."base_geolocalize base_iban hr_presence hr_hourly_cost sms_twilio account_edi_proxy_client".split(" "),
  ..."auth_password_policy sale_margin product_expiry website_links".split(" "),
];

/** More than 80 modules on the workbench; more than 100 in the lab, whose hosts have Debian 12's PostgreSQL; 120 for the proof. */
const grounds: Readonly<Record<Ground, Ingredients>> = {
  workbench: { version: 18, modules: common },
  lab: { version: 15, modules: [...common, ...more] },
  proof: { version: 15, modules: personal, onto: "lab" },
};

/** A data directory of a stopped PostgreSQL that holds two databases, and the files of their attachments. */
export interface DatabaseTemplate {
  version: PostgresVersion;
  /** For `startPostgres({ seed })`. */
  seed: string;
  /** Files of the attachments of both databases, laid out as below Odoo's `filestore/<database>`. */
  filestore: string;
  /** The database with canaries and secrets. */
  production: "production";
  /** The same before they were planted. */
  demo: "demo";
}

/** The production database of a test ground, made once by a real Odoo; its login is admin, password admin. */
export async function productionTemplate(
  options: { ground?: Ground; version?: PostgresVersion; progress?: Progress } = {},
): Promise<DatabaseTemplate> {
  const { ground = "workbench", progress = quiet } = options;
  const { modules, version } = { ...grounds[ground], ...options };
  const odoo = await installOdoo(progress);
  const installed = await installedDatabase(ground, version, odoo, progress);
  const key = await keyOfSources(
    [installed, ...modules],
    ["odoo-database.ts", "secrets.ts", "canaries.ts", "canary-columns.ts", "canary-exclusions.ts", "canary-values.ts"],
  );
  const path = await once(join(cacheDirectory, ground, `databases-${key}`), async (directory) => {
    progress("Production database: planting canaries and secrets");
    await run("cp", ["-a", "--", join(installed, "odoo/filestore/production"), join(directory, "filestore")]);
    await plant(directory, { version, seed: join(installed, "data") }, odoo);
  });
  await removeOutdated(path, "databases-");
  const names = { production: "production", demo: "demo" } as const;
  return { version, seed: join(path, "data"), filestore: join(path, "filestore"), ...names };
}

/** The slow part, apart so that changed canaries do not repeat it: a cluster with Odoo's modules and demo data. */
async function installedDatabase(
  ground: Ground,
  version: PostgresVersion,
  odoo: OdooInstallation,
  progress: Progress,
): Promise<string> {
  const { modules, onto } = grounds[ground];
  const base = onto && (await installedDatabase(onto, version, odoo, progress));
  const origin = `${version} ${process.env.ODOO_COMMAND ? odoo.command : ""}`;
  const key = await keyOfSources(
    [origin, ...(base ? [basename(base)] : []), ...modules],
    ["postgres-binaries.ts", "odoo19.sh", "odoo19-requirements.txt"],
  );
  const path = await once(join(cacheDirectory, ground, `installed-${key}`), async (directory) => {
    const origins = base ? { seed: join(base, "data") } : {};
    if (base) await run("cp", ["-a", "--", join(base, "odoo"), join(directory, "odoo")]);
    const settings = { autovacuum: "off" };
    await using server = await startPostgres({ version, dir: directory, settings, progress, ...origins });
    progress(`Production database: Odoo installs ${modules.join(", ")} with demo data (once)`);
    await installModules(odoo, modules, { ...server.odoo, database: "production" }, join(directory, "odoo"));
  });
  await removeOutdated(path, "installed-");
  return path;
}

async function plant(
  directory: string,
  origin: { version: PostgresVersion; seed: string },
  odoo: OdooInstallation,
): Promise<void> {
  await using server = await startPostgres({ dir: directory, ...origin });
  const production = { ...server.odoo, database: "production" };
  // Debian's tools look whether a server is up as this role, and wait in vain for one that they may not ask.
  await withSession(server.admin, (session) => session.query("CREATE ROLE postgres LOGIN"));
  await withSession(production, async (session) => storeChecksums(session, await installedChecksums(session, odoo)));
  await withSession(server.odoo, (session) => session.query("CREATE DATABASE demo TEMPLATE production"));
  // Staging and development start as copies that somebody made by Odoo's own means: a refresh replaces nothing else.
  await withSession({ ...server.odoo, database: "demo" }, (session) =>
    session.query("INSERT INTO ir_config_parameter (key, value) VALUES ('database.is_neutralized', 'true')"),
  );
  await withSession(production, async (session) => {
    await plantCanaries(session, { seed: canarySeed });
    await plantSecrets(session);
    await session.query("ANALYZE");
  });
}

async function installModules(
  odoo: OdooInstallation,
  modules: readonly string[],
  database: Connection,
  dataDirectory: string,
): Promise<void> {
  await mkdir(dataDirectory, { recursive: true });
  const addonsPath = [...odoo.addonsPath, consumerAddons].join(",");
  const place = [`--addons-path=${addonsPath}`, `--data-dir=${dataDirectory}`, `--database=${database.database}`];
  const log = ["--log-level=warn", "--no-http", "--stop-after-init", "--max-cron-threads=0"];
  await run(odoo.command, [...place, ...log, "--with-demo", `--init=${modules.join(",")}`], {
    env: odooEnvironment(database),
    timeoutMs: 20 * 60_000,
  });
}

/** How Odoo is told its database server without a password in its arguments. */
function odooEnvironment(database: Connection): Record<string, string> {
  const { host, port, user, password = "" } = database;
  return { PGHOST: host, PGPORT: String(port), PGUSER: user, PGPASSWORD: password, PYTHONDONTWRITEBYTECODE: "1" };
}

/** What the next deployment compares with: the state after a successful update to what is installed. */
async function installedChecksums(session: Session, odoo: OdooInstallation): Promise<Record<string, string | false>> {
  const rules: ChecksumRules = await checksumRules(session);
  const installed = await session.query<{ name: string }>(
    "SELECT name FROM ir_module_module WHERE state = 'installed'",
  );
  const checksums: Record<string, string | false> = {};
  for (const { name } of installed) {
    const folder = [...odoo.addonsPath, consumerAddons].map((path) => join(path, name)).find(existsSync);
    checksums[name] = folder === undefined ? false : await moduleChecksum(folder, rules);
  }
  return checksums;
}

/** A name for what is made from `origins`, these files of ours, and the modules of the consumer. */
async function keyOfSources(origins: readonly string[], names: readonly string[]): Promise<string> {
  const files = names.map((name) => join(import.meta.dirname, name));
  for await (const file of glob("**/*.{py,xml,csv}", { cwd: consumerAddons })) files.push(join(consumerAddons, file));
  const contents = await Promise.all(files.sort().map((file) => readFile(file, "utf8")));
  return cacheKey(...origins, ...contents);
}
