import type { z } from "zod";
import { closest } from "./closest.ts";
import { pipelineSchema } from "./pipeline-schema.ts";

/** One thing wrong with a pipeline file, at a path inside it. */
export interface Problem {
  path: readonly PropertyKey[];
  message: string;
  /** The key itself is at fault, not its value. */
  key?: string;
  /** The known key that was probably meant. */
  suggestion?: string | undefined;
}

/** Says zod's complaints as a person would; a mistyped key is not reported a second time as a missing one. */
export function problemsOf(error: z.ZodError): Problem[] {
  const problems = error.issues.flatMap(translate);
  const suggested = new Set(problems.filter((p) => p.suggestion).map((p) => [...p.path, p.suggestion].join("\n")));
  return problems.filter(({ path }) => !suggested.has(path.join("\n")));
}

function translate(issue: z.core.$ZodIssue): Problem[] {
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey(key, issue.path));
  if (issue.code === "invalid_key") return [{ path: issue.path, message: issue.issues[0]?.message ?? issue.message }];
  if (issue.code === "invalid_type" && issue.input === undefined) {
    return [{ path: issue.path, message: `is missing (${issue.expected})` }];
  }
  // Of a mapping that is one, its own keys are what is wrong.
  const seen = issue.code === "custom" && typeof issue.input === "object" ? "" : found(issue.input);
  return [{ path: issue.path, message: `${demandOf(issue)}${seen}` }];
}

const KINDS: Readonly<Record<string, string>> = {
  string: "a text (in quotes, where YAML reads something else)",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping of keys",
  record: "a mapping of keys",
};

/** What the schema says of a value, or where it says nothing of its own, what zod means. */
function demandOf(issue: z.core.$ZodIssue): string {
  if (!/^(Invalid (input|option)|Too (small|big))\b/.test(issue.message)) return issue.message;
  if (issue.code === "invalid_type") return `must be ${KINDS[issue.expected] ?? issue.expected}`;
  if (issue.code === "invalid_value")
    return `must be ${issue.values.length > 1 ? "one of " : ""}${issue.values.join(", ")}`;
  if (issue.code === "too_small") return `must ${issue.origin === "array" ? "have" : "be"} at least ${issue.minimum}`;
  if (issue.code === "too_big") return `must ${issue.origin === "array" ? "have" : "be"} at most ${issue.maximum}`;
  return issue.message;
}

// Long texts are not shown: a key or a password may have come into the wrong place.
function found(value: unknown): string {
  if (value === undefined) return "";
  if (Array.isArray(value)) return ", found a list";
  if (typeof value === "object" && value !== null) return ", found a mapping";
  const shown = JSON.stringify(value);
  return `, found ${shown.length > 40 ? `a text of ${shown.length - 2} characters` : shown}`;
}

function unknownKey(key: string, path: Problem["path"]): Problem {
  const known = keysAt(path);
  const suggestion = closest(key, known);
  const where = path.length === 0 ? "the top" : path.join(".");
  const hint = suggestion ? `did you mean ${suggestion}?` : `${where} knows ${known.join(", ")}`;
  return { path, key, suggestion, message: `unknown key ${key}: ${hint}` };
}

// biome-ignore lint/suspicious/noExplicitAny: zod's own definition objects are walked, which have no common static type
type AnySchema = any;

/** The keys that the schema knows at a path; names of records and indexes of lists are stepped over. */
function keysAt(path: Problem["path"]): string[] {
  let schema: AnySchema = pipelineSchema;
  for (const step of path) {
    const { shape, _zod } = unwrap(schema);
    schema = shape?.[step] ?? _zod.def.valueType ?? _zod.def.element;
  }
  const reached = unwrap(schema);
  const variants: AnySchema[] = reached._zod.def.options ?? [reached];
  return [...new Set(variants.flatMap((variant) => Object.keys(unwrap(variant).shape ?? {})))];
}

function unwrap(schema: AnySchema): AnySchema {
  const inner = schema._zod.def.innerType ?? schema._zod.def.in;
  return inner ? unwrap(inner) : schema;
}
