import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Session } from "../platform/postgres.ts";

/** SHA-1 of each module's files in hex, or false when the module was not on disk: the record of click-odoo-update. */
export type Checksums = Record<string, string | false>;

/** What decides which files of a module count. */
export interface ChecksumRules {
  excludePatterns: readonly string[];
  /** Codes of the active languages, such as "fr_BE"; empty: every translation counts. */
  languages: readonly string[];
}

const checksumsKey = "module_auto_update.installed_checksums";
const patternsKey = "module_auto_update.exclude_patterns";
const defaultPatterns = "*.pyc,*.pyo,i18n/*.pot,i18n_extra/*.pot,static/*,tests/*";

/** The checksum of the module in `moduleDir`, byte for byte that of click-odoo-update. */
export async function moduleChecksum(moduleDir: string, rules: ChecksumRules): Promise<string> {
  const hash = createHash("sha1");
  const counts = fileFilter(rules);
  for await (const file of walk(moduleDir, "")) {
    if (!counts(file)) continue;
    hash.update(file, "utf8").update(await readFile(join(moduleDir, file)));
  }
  return hash.digest("hex");
}

/** Tells of a path relative to the module whether it counts. */
export function fileFilter(rules: ChecksumRules): (path: string) => boolean {
  const patterns = rules.excludePatterns.map(fnmatch);
  const languages = new Set(rules.languages.map((code) => code.split("_")[0]));
  return (path) => {
    if (patterns.some((pattern) => pattern.test(path))) return false;
    const translation = /^i18n(?:_extra)?\/([^/]+)\.po$/.exec(path)?.[1];
    return translation === undefined || languages.size === 0 || languages.has(translation.split("_")[0]);
  };
}

/** Python's fnmatch: `*` and `?` match slashes too, `[!x]` negates, the whole text must match. */
export function fnmatch(pattern: string): RegExp {
  let source = "";
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] as string;
    const set = character === "[" ? /^\[(!?)(\]?[^\]]*)\]/.exec(pattern.slice(at)) : null;
    if (character === "*") source += ".*";
    else if (character === "?") source += ".";
    else if (set) {
      source += `[${set[1] ? "^" : ""}${(set[2] as string).replace(/[\\\]^[&~|]/g, "\\$&")}]`;
      at += set[0].length - 1;
    } else source += character.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  }
  return new RegExp(`^${source}$`, "s");
}

/** The rules that the database asks for. */
export async function checksumRules(session: Session): Promise<ChecksumRules> {
  const [patterns] = await session.query<{ value: string | null }>(
    "SELECT value FROM ir_config_parameter WHERE key = $1",
    [patternsKey],
  );
  const languages = await session.query<{ code: string }>("SELECT code FROM res_lang WHERE active ORDER BY code");
  return {
    excludePatterns: (patterns?.value ?? defaultPatterns).split(",").map((pattern) => pattern.trim()),
    languages: languages.map((language) => language.code),
  };
}

/** The checksums recorded after the last successful update; undefined when none were ever recorded. */
export async function storedChecksums(session: Session): Promise<Checksums | undefined> {
  const [row] = await session.query<{ value: string | null }>("SELECT value FROM ir_config_parameter WHERE key = $1", [
    checksumsKey,
  ]);
  return row?.value ? (JSON.parse(row.value) as Checksums) : undefined;
}

/** Records the checksums for the next deployment, and for click-odoo-update. */
export async function storeChecksums(session: Session, checksums: Checksums): Promise<void> {
  const sorted = Object.fromEntries(Object.entries(checksums).sort(([a], [b]) => (a < b ? -1 : 1)));
  const values = [checksumsKey, JSON.stringify(sorted)];
  const updated = await session.query(
    "UPDATE ir_config_parameter SET value = $2, write_date = now() AT TIME ZONE 'UTC' WHERE key = $1 RETURNING 1",
    values,
  );
  if (updated.length > 0) return;
  await session.query(
    `INSERT INTO ir_config_parameter (key, value, create_date, write_date)
     VALUES ($1, $2, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC')`,
    values,
  );
}

/** The files below `top` in os.walk's order: those of a folder first, then its folders, each sorted by code point. */
async function* walk(top: string, folder: string): AsyncGenerator<string> {
  const entries = await readdir(join(top, folder), { withFileTypes: true });
  const folders: string[] = [];
  const files: string[] = [];
  for (const entry of entries) {
    const path = folder ? `${folder}/${entry.name}` : entry.name;
    if (entry.isDirectory()) folders.push(path);
    else if (!entry.isSymbolicLink() || !(await leadsToFolder(join(top, path)))) files.push(path);
  }
  yield* files.sort(byCodePoint);
  for (const path of folders.sort(byCodePoint)) yield* walk(top, path);
}

async function leadsToFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
