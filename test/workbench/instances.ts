import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Connection, quoteIdent, withSession } from "../../src/platform/postgres.ts";
import { run } from "../../src/platform/process.ts";
import type { OdooInstallation } from "./odoo.ts";
import type { DatabaseTemplate } from "./odoo-database.ts";
import type { PostgresServer } from "./postgres.ts";
import type { EnvironmentName, InstancePlace, ObservedInstance } from "./topology.ts";

/** One Odoo instance of the workbench. */
export interface WorkbenchInstance extends InstancePlace, ObservedInstance {
  port: number;
  config: string;
  log: string;
  filestore: string;
  service: { kind: "custom"; command: string[] };
}

/** Describes an instance below the workbench's folder. */
export function describeInstance(
  dir: string,
  name: EnvironmentName,
  place: InstancePlace,
  server: PostgresServer,
  port: number,
): WorkbenchInstance {
  const base = join(dir, name);
  return {
    ...place,
    name,
    url: `http://127.0.0.1:${port}`,
    port,
    base,
    config: join(base, "odoo.conf"),
    log: join(base, "odoo.log"),
    filestore: join(base, "data/filestore", place.database),
    connection: { ...server.odoo, database: place.database },
    readFile: (path) => readFile(path, "utf8"),
    service: { kind: "custom", command: [join(dir, "instance"), name] },
  };
}

/** Writes the instance's odoo.conf, as an administrator would. */
export async function writeConfiguration(instance: WorkbenchInstance, odoo: OdooInstallation): Promise<void> {
  const { connection, base } = instance;
  const settings = {
    admin_passwd: "workbench-master-password",
    db_host: connection.host,
    db_port: connection.port,
    db_user: connection.user,
    db_password: connection.password,
    db_name: connection.database,
    list_db: false,
    data_dir: join(base, "data"),
    addons_path: [...odoo.addonsPath, join(base, "current/addons")].join(","),
    http_interface: "127.0.0.1",
    http_port: instance.port,
    workers: 0,
    max_cron_threads: 0, // nothing runs that a test did not ask for
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key} = ${value === false ? "False" : value}`);
  await mkdir(base, { recursive: true });
  await writeFile(instance.config, ["[options]", ...lines, ""].join("\n"), { mode: 0o600 });
}

/** Gives the instances of one server their databases, made from those of the template, which are gone afterwards. */
export async function placeDatabases(
  server: PostgresServer,
  instances: readonly WorkbenchInstance[],
  template: DatabaseTemplate,
): Promise<void> {
  await withSession(server.odoo, async (session) => {
    for (const origin of [template.production, template.demo] as const) {
      const wanted = instances.filter((instance) => originOf(instance, template) === origin);
      const [last, ...others] = wanted.map(({ database }) => database);
      const name = quoteIdent(origin);
      for (const other of others) await session.query(`CREATE DATABASE ${quoteIdent(other)} TEMPLATE ${name}`);
      if (last === undefined) await session.query(`DROP DATABASE ${name}`);
      else if (last !== origin) await session.query(`ALTER DATABASE ${name} RENAME TO ${quoteIdent(last)}`);
    }
  });
}

/** Production gets the database with canaries and secrets. */
function originOf(instance: WorkbenchInstance, template: DatabaseTemplate): string {
  return instance.name === "production" ? template.production : template.demo;
}

/** Gives an instance the files of its attachments, and its database the instance's own address. */
export async function placeFiles(instance: WorkbenchInstance, template: DatabaseTemplate): Promise<void> {
  await mkdir(join(instance.filestore, ".."), { recursive: true });
  await run("cp", ["-a", "--reflink=auto", "--", template.filestore, instance.filestore]);
  await withSession(instance.connection, (session) =>
    session.query("UPDATE ir_config_parameter SET value = $1 WHERE key = 'web.base.url'", [instance.url]),
  );
}

/** Adds a column with personal data that no catalogue or rule knows, as an administrator may do with a form. */
export async function addUnclassifiedColumn(production: { connection: Connection }): Promise<string> {
  await withSession(production.connection, async (session) => {
    await session.query("ALTER TABLE res_partner ADD COLUMN x_passport varchar");
    await session.query("UPDATE res_partner SET x_passport = 'passport of ' || name WHERE id % 2 = 0");
  });
  return "res_partner.x_passport";
}
