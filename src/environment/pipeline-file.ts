import { type Document, isMap, isNode, LineCounter, parseDocument, type YAMLError } from "yaml";
import { ExpectedError } from "../platform/errors.ts";
import { closest } from "./closest.ts";
import { type Problem, problemsOf } from "./pipeline-problems.ts";
import { type PipelineFile, pipelineSchema } from "./pipeline-schema.ts";
import { resolveInstance } from "./resolve.ts";

export type { PipelineFile } from "./pipeline-schema.ts";

/** Where a pipeline file lives unless an input says otherwise. */
export const PIPELINE_FILE = ".github/odoo-pipeline.yml";

/** Reads a pipeline file; throws one ExpectedError "invalid-pipeline-file" that lists every problem by line and column. */
export function parsePipelineFile(source: string, file: string): PipelineFile {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  if (document.errors.length > 0)
    throw invalid(
      file,
      document.errors.map((error) => syntaxProblem(error, lines)),
    );

  const place = (problem: Problem) => ({ ...position(document, lines, problem), message: describe(problem) });
  const parsed = pipelineSchema.safeParse(document.toJS() ?? {}, { reportInput: true });
  if (!parsed.success) throw invalid(file, problemsOf(parsed.error).map(place));

  const contradictions = checkNames(parsed.data);
  if (contradictions.length > 0) throw invalid(file, contradictions.map(place));
  return parsed.data;
}

interface Placed {
  line: number;
  column: number;
  message: string;
}

function invalid(file: string, problems: Placed[]): ExpectedError {
  const sorted = problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
  const list = sorted.map((p) => `  line ${p.line}, column ${p.column}: ${p.message}`).join("\n");
  return new ExpectedError({
    code: "invalid-pipeline-file",
    message: `The pipeline file ${file} cannot be used:\n${list}`,
    remedy: `Correct ${file}. Its schema is action-templates/odoo-pipeline.schema.json; editors check against it.`,
    location: { file, line: sorted[0]?.line ?? 1 },
  });
}

function syntaxProblem(error: YAMLError, lines: LineCounter): Placed {
  const { line, col } = lines.linePos(error.pos[0]);
  return { line, column: col, message: `not valid YAML: ${error.message}` };
}

function describe({ path, message, key }: Problem): string {
  return key !== undefined || path.length === 0 ? message : `${path.join(".")} ${message}`;
}

function position(document: Document, lines: LineCounter, { path, key }: Problem): { line: number; column: number } {
  for (let length = path.length; length >= 0; length--) {
    const found = document.getIn(path.slice(0, length), true);
    const pair = isMap(found) ? found.items.find((item) => isNode(item.key) && String(item.key) === key) : undefined;
    const at = pair && isNode(pair.key) ? pair.key : found;
    if (isNode(at) && at.range) {
      const { line, col } = lines.linePos(at.range[0]);
      return { line, column: col };
    }
  }
  return { line: 1, column: 1 };
}

/** What zod cannot see: names that refer to other parts of the file, and environments that must not meet. */
function checkNames(file: PipelineFile): Problem[] {
  const nodes = Object.keys(file.nodes);
  const problems: Problem[] = [];
  for (const [name, node] of Object.entries(file.nodes)) {
    if (node.host !== "local" && !node.user)
      problems.push({ path: ["nodes", name], message: "needs user, the SSH login" });
  }
  for (const [name, { node }] of Object.entries(file.environments)) {
    const path = ["environments", name, "node"];
    if (node === undefined && nodes.length > 1)
      problems.push({ path, message: `must name one of the nodes ${nodes.join(", ")}` });
    if (node !== undefined && !nodes.includes(node)) problems.push({ path, message: unknownName(node, nodes, "node") });
  }
  const through = file.refresh.connection?.through;
  if (through !== undefined && !nodes.includes(through)) {
    problems.push({ path: ["refresh", "connection", "through"], message: unknownName(through, nodes, "node") });
  }
  return [...problems, ...checkRoles(file), ...checkShared(file)];
}

/** One production, one staging, and branches that tell the roles apart. */
function checkRoles({ environments }: PipelineFile): Problem[] {
  const all = Object.entries(environments);
  const problems: Problem[] = [];
  for (const role of ["production", "staging"] as const) {
    const named = all.filter(([, environment]) => environment.role === role).map(([name]) => name);
    if (named.length === 0) problems.push({ path: ["environments"], message: `must have one with role: ${role}` });
    for (const name of named.slice(1)) {
      const path = ["environments", name, "role"];
      problems.push({ path, message: `must not be ${role} again: ${named[0]} is` });
    }
  }
  for (const [at, [name, { role, branch }]] of all.entries()) {
    const other = all.slice(0, at).find(([, before]) => before.branch === branch && before.role !== role);
    const path = ["environments", name, "branch"];
    if (other) problems.push({ path, message: `must be another branch than that of ${other[0]}` });
  }
  return problems;
}

/** Two environments that are one place: what is done to one would be done to the other. */
function checkShared(file: PipelineFile): Problem[] {
  const problems: Problem[] = [];
  const seen = new Map<string, string>();
  for (const name of Object.keys(file.environments)) {
    const { base, config, service, url, nodeName } = resolveInstance(file, name);
    const places = {
      url: [url.replace(/\/+$/, "").toLowerCase()],
      base: [nodeName, base],
      config: [nodeName, config],
      service: [nodeName, service],
    };
    for (const [key, place] of Object.entries(places)) {
      const id = JSON.stringify([key, ...place]);
      const other = seen.get(id);
      if (other === undefined) seen.set(id, name);
      else problems.push({ path: ["environments", name, key], message: `must not be that of ${other}` });
    }
  }
  return problems;
}

function unknownName(name: string, known: string[], what: string): string {
  const suggestion = closest(name, known);
  return `names the ${what} ${name}, which is not described${suggestion ? `: did you mean ${suggestion}?` : ` (${known.join(", ")})`}`;
}
