import { randomUUID } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { ExpectedError } from "../platform/errors.ts";
import { DatabaseError, type Session } from "../platform/postgres.ts";
import { type KeptSignOn, type OAuthPolicy, signOnToKeep } from "./neutralize-oauth.ts";
import { storedColumns } from "./neutralize-statement.ts";
import { type Superset, supersetStatements } from "./neutralize-statements.ts";
import { hashPassword } from "./passwords.ts";
import { installedModules } from "./states.ts";

/** What makes a copy of production a staging database. */
export interface NeutralizeRequest {
  /** Every folder that may hold modules, Odoo's own included; the first that holds a module wins. */
  addonsPath: readonly string[];
  /** The URL of staging. */
  url: string;
  /** Password of every internal user; without it passwords stay as they are. */
  stagingPassword?: string | undefined;
  /** Give the copy a new identity (uuid, secret): on the first time, not again after an update. */
  newIdentity: boolean;
  /** What becomes of single sign-on (default off). */
  oauth?: OAuthPolicy | undefined;
}

/** What neutralizing did. */
export interface NeutralizeResult {
  /** Modules whose own neutralize.sql ran. */
  modules: string[];
  /** Modules whose files are not here yet, so that their scripts could not run. */
  missing: string[];
  /** Rows changed by our own statements, by what they do. */
  changed: Record<string, number>;
  /** What the policy left of single sign-on. */
  signOn: KeptSignOn;
}

/** What is on the disk of the modules that are installed. */
export interface NeutralizeScripts {
  scripts: NeutralizeScript[];
  /** Modules that are in no folder. */
  missing: string[];
}

/** The `data/neutralize.sql` of a module. */
export interface NeutralizeScript {
  module: string;
  sql: string;
}

/**
 * Makes a copy harmless, in one transaction: every installed module's `data/neutralize.sql`, then our own superset. May
 * run again at any time. ExpectedError when an installed module is not on disk: what it connects to would stay live.
 */
export function neutralize(session: Session, { addonsPath, ...request }: NeutralizeRequest): Promise<NeutralizeResult> {
  return neutralizeWith(session, (modules) => neutralizeScripts(modules, addonsPath), request);
}

/**
 * The same with scripts from elsewhere: `scriptsOf` gets the names of the installed modules. With `missing: "later"` those
 * that are not here are left to the deployment that brings them.
 */
export async function neutralizeWith(
  session: Session,
  scriptsOf: (modules: readonly string[]) => Promise<NeutralizeScripts>,
  {
    missing: onMissing = "refuse",
    ...request
  }: Omit<NeutralizeRequest, "addonsPath"> & { missing?: "refuse" | "later" },
): Promise<NeutralizeResult> {
  const { scripts, missing } = await scriptsOf(await installedModules(session));
  if (missing.length > 0 && onMissing === "refuse") throw missingModules(missing);
  await session.query("BEGIN");
  try {
    const signOn = await signOnToKeep(session, request.oauth);
    for (const { module, sql } of scripts) await runScript(session, module, sql);
    const changed = await runSuperset(session, { ...request, keptProviders: signOn.providers });
    await session.query("COMMIT");
    return { modules: scripts.map((script) => script.module), missing, changed, signOn };
  } catch (error) {
    await session.query("ROLLBACK").catch(() => undefined);
    throw error;
  }
}

/** The scripts of these modules, in their order; not every module has one. */
export async function neutralizeScripts(
  modules: readonly string[],
  addonsPath: readonly string[],
): Promise<NeutralizeScripts> {
  const scripts: NeutralizeScript[] = [];
  const missing: string[] = [];
  for (const module of modules) {
    const folder = await findModule(module, addonsPath);
    if (folder === undefined) missing.push(module);
    const sql = folder && (await readFile(join(folder, "data/neutralize.sql"), "utf8").catch(() => undefined));
    if (sql !== undefined && sql.trim() !== "") scripts.push({ module, sql });
  }
  return { scripts, missing };
}

async function findModule(module: string, addonsPath: readonly string[]): Promise<string | undefined> {
  for (const addons of addonsPath) {
    const folder = join(addons, module);
    const manifest = await stat(join(folder, "__manifest__.py")).catch(() => undefined);
    if (manifest?.isFile()) return folder;
  }
  return undefined;
}

function missingModules(missing: readonly string[]): ExpectedError {
  return new ExpectedError({
    code: "missing-modules",
    message: `${missing.length} installed module(s) are in no folder of the addons path, so what they connect to could not be switched off: ${missing.join(", ")}.`,
    remedy:
      "Deploy the commit that has them, which runs their neutralize.sql; or add their folder to addons_path of odoo.conf.",
  });
}

// What these do to the core tables our superset does too, looking at each column first; so a column that an addon took
// away (OCA's mail_environment) must not stop the whole.
const COVERED = new Set(["base", "mail", "web", "website", "payment", "iap", "delivery", "auth_oauth"]);

async function runScript(session: Session, module: string, sql: string): Promise<void> {
  await session.query("SAVEPOINT module");
  try {
    await session.query(sql);
    await session.query("RELEASE SAVEPOINT module");
  } catch (error) {
    await session.query("ROLLBACK TO SAVEPOINT module");
    const absent = error instanceof DatabaseError && ["42703", "42P01"].includes(error.sqlState);
    if (!absent || !COVERED.has(module)) throw scriptFailed(module, error);
  }
}

function scriptFailed(module: string, cause: unknown): ExpectedError {
  return new ExpectedError(
    {
      code: "neutralize-failed",
      message: `data/neutralize.sql of module ${module} failed: ${cause instanceof Error ? cause.message : cause}.`,
      remedy: "Repair the script: it must fit the database as production has it.",
    },
    { cause },
  );
}

async function runSuperset(
  session: Session,
  request: Omit<NeutralizeRequest, "addonsPath"> & Pick<Superset, "keptProviders">,
): Promise<Record<string, number>> {
  const columns = await storedColumns(session);
  const superset: Superset = {
    has: (column) => columns.has(column),
    ...{ url: request.url, keptProviders: request.keptProviders },
    identity: request.newIdentity ? { uuid: randomUUID(), secret: randomUUID() } : undefined,
    passwordHash: request.stagingPassword === undefined ? undefined : await hashPassword(request.stagingPassword),
  };
  const changed: Record<string, number> = {};
  for (const { does, sql, values } of supersetStatements(superset)) {
    const [row] = await session.query<{ count: number }>(
      `WITH changed AS (${sql} RETURNING 1) SELECT count(*)::int AS count FROM changed`,
      values,
    );
    changed[does] = (changed[does] ?? 0) + (row?.count ?? 0);
  }
  return changed;
}
