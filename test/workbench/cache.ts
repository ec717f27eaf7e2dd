import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, delimiter, dirname, join, sep } from "node:path";

/** The checkout this file belongs to. */
export const checkout = dirname(dirname(import.meta.dirname));

/** Where everything that is downloaded or made once is kept; it may be deleted at any time. */
export const cacheDirectory = join(checkout, ".cache");

/** Receives one line about what is being prepared, for the person who waits. */
export type Progress = (message: string) => void;

/** A `Progress` that says nothing. */
export const quiet: Progress = () => {};

/**
 * Makes the directory `path` once: `make` fills a new directory beside it, which then takes its name.
 * Whoever comes second finds it complete; two who come at once both make it and the first stays.
 */
export async function once(path: string, make: (directory: string) => Promise<void>): Promise<string> {
  if (existsSync(path)) return path;
  await mkdir(dirname(path), { recursive: true });
  const draft = await mkdtemp(join(dirname(path), `.${basename(path)}-`));
  try {
    await make(draft);
    await rename(draft, path);
  } catch (error) {
    if (!existsSync(path)) throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return path;
}

/** Removes what `once` made under the same prefix from earlier inputs, unless it is so new that somebody may be copying it. */
export async function removeOutdated(path: string, prefix: string): Promise<void> {
  const folder = dirname(path);
  const names = (await readdir(folder)).filter((name) => name.startsWith(prefix) && name !== basename(path));
  for (const name of names) {
    const { mtimeMs } = await stat(join(folder, name));
    if (Date.now() - mtimeMs > 3_600_000) await rm(join(folder, name), { recursive: true, force: true });
  }
}

/** A short name for what is made from `inputs`: other inputs, other name. */
export function cacheKey(...inputs: string[]): string {
  return createHash("sha256").update(JSON.stringify(inputs)).digest("hex").slice(0, 16);
}

/**
 * The environment for npm, pip and apt: the person's own, because proxies, registries and certificates are set there.
 * npm run by the Node of node_modules would not find the machine's npm settings, so that folder leaves PATH.
 */
export function installerEnvironment(): Record<string, string> {
  const entries = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const path = (process.env.PATH ?? "").split(delimiter).filter((folder) => !folder.endsWith(`node_modules${sep}.bin`));
  return { ...Object.fromEntries(entries), PATH: path.join(delimiter) };
}
