import { open, readFile, realpath, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ExpectedError } from "../platform/errors.ts";
import { run } from "../platform/process.ts";
import { knownSeries, type SeriesFacts, seriesFacts, seriesOfRelease } from "./series.ts";

/** The Odoo that a command starts. */
export interface OdooInstallation {
  command: string;
  facts: SeriesFacts;
  /** The Python that runs it, as an argv. */
  python: string[];
  /** Folders that hold Odoo's own modules, in Odoo's order of search. */
  coreAddons: string[];
}

const findPackage = `
import importlib.util, json, sys
sys.path.insert(0, sys.argv[1])
spec = importlib.util.find_spec("odoo")
print(json.dumps(list(spec.submodule_search_locations) if spec else []))
`;

/** Finds out which Odoo the command starts, without starting it; throws ExpectedError "odoo-command". */
export async function inspectOdoo(command: string): Promise<OdooInstallation> {
  const script = await realpath(command).catch(() => {
    throw notUsable(command, "does not exist on this host", "Install Odoo, or correct `odoo.command`.");
  });
  const python = await interpreterOf(script, command);
  const [interpreter = "", ...options] = python;
  const args = [...options, "-c", findPackage, dirname(script)];
  const { stdout } = await run(interpreter, args, { timeoutMs: 60_000 });
  const packages = JSON.parse(stdout) as string[];
  for (const folder of packages) {
    const release = await readFile(join(folder, "release.py"), "utf8").catch(() => undefined);
    if (release === undefined) continue;
    return { command, python, facts: factsOf(release, command), coreAddons: await coreAddons(packages) };
  }
  throw notUsable(command, "runs a Python that has no package `odoo`", "Name the odoo-bin of an Odoo installation.");
}

function factsOf(releasePy: string, command: string): SeriesFacts {
  const series = seriesOfRelease(releasePy) ?? "unknown";
  const facts = seriesFacts(series);
  if (facts) return facts;
  throw notUsable(command, `is Odoo ${series}, which is not known`, `Use one of ${knownSeries.join(", ")}.`);
}

/** The argv of the script's first line, such as ["/usr/bin/env", "python3"]. */
async function interpreterOf(script: string, command: string): Promise<string[]> {
  const file = await open(script);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0);
    const line = /^#!\s*([^\n]*python[^\n]*)/.exec(buffer.toString("utf8", 0, bytesRead))?.[1];
    if (line) return line.trim().split(/\s+/);
  } finally {
    await file.close();
  }
  const cure = "Name the odoo-bin itself, with the Python that runs it in its first line.";
  throw notUsable(command, "is no Python script, so its Odoo cannot be found", cure);
}

async function coreAddons(packages: readonly string[]): Promise<string[]> {
  const candidates = packages.flatMap((folder) => [join(dirname(folder), "addons"), join(folder, "addons")]);
  const found: string[] = [];
  for (const folder of candidates)
    if ((await stat(folder).catch(() => undefined))?.isDirectory() && !found.includes(folder)) found.push(folder);
  return found;
}

function notUsable(command: string, what: string, remedy: string): ExpectedError {
  return new ExpectedError({ code: "odoo-command", message: `The Odoo command ${command} ${what}.`, remedy });
}
