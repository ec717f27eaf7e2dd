import { redactText, tailLines } from "./output.ts";
import { quoteArgv } from "./shell.ts";

/** How a command failed, before anything is redacted. */
export interface CommandFailure {
  argv: readonly string[];
  /** What happened, to be read after the command: "ended with exit code 2". */
  what: string;
  code?: number | null;
  signal?: string | null;
  stderr?: string;
  timedOut?: boolean;
  redact?: readonly string[];
  cause?: unknown;
}

/** A command that could not start, was killed, or ended with an exit code that is not allowed; redacted throughout. */
export class CommandError extends Error {
  readonly argv: string[];
  readonly code: number | null;
  readonly signal: string | null;
  /** The last 20 lines of standard error. */
  readonly stderrTail: string;
  readonly timedOut: boolean;

  constructor(failure: CommandFailure) {
    const redact = failure.redact ?? [];
    const argv = failure.argv.map((word) => redactText(word, redact));
    const tail = tailLines(failure.stderr ?? "", redact);
    const cause = failure.cause === undefined ? {} : { cause: failure.cause };
    super(`${commandLine(argv)} ${failure.what}${tail ? `:\n${tail}` : ""}`, cause);
    this.name = "CommandError";
    this.argv = argv;
    this.code = failure.code ?? null;
    this.signal = failure.signal ?? null;
    this.stderrTail = tail;
    this.timedOut = failure.timedOut ?? false;
  }
}

function commandLine(argv: string[]): string {
  const line = quoteArgv(argv.map((word) => word.replaceAll("\0", "\\0")));
  return line.length > 300 ? `${line.slice(0, 300)} [...]` : line;
}
