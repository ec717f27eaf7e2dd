import { existsSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { run } from "../../src/platform/process.ts";
import { cacheDirectory, installerEnvironment, type Progress, quiet } from "./cache.ts";

/** An Odoo 19 that can be run. */
export interface OdooInstallation {
  /** The executable `odoo-bin`. */
  command: string;
  /** The Python that it runs with. */
  python: string;
  /** The folders of its own modules, for `addons_path`. */
  addonsPath: string[];
}

/** Returns the Odoo 19 named by `ODOO_COMMAND` (its `odoo-bin`), else installs one below `.cache`; a second when it is there. */
export async function installOdoo(progress: Progress = quiet): Promise<OdooInstallation> {
  const named = process.env.ODOO_COMMAND;
  if (named) return existingOdoo(resolve(named));
  const target = join(cacheDirectory, "odoo19");
  await run("bash", [join(import.meta.dirname, "odoo19.sh"), target], {
    env: installerEnvironment(),
    onStderr: progress,
    timeoutMs: 20 * 60_000,
  });
  return {
    command: join(target, "odoo-bin"),
    python: join(target, "venv/bin/python"),
    addonsPath: [join(target, "usr/lib/python3/dist-packages/odoo/addons")],
  };
}

async function existingOdoo(command: string): Promise<OdooInstallation> {
  const addonsPath = [join(dirname(command), "addons"), join(dirname(command), "odoo/addons")].filter(existsSync);
  if (!existsSync(command) || addonsPath.length === 0) {
    throw new Error(`ODOO_COMMAND is ${command}, which is not the odoo-bin of an Odoo checkout: name one or unset it`);
  }
  const version = await run(command, ["--version"], { cwd: dirname(command) });
  if (!/\b19\.0/.test(version.stdout)) {
    throw new Error(`ODOO_COMMAND is ${command}: ${version.stdout.trim()}, but the workbench needs Odoo 19.0`);
  }
  return { command, python: await interpreterOf(command), addonsPath };
}

/** Reads the program after `#!`, or after `#!/usr/bin/env`. */
async function interpreterOf(script: string): Promise<string> {
  await using file = await open(script);
  for await (const line of file.readLines()) return /^#!\s*(?:\S*\/env\s+)?(\S+)/.exec(line)?.[1] ?? "python3";
  return "python3";
}
