import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Manifest, manifestFile, readManifest } from "./manifest.ts";

/** A module as it lies on disk. */
export interface ModuleOnDisk {
  name: string;
  path: string;
  /** The folder of the addons path that holds it. */
  addons: string;
  manifest: Manifest;
}

/** Every module that Odoo sees on this addons path, by name; the first folder that holds a name wins, as in Odoo. */
export async function findModules(addonsPath: readonly string[]): Promise<Map<string, ModuleOnDisk>> {
  const found = new Map<string, ModuleOnDisk>();
  for (const addons of addonsPath) {
    for (const name of (await readdir(addons)).sort()) {
      if (found.has(name)) continue;
      const path = join(addons, name);
      if (!(await isFile(join(path, manifestFile)))) continue;
      found.set(name, { name, path, addons, manifest: await readManifest(path) });
    }
  }
  return found;
}

/** The roots and all that depend on them, directly or not, among `modules`. */
export function withDependants(
  roots: Iterable<string>,
  modules: ReadonlyMap<string, { depends: readonly string[] }>,
): Set<string> {
  const dependants = new Map<string, string[]>();
  for (const [name, { depends }] of modules)
    for (const dependency of depends) dependants.set(dependency, [...(dependants.get(dependency) ?? []), name]);
  return reach(roots, (name) => dependants.get(name) ?? []);
}

/** The roots and all that they depend on, directly or not; names that `modules` lacks are kept. */
export function withDependencies(
  roots: Iterable<string>,
  modules: ReadonlyMap<string, { depends: readonly string[] }>,
): Set<string> {
  return reach(roots, (name) => modules.get(name)?.depends ?? []);
}

/** The versions for which the module in `path` has migration scripts. */
export async function migrationVersions(path: string): Promise<string[]> {
  const versions: string[] = [];
  for (const folder of ["migrations", "upgrades"]) {
    const names = await readdir(join(path, folder)).catch(() => []);
    for (const name of names) {
      const scripts = await readdir(join(path, folder, name)).catch(() => []);
      if (scripts.some((script) => /^(?:pre|post|end)-.*\.py$/.test(script))) versions.push(name);
    }
  }
  return [...new Set(versions)].sort();
}

function reach(roots: Iterable<string>, next: (name: string) => readonly string[]): Set<string> {
  const seen = new Set(roots);
  for (const name of seen) for (const other of next(name)) seen.add(other);
  return seen;
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}
