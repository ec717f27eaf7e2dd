import { stat } from "node:fs/promises";
import { join } from "node:path";
import { checksumRules, moduleChecksum, storedChecksums } from "../odoo/checksums.ts";
import type { OdooConfig } from "../odoo/config.ts";
import { storedVersion } from "../odoo/manifest.ts";
import { findModules, migrationVersions } from "../odoo/modules.ts";
import type { OdooInstallation } from "../odoo/release.ts";
import { moduleStates } from "../odoo/states.ts";
import { ExpectedError } from "../platform/errors.ts";
import { type Connection, withSession } from "../platform/postgres.ts";
import type { Layout } from "./layout.ts";
import type { PlanFacts, PlannedModule } from "./plan.ts";

/** The addons path of the configuration, with `current` replaced by a release; ExpectedError when a folder is not on it. */
export function releaseAddonsPath(
  config: OdooConfig,
  layout: Layout,
  release: string,
  addons: readonly string[],
): string[] {
  const wanted = addons.map((folder) => join(layout.current, folder));
  const missing = wanted.filter((folder) => !config.addonsPath.includes(folder.replace(/\/$/, "")));
  if (missing.length > 0)
    throw new ExpectedError({
      code: "addons-path",
      message: `The addons_path of ${config.path} lacks ${missing.join(", ")}: Odoo would not see the release's modules.`,
      remedy: "Add it to addons_path on the host, or correct odoo.addons in the pipeline file.",
    });
  return config.addonsPath.map((entry) => inRelease(entry, layout, release));
}

function inRelease(entry: string, layout: Layout, release: string): string {
  const inside = entry === layout.current || entry.startsWith(`${layout.current}/`);
  return inside ? join(layout.release(release), entry.slice(layout.current.length)) : entry;
}

/** Where to look, and what is asked for. */
export interface FactsRequest {
  connection: Connection;
  odoo: OdooInstallation;
  addonsPath: readonly string[];
  /** Folder of the new release. */
  release: string;
  install: readonly string[];
  codeChanged: boolean;
  databaseCopy: boolean;
}

/** Gathers from the database and the disk all that the plan is decided from. */
export async function gatherFacts(request: FactsRequest): Promise<PlanFacts> {
  const { series } = request.odoo.facts;
  return await withSession(request.connection, async (session) => {
    const [states, stored, rules] = [
      await moduleStates(session),
      await storedChecksums(session),
      await checksumRules(session),
    ];
    const database = new Map(states.map(({ name, state, version }) => [name, { state, version }]));
    const onDisk = new Map<string, PlannedModule>();
    for (const [name, { path, manifest }] of await findModules(await moduleFolders(request.addonsPath, request.odoo))) {
      const matters = ["installed", "to upgrade"].includes(database.get(name)?.state ?? "");
      onDisk.set(name, {
        depends: manifest.depends.length > 0 || name === "base" ? manifest.depends : ["base"],
        version: storedVersion(manifest.version, request.odoo.facts),
        checksum: matters ? await moduleChecksum(path, rules) : "",
        origin: path.startsWith(`${request.release}/`) ? "release" : "core",
        installable: manifest.installable,
        pythonDependencies: manifest.pythonDependencies,
        migrations: matters ? await migrationVersions(path) : [],
      });
    }
    return { ...request, series, database, onDisk, stored };
  });
}

/** The folders where Odoo finds modules; it passes over those that are not there. */
export async function moduleFolders(addonsPath: readonly string[], odoo: OdooInstallation): Promise<string[]> {
  const folders = [...new Set([...addonsPath, ...odoo.coreAddons])];
  const found = await Promise.all(
    folders.map(async (folder) => (await stat(folder).catch(() => undefined))?.isDirectory()),
  );
  return folders.filter((_folder, at) => found[at]);
}
