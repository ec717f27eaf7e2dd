/** A place in a file of the user's repository; lines count from 1. */
export interface Location {
  file: string;
  line?: number;
}

/** What is told to a person when something foreseen goes wrong; `code` is kebab-case and stable. */
export interface Problem {
  code: string;
  message: string;
  remedy: string;
  location?: Location;
}

/** A foreseen failure: says what was attempted and found (`message`) and what to do about it (`remedy`). */
export class ExpectedError extends Error {
  readonly code: string;
  readonly remedy: string;
  readonly location?: Location;

  constructor(problem: Problem, options?: { cause?: unknown }) {
    super(problem.message, options);
    this.name = new.target.name;
    this.code = problem.code;
    this.remedy = problem.remedy;
    if (problem.location) this.location = problem.location;
  }
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
