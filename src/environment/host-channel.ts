import { Readable, type Writable } from "node:stream";
import { ExpectedError } from "../platform/errors.ts";
import type { Log } from "../platform/log.ts";
import { CommandError, type RunResult } from "../platform/process.ts";
import type { HostEvent } from "./host-events.ts";
import { parseHostEvent } from "./host-events.ts";
import { openLocalProgram } from "./host-local.ts";
import { openRemoteProgram } from "./host-remote.ts";
import type { NodeDefinition } from "./pipeline-schema.ts";

export type { HostEvent } from "./host-events.ts";

/** A way to the host program of one node; every call is one process there. */
export interface HostChannel {
  /**
   * Runs one command of the host program and returns its result. `log` and `foreign` events go to the log, phases and
   * progress to `onEvent`. Throws ExpectedError as the program reported it, or HostConnectionLost.
   */
  call(command: string, request: unknown, onEvent?: (event: HostEvent) => void, signal?: AbortSignal): Promise<unknown>;
  /** Streams bytes into a file on the host and returns its path there; the host checks the SHA-256 (hex). */
  upload(name: string, data: Readable | Buffer, sha256: string): Promise<string>;
  /** Runs a command that answers with bytes, which go to `sink`, and tells its events on standard error. */
  pull(command: string, request: unknown, sink: Writable, signal?: AbortSignal): Promise<unknown>;
  /** Runs a command that takes bytes after its request. */
  push(command: string, request: unknown, data: Readable, signal?: AbortSignal): Promise<unknown>;
  close(): Promise<void>;
}

/** How the host program is started on a node; the difference between the local machine and SSH. */
export interface HostProgram {
  start(args: string[], options: StartOptions): Promise<RunResult>;
  close(): Promise<void>;
}

/** Options of one start: standard input, a line handler for standard output, and a signal that stops it. */
export interface StartOptions {
  stdin: Readable | Buffer | string;
  onStdout: (line: string) => void;
  onStderr: (line: string) => void;
  /** Takes standard output as it is, instead of `onStdout`. */
  stdoutTo?: Writable;
  signal?: AbortSignal;
}

/** What is needed to reach a node: the folder of the bundle, and for SSH the key and the known host keys. */
export interface HostAccess {
  log: Log;
  /** Folder with `host.js` (the bundle) or `host.ts` (the sources, local nodes only). */
  bundleDir: string;
  privateKey?: string | undefined;
  knownHosts?: string | undefined;
}

/** The host program ended without a result: the connection broke or the program was killed; work there may go on. */
export class HostConnectionLost extends ExpectedError {}

/** Opens the channel to a node: a child process for `host: local`, SSH otherwise. */
export async function openHost(node: NodeDefinition, access: HostAccess): Promise<HostChannel> {
  const program = node.host === "local" ? await openLocalProgram(access) : await openRemoteProgram(node, access);
  return new ProgramChannel(program, access.log, node.host);
}

interface Exchange {
  stdin: StartOptions["stdin"];
  stdoutTo?: Writable;
  onEvent?: ((event: HostEvent) => void) | undefined;
  signal?: AbortSignal | undefined;
}

async function* afterLine(line: string, data: Readable): AsyncGenerator<Buffer> {
  yield Buffer.from(`${line}\n`);
  yield* data;
}

class ProgramChannel implements HostChannel {
  readonly #program: HostProgram;
  readonly #log: Log;
  readonly #host: string;

  constructor(program: HostProgram, log: Log, host: string) {
    this.#program = program;
    this.#log = log;
    this.#host = host;
  }

  call(
    command: string,
    request: unknown,
    onEvent?: (event: HostEvent) => void,
    signal?: AbortSignal,
  ): Promise<unknown> {
    return this.#run([command], { stdin: JSON.stringify(request), onEvent, signal });
  }

  pull(command: string, request: unknown, sink: Writable, signal?: AbortSignal): Promise<unknown> {
    return this.#run([command], { stdin: JSON.stringify(request), stdoutTo: sink, signal });
  }

  push(command: string, request: unknown, data: Readable, signal?: AbortSignal): Promise<unknown> {
    return this.#run([command], { stdin: Readable.from(afterLine(JSON.stringify(request), data)), signal });
  }

  async upload(name: string, data: Readable | Buffer, sha256: string): Promise<string> {
    const path = await this.#run(["upload", name, sha256], { stdin: data });
    if (typeof path === "string") return path;
    throw this.#lost("upload", "it answered without the path of the file");
  }

  close(): Promise<void> {
    return this.#program.close();
  }

  async #run(args: string[], { stdin, stdoutTo, onEvent, signal }: Exchange) {
    const answer: { last?: HostEvent } = {};
    const onLine = (line: string) => {
      const event = parseHostEvent(line);
      if (event?.type === "result" || event?.type === "error") answer.last = event;
      else this.#pass(event, line, onEvent);
    };
    const output = stdoutTo
      ? { stdoutTo, onStdout: () => {}, onStderr: onLine }
      : { onStdout: onLine, onStderr: (line: string) => this.#log.foreign(this.#host, line) };
    const failure = await this.#program
      .start(args, { stdin, ...output, ...(signal ? { signal } : {}) })
      .then(({ code }) => `it ended with exit code ${code}`, reasonOf);
    signal?.throwIfAborted();
    if (answer.last?.type === "result") return answer.last.value;
    if (answer.last?.type === "error") throw new ExpectedError(answer.last);
    throw this.#lost(args[0] ?? "", failure);
  }

  #pass(event: HostEvent | undefined, line: string, onEvent: Exchange["onEvent"]): void {
    if (!event) this.#log.foreign(this.#host, line);
    else if (event.type === "foreign") this.#log.foreign(event.source, event.text);
    else if (event.type === "log") this.#log[event.level](event.message);
    else onEvent?.(event);
  }

  #lost(command: string, reason: string): HostConnectionLost {
    return new HostConnectionLost({
      code: "host-connection-lost",
      message: `The host program on ${this.#host} gave no result for ${command}: ${reason}.`,
      remedy:
        "A deployment that it started goes on by itself. Check that the host is reachable, then run the workflow again.",
    });
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof CommandError)) throw error;
  const ending = error.timedOut ? "it ran out of time" : `it ended with ${error.signal ?? `exit code ${error.code}`}`;
  const tail = error.stderrTail.trim().split("\n").at(-1);
  return tail ? `${ending} (${tail})` : ending;
}
