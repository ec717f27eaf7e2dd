import { ExpectedError, type Location, messageOf } from "../platform/errors.ts";
import { codeBlock, escapeMarkdown, table } from "../platform/text.ts";
import { InputError } from "./input-error.ts";

/** How a failure is shown: one annotation, a part of the summary, and details for the one who looks closer. */
export interface Failure {
  title: string;
  message: string;
  location?: Location;
  summary: string;
  /** For a folded group; empty when nothing more is to be said. */
  details: string[];
}

/** Says what a thrown error means to the people who read the job of action `name`. */
export function describeFailure(name: string, error: unknown): Failure {
  if (error instanceof InputError) return inputFailure(name, error);
  if (error instanceof ExpectedError) return expectedFailure(name, error);
  const message = `${name} failed: ${messageOf(error)}`;
  return { title: `${name}: failure`, message, summary: heading(name, message), details: causesOf(error) };
}

function inputFailure(name: string, error: InputError): Failure {
  const rows = error.problems.map(({ input, found, cure }) => [input, found, cure].map(escapeMarkdown));
  const summary = `### ${escapeMarkdown(name)}: inputs\n\n${table(["input", "found", "what to do"], rows)}\n`;
  return { title: `${name}: inputs`, message: error.message, summary, details: [] };
}

function expectedFailure(name: string, error: ExpectedError): Failure {
  const message = `${error.message}\nWhat to do: ${error.remedy}`;
  return {
    title: `${name}: ${error.code}`,
    message,
    ...(error.location ? { location: error.location } : {}),
    summary: `${heading(name, error.message)}\n**What to do:** ${prose(error.remedy)}\n`,
    details: error.cause === undefined ? [] : causesOf(error.cause),
  };
}

function heading(name: string, message: string): string {
  return `### ❌ ${escapeMarkdown(name)}\n\n${prose(message)}\n`;
}

/** The first line is prose; what follows are names, commands or rules to paste, and stays as it is. */
function prose(text: string): string {
  const [first = "", ...rest] = text.split("\n");
  return rest.length === 0 ? escapeMarkdown(first) : `${escapeMarkdown(first)}\n\n${codeBlock(rest)}`;
}

function causesOf(error: unknown): string[] {
  const causes: unknown[] = [];
  for (let next = error; next !== undefined && next !== null && causes.length < 10; next = (next as Error).cause)
    causes.push(next);
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  return [...causes.slice(1).map((cause) => `caused by: ${messageOf(cause)}`), stack].filter((text) => text !== "");
}
