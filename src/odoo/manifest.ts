import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ExpectedError } from "../platform/errors.ts";
import { type Literal, parsePythonLiteral } from "./python-literal.ts";
import type { SeriesFacts } from "./series.ts";

/** What the pipeline needs of a module's manifest. */
export interface Manifest {
  name: string;
  /** As written, "1.0" when the manifest has none. */
  version: string;
  depends: string[];
  installable: boolean;
  /** Names of Python distributions or packages that the module needs. */
  pythonDependencies: string[];
}

/** The file that makes a folder a module. */
export const manifestFile = "__manifest__.py";

/** The manifest that `text` holds; `file` is named when it cannot be read (ExpectedError "manifest-unreadable"). */
export function parseManifest(text: string, file: string): Manifest {
  const fields = fieldsOf(text, file);
  const external = fields.external_dependencies;
  const python = isDict(external) ? external.python : undefined;
  return {
    name: typeof fields.name === "string" ? fields.name : "",
    version: typeof fields.version === "string" ? fields.version : "1.0",
    depends: strings(fields.depends),
    installable: (fields.installable ?? true) === true,
    pythonDependencies: strings(python),
  };
}

/** Reads and parses the manifest of the module in `moduleDir`. */
export async function readManifest(moduleDir: string): Promise<Manifest> {
  const file = join(moduleDir, manifestFile);
  return parseManifest(await readFile(file, "utf8"), file);
}

/** The version as the database keeps it: "1.0" becomes "19.0.1.0" on series 19.0. */
export function storedVersion(version: string, { series, prefixesVersions }: SeriesFacts): string {
  if (prefixesVersions === "short") {
    const short = version.split(".").length <= 3;
    return short && !version.startsWith(series) ? `${series}.${version}` : version;
  }
  return version === series || !version.startsWith(`${series}.`) ? `${series}.${version}` : version;
}

function fieldsOf(text: string, file: string): { [key: string]: Literal } {
  let found: Literal;
  try {
    found = parsePythonLiteral(text);
  } catch (error) {
    throw unreadable(file, (error as Error).message, error);
  }
  if (!isDict(found)) throw unreadable(file, "it is not a dict");
  return found;
}

function unreadable(file: string, problem: string, cause?: unknown): ExpectedError {
  return new ExpectedError(
    {
      code: "manifest-unreadable",
      message: `Cannot read the manifest ${file}: ${problem}.`,
      remedy: "A manifest is one Python dict of literals; correct it and push again.",
    },
    { cause },
  );
}

function isDict(value: Literal | undefined): value is { [key: string]: Literal } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function strings(value: Literal | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
