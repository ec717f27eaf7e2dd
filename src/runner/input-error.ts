import { plainText } from "../platform/log.ts";

/** One input that cannot be used: what was found (never a secret's value) and what to give instead. */
export interface InputProblem {
  input: string;
  found: string;
  cure: string;
}

/** All problems with the inputs of an action at once. */
export class InputError extends Error {
  readonly problems: readonly InputProblem[];

  constructor(problems: readonly InputProblem[]) {
    const lines = problems.map(({ input, found, cure }) => `- ${input}: found ${found}; ${cure}`);
    const count = problems.length === 1 ? "An input" : `${problems.length} inputs`;
    super(`${count} cannot be used:\n${lines.join("\n")}`);
    this.name = "InputError";
    this.problems = problems;
  }
}

/** The shape of a value for an error message: for a secret its size only. */
export function describeShape(text: string, secret: boolean): string {
  if (text === "") return "nothing";
  if (!secret) return JSON.stringify(plainText(text, 80));
  const lines = text.split("\n").length;
  return `a secret of ${text.length} characters in ${lines === 1 ? "1 line" : `${lines} lines`}`;
}
