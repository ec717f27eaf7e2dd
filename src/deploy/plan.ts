import type { Checksums } from "../odoo/checksums.ts";
import { withDependants, withDependencies } from "../odoo/modules.ts";

/** A module of the new code as the plan sees it. */
export interface PlannedModule {
  depends: readonly string[];
  /** As the database would keep it, such as "19.0.1.0.0". */
  version: string;
  checksum: string;
  /** release: from the repository; core: all else on the addons path. */
  origin: "release" | "core";
  installable: boolean;
  pythonDependencies: readonly string[];
  /** Versions that have migration scripts. */
  migrations: readonly string[];
}

/** All that decides what a deployment has to do. */
export interface PlanFacts {
  series: string;
  /** State and installed version of each module that the database knows. */
  database: ReadonlyMap<string, { state: string; version: string | null }>;
  onDisk: ReadonlyMap<string, PlannedModule>;
  /** What the last successful deployment recorded; undefined: never. */
  stored: Checksums | undefined;
  /** Modules that the pipeline file wants installed. */
  install: readonly string[];
  /** The new release is not what runs now. */
  codeChanged: boolean;
  /** A prepared copy takes the database's place. */
  databaseCopy: boolean;
}

/** What a deployment will do; refusals stop it before anything changes. */
export interface Plan {
  mode: "noop" | "restart" | "update";
  update: string[];
  install: string[];
  /** Installed modules that Odoo updates with them, since they depend on them. */
  dependants: string[];
  /** Modules that Odoo installs with them, since they need them. */
  dependencies: string[];
  reasons: Record<string, string>;
  warnings: string[];
  refusals: string[];
}

/** Decides from the facts which modules to update and install, and how much of a deployment that takes. */
export function planDeployment(facts: PlanFacts): Plan {
  const installed = [...facts.database].flatMap(([name, { state }]) => (isInstalled(state) ? [name] : []));
  const reasons = reasonsToUpdate(facts, installed);
  const update = Object.keys(reasons).sort();
  const install = facts.install.filter((name) => !isInstalled(facts.database.get(name)?.state)).toSorted();
  const known = new Set([...installed, ...install]);
  const needed = [...withDependencies([...update, ...install], facts.onDisk)].filter((name) => !known.has(name)).sort();
  const moduleWork = update.length + install.length > 0;
  return {
    mode: moduleWork ? "update" : facts.codeChanged || facts.databaseCopy ? "restart" : "noop",
    update,
    install,
    dependants: dependantsOf(update, installed, facts),
    dependencies: needed,
    reasons,
    warnings: [...unbumpedMigrations(update, facts), ...olderVersions(update, facts), ...firstRun(facts)],
    refusals: refusals(facts, installed, [...install, ...needed]),
  };
}

function isInstalled(state: string | undefined): boolean {
  return state === "installed" || state === "to upgrade";
}

function reasonsToUpdate(facts: PlanFacts, installed: readonly string[]): Record<string, string> {
  const reasons: Record<string, string> = {};
  for (const name of installed) {
    const module = facts.onDisk.get(name);
    const reason = module && reasonToUpdate(name, module, facts);
    if (reason) reasons[name] = reason;
  }
  return reasons;
}

function reasonToUpdate(name: string, module: PlannedModule, facts: PlanFacts): string | undefined {
  const known = facts.database.get(name);
  if (known?.state === "to upgrade") return "an earlier update left it half done";
  if (known?.version && compareVersions(module.version, known.version) > 0)
    return `version ${known.version} -> ${module.version}`;
  const recorded = facts.stored?.[name];
  if (typeof recorded === "string") return recorded === module.checksum ? undefined : "its files changed";
  return module.origin === "release" ? "no checksum is recorded for it" : undefined;
}

function dependantsOf(update: readonly string[], installed: readonly string[], facts: PlanFacts): string[] {
  const present = new Map([...facts.onDisk].filter(([name]) => installed.includes(name)));
  return [...withDependants(update, present)].filter((name) => !update.includes(name)).sort();
}

function unbumpedMigrations(update: readonly string[], facts: PlanFacts): string[] {
  return update.flatMap((name) => {
    const installed = facts.database.get(name)?.version;
    const module = facts.onDisk.get(name);
    if (!installed || !module || compareVersions(module.version, installed) > 0) return [];
    const skipped = module.migrations.filter(
      (version) => version !== "0.0.0" && compareVersions(withSeries(version, facts.series), installed) > 0,
    );
    if (skipped.length === 0) return [];
    const scripts = skipped.join(", ");
    return [`${name} has migration scripts (${scripts}) that will not run: its manifest still says ${module.version}`];
  });
}

function olderVersions(update: readonly string[], facts: PlanFacts): string[] {
  return update.flatMap((name) => {
    const installed = facts.database.get(name)?.version;
    const version = facts.onDisk.get(name)?.version;
    if (!installed || !version || compareVersions(version, installed) >= 0) return [];
    return [`${name} goes back from version ${installed} to ${version}`];
  });
}

function firstRun(facts: PlanFacts): string[] {
  if (facts.stored !== undefined) return [];
  return ["no checksums are recorded yet: modules of this repository are updated, Odoo's own are recorded as they are"];
}

function refusals(facts: PlanFacts, installed: readonly string[], toInstall: readonly string[]): string[] {
  const missing = installed.filter((name) => !facts.onDisk.get(name)?.installable);
  const absent = toInstall.filter((name) => !facts.onDisk.get(name)?.installable);
  const pending = [...facts.database].filter(([, { state }]) => state === "to install" || state === "to remove");
  return [
    ...missing.map((name) => `${name} is installed, but the release and Odoo have no installable module of that name`),
    ...absent.map(
      (name) => `${name} is to be installed, but the release and Odoo have no installable module of that name`,
    ),
    ...pending.map(([name, { state }]) => `${name} is left in state "${state}"`),
  ];
}

function withSeries(version: string, series: string): string {
  return version.startsWith(`${series}.`) || version.split(".").length > 3 ? version : `${series}.${version}`;
}

/** Compares versions number by number: negative, 0 or positive. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a.split("."), b.split(".")];
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const [one, other] = [left[at] ?? "0", right[at] ?? "0"];
    const difference = Number.parseInt(one, 10) - Number.parseInt(other, 10);
    if (difference) return difference;
    const numbers = [one, other].every((part) => /^\d+$/.test(part));
    if (one !== other && !numbers) return one < other ? -1 : 1;
  }
  return 0;
}
