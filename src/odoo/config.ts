import { readFile } from "node:fs/promises";
import { homedir, userInfo } from "node:os";
import { dirname, join, resolve } from "node:path";
import { ExpectedError } from "../platform/errors.ts";
import { isDatabaseName } from "../platform/names.ts";
import type { Connection } from "../platform/postgres.ts";

/** What the pipeline needs of an instance's odoo.conf. */
export interface OdooConfig {
  path: string;
  /** To the instance's database, as Odoo connects. */
  connection: Connection;
  dbName: string;
  dataDir: string;
  httpPort: number;
  /** Empty: the series' default. */
  httpInterface: string;
  geventPort: number;
  workers: number;
  /** Absolute, in the file's order, existing or not. */
  addonsPath: string[];
  /** Every setting of section [options] as written. */
  raw: Readonly<Record<string, string>>;
}

/** Reads an odoo.conf; throws ExpectedError "odoo-config" for what the pipeline cannot work with. */
export async function readOdooConfig(path: string): Promise<OdooConfig> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
    throw problem(path, `cannot be read (${reason})`, "Check the instance's `config` in the pipeline file.");
  }
  return interpretOdooConfig(text, path);
}

/** What the text of an odoo.conf says; `path` is where it lies, for relative folders and messages. */
export function interpretOdooConfig(text: string, path: string): OdooConfig {
  const raw = parseOptions(text);
  const setting = (name: string) => given(raw[name]);
  const dbName = theDatabase(setting("db_name"), path);
  return {
    path,
    connection: connectionOf(setting, dbName, path),
    dbName,
    dataDir: folder(setting("data_dir") ?? join(homedir(), ".local/share/Odoo"), path),
    httpPort: integer(setting("http_port") ?? setting("xmlrpc_port"), 8069, "http_port", path),
    httpInterface: setting("http_interface") ?? setting("xmlrpc_interface") ?? "",
    geventPort: integer(setting("gevent_port") ?? setting("longpolling_port"), 8072, "gevent_port", path),
    workers: integer(setting("workers"), 0, "workers", path),
    addonsPath: (setting("addons_path") ?? "").split(",").flatMap((entry) => {
      const trimmed = entry.trim();
      return trimmed ? [folder(trimmed, path)] : [];
    }),
    raw,
  };
}

/** Section [options] as Python's RawConfigParser reads it: keys in lower case, indented lines continue a value. */
function parseOptions(text: string): Record<string, string> {
  const options: Record<string, string> = {};
  let section = "";
  let key: string | undefined;
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*(?:[#;]|$)/.test(line)) continue;
    const header = /^\[([^\]]+)\]/.exec(line)?.[1];
    const entry = /^(\S[^:=]*?)\s*[:=]\s*(.*?)\s*$/.exec(line);
    if (header !== undefined) [section, key] = [header, undefined];
    else if (section !== "options") key = undefined;
    else if (/^\s/.test(line) && key !== undefined) options[key] = `${options[key] ?? ""}\n${line.trim()}`.trim();
    else if (entry) {
      key = (entry[1] as string).toLowerCase();
      options[key] = entry[2] as string;
    }
  }
  return options;
}

/** Odoo writes what is not set as False or None. */
function given(value: string | undefined): string | undefined {
  return value === undefined || /^(?:|false|none)$/i.test(value) ? undefined : value;
}

function theDatabase(value: string | undefined, path: string): string {
  const names = (value ?? "").split(",").map((name) => name.trim());
  const name = names[0] ?? "";
  if (names.length > 1)
    throw problem(path, `names several databases in db_name (${names.join(", ")})`, "Give each its own instance.");
  if (!name) throw problem(path, "has no db_name", "Set db_name to the database of this instance.");
  if (!isDatabaseName(name)) throw problem(path, "has a db_name that is no database name", "Correct db_name.");
  return name;
}

function connectionOf(setting: (name: string) => string | undefined, database: string, path: string): Connection {
  const password = setting("db_password");
  const tls = tlsOf(setting);
  return {
    // without db_host libpq takes the socket of its own build: Debian's
    host: setting("db_host") ?? "/var/run/postgresql",
    port: integer(setting("db_port"), 5432, "db_port", path),
    user: setting("db_user") ?? userInfo().username,
    database,
    ...(password === undefined ? {} : { password }),
    ...(tls ? { tls } : {}),
  };
}

/** "prefer" and "allow", which libpq decides by trying, are left to the default. */
function tlsOf(setting: (name: string) => string | undefined): Connection["tls"] {
  const mode = setting("db_sslmode");
  if (mode === "disable" || mode === "require" || mode === "verify-ca" || mode === "verify-full") return { mode };
  return undefined;
}

function folder(value: string, configPath: string): string {
  return resolve(dirname(configPath), value.replace(/^~(?=\/|$)/, homedir()));
}

function integer(value: string | undefined, fallback: number, name: string, path: string): number {
  if (value === undefined) return fallback;
  if (!/^\d{1,9}$/.test(value))
    throw problem(path, `has ${name} = ${JSON.stringify(value)}, which is no number`, `Correct ${name}.`);
  return Number(value);
}

function problem(path: string, what: string, remedy: string): ExpectedError {
  return new ExpectedError({ code: "odoo-config", message: `Odoo's configuration ${path} ${what}.`, remedy });
}
