import type { Readable, Writable } from "node:stream";
import { finished, pipeline } from "node:stream/promises";
import { CommandError } from "./command-error.ts";
import { LineSplitter, TailBuffer } from "./output.ts";
import { bytes, duration } from "./text.ts";

/** Where a child runs, and what is added to its environment (see `childEnvironment`). */
export interface SpawnOptions {
  cwd?: string;
  env?: Record<string, string>;
}

/** How to run a command to its end. */
export interface RunOptions extends SpawnOptions {
  stdin?: string | Buffer | NodeJS.ReadableStream;
  /** Default 600000; then the kill ladder. */
  timeoutMs?: number;
  /** Default 64 MiB; more kills the command, unless `onStdout` takes the lines: then only the end is returned. */
  maxOutputBytes?: number;
  onStdout?: (line: string) => void;
  onStderr?: (line: string) => void;
  /** Default [0]. */
  allowedExitCodes?: number[] | "any";
  /** Texts that must not appear in errors. */
  redact?: string[];
  /** Aborting it is the kill ladder and a `CommandError`. */
  signal?: AbortSignal;
  /** Takes the raw standard output instead of the result; is ended with it. */
  stdoutTo?: NodeJS.WritableStream;
}

/** What a command said; `stderr` holds at most its last 1 MiB. */
export interface RunResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** How a process ended: by `code`, or killed by `signal`. */
export interface Exit {
  code: number | null;
  signal: string | null;
}

/** A running child in a process group of its own. */
export interface ChildHandle {
  readonly pid: number;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly exited: Promise<Exit>;
  /** Ends the whole process group: SIGINT, after 4 s SIGTERM, after 2 s more SIGKILL. */
  stop(): Promise<void>;
}

// A daemon that a command leaves behind may hold its output open; so long we wait for more.
const QUIET_MS = 2_000;

/** One run of a command, and the one reason why it was stopped, if it was. */
export class SupervisedRun {
  readonly #argv: readonly string[];
  readonly #options: RunOptions;
  readonly #child: ChildHandle;
  readonly #stdout: TailBuffer;
  readonly #stderr = new TailBuffer(1 << 20);
  readonly #timer: NodeJS.Timeout;
  readonly #onAbort = () => this.#stop("was cancelled", this.#options.signal?.reason);
  #lastOutput = 0;
  #stopped: { what: string; timedOut: boolean; cause?: unknown; done: Promise<void> } | undefined;

  constructor(argv: readonly string[], child: ChildHandle, options: RunOptions) {
    this.#argv = argv;
    this.#options = options;
    this.#stdout = new TailBuffer(options.maxOutputBytes ?? 64 << 20);
    this.#child = child;
    const timeoutMs = options.timeoutMs ?? 600_000;
    this.#timer = setTimeout(() => this.#stop(`took longer than ${duration(timeoutMs)}`, undefined, true), timeoutMs);
    options.signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  async result(): Promise<RunResult> {
    const outputs = Promise.all([this.#readStdout(), this.#readStderr()]);
    this.#feed();
    const exit = await this.#child.exited;
    await this.#outputsEnd(outputs);
    await this.#stopped?.done;
    const what = this.#stopped?.what ?? this.#verdict(exit);
    if (what !== undefined || exit.code === null) throw this.#error(exit, what ?? "was killed");
    return { code: exit.code, stdout: this.#stdout.text(), stderr: this.#stderr.text() };
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
  }

  #stop(what: string, cause?: unknown, timedOut = false): void {
    this.#stopped ??= { what, timedOut, cause, done: this.#child.stop() };
  }

  #verdict({ code, signal }: Exit): string | undefined {
    if (code === null) return `was killed by ${signal}`;
    const allowed = this.#options.allowedExitCodes ?? [0];
    return allowed === "any" || allowed.includes(code) ? undefined : `ended with exit code ${code}`;
  }

  #error(exit: Exit, what: string): CommandError {
    const { timedOut = false, cause } = this.#stopped ?? {};
    const redact = this.#options.redact ?? [];
    return new CommandError({ argv: this.#argv, what, ...exit, stderr: this.#stderr.text(), timedOut, redact, cause });
  }

  async #readStdout(): Promise<void> {
    const { stdoutTo, onStdout } = this.#options;
    if (stdoutTo) {
      await pipeline(this.#child.stdout, stdoutTo).catch((e: unknown) => this.#stop("lost the taker of its output", e));
      return;
    }
    await this.#read(this.#child.stdout, this.#stdout, onStdout, () => {
      if (!onStdout) this.#stop(`printed more than ${bytes(this.#options.maxOutputBytes ?? 64 << 20)}`);
    });
  }

  #readStderr(): Promise<void> {
    return this.#read(this.#child.stderr, this.#stderr, this.#options.onStderr, () => {});
  }

  async #read(stream: Readable, kept: TailBuffer, onLine = (_line: string) => {}, overflow: () => void): Promise<void> {
    const lines = new LineSplitter(onLine);
    const guarded = (work: () => void) => {
      try {
        work();
      } catch (error) {
        this.#stop("said something that could not be taken", error);
      }
    };
    stream.on("data", (chunk: Buffer) => {
      this.#lastOutput = Date.now();
      kept.write(chunk);
      if (kept.overflowed) overflow();
      guarded(() => lines.write(chunk));
    });
    await finished(stream).catch(() => {});
    guarded(() => lines.end());
  }

  async #outputsEnd(outputs: Promise<unknown>): Promise<void> {
    const exitedAt = Date.now();
    while (!(await settledWithin(outputs, 250))) {
      const quiet = Date.now() - Math.max(this.#lastOutput, exitedAt) > QUIET_MS;
      if (!quiet) continue;
      this.#child.stderr.destroy();
      if (!this.#options.stdoutTo) this.#child.stdout.destroy();
    }
  }

  #feed(): void {
    const { stdin } = this.#options;
    if (stdin === undefined || typeof stdin === "string" || Buffer.isBuffer(stdin)) {
      this.#child.stdin.end(stdin);
      return;
    }
    pipeline(stdin, this.#child.stdin).catch((error: NodeJS.ErrnoException) => {
      const childClosed = ["EPIPE", "ECONNRESET", "ERR_STREAM_PREMATURE_CLOSE"].includes(error.code ?? "");
      if (!childClosed) this.#stop("lost the giver of its input", error);
    });
  }
}

/** Whether a promise is fulfilled within a time. */
export async function settledWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, ms, false);
  });
  return Promise.race([promise.then(() => true), timeout]).finally(() => clearTimeout(timer));
}
