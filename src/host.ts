import { text } from "node:stream/consumers";
import { z } from "zod";
import { drive } from "./deploy/drive.ts";
import { follow } from "./deploy/follow.ts";
import { inspectInstance, servingCommit } from "./deploy/inspect.ts";
import { layoutOf } from "./deploy/layout.ts";
import { deploymentReference, deployRequestSchema } from "./deploy/request.ts";
import { abortDeployment, startDeployment, startRecovery, takeUpload } from "./deploy/start.ts";
import type { HostEvent } from "./environment/host-channel.ts";
import { absolutePath, instanceSchema } from "./environment/instance-schema.ts";
import { systemClock } from "./platform/clock.ts";
import { ExpectedError, messageOf } from "./platform/errors.ts";
import { activateCommand } from "./refresh/activation/activate-command.ts";
import { discardCommand } from "./refresh/activation/discard-command.ts";
import { missingFilesCommand, receiveFilesCommand, sendFilesCommand } from "./refresh/files-command.ts";
import { generateGuardCommand } from "./refresh/guard/generate-command.ts";
import { refreshCommand } from "./refresh/host-command.ts";
import { neutralizeCommand } from "./refresh/neutralize/neutralize-command.ts";
import { assistRefreshCommand } from "./refresh/node/assist-command.ts";

/** Does one command of the host program; the request is JSON on standard input. */
type Command = (request: unknown, emit: (event: HostEvent) => void) => Promise<unknown>;

const self = [process.execPath, ...process.execArgv, process.argv[1] ?? ""] as const;
const clock = systemClock;

const commands: Record<string, Command> = {
  serving: (request) => servingCommit(z.object({ base: absolutePath }).parse(request).base),
  inspect: (request) => inspectInstance(instanceSchema.parse(request)),
  deploy: (request, emit) =>
    startDeployment(deployRequestSchema.parse(request), { self, clock, say: (message) => say(emit, message) }),
  follow: (request, emit) => {
    const { base, id, after } = deploymentReference.parse(request);
    return follow(layoutOf(base), { id, after, clock }, emit);
  },
  refresh: refreshCommand,
  "assist-refresh": assistRefreshCommand,
  "generate-guard": generateGuardCommand,
  neutralize: neutralizeCommand,
  "missing-files": missingFilesCommand,
  "send-files": (request) => sendFilesCommand(request, process.stdout),
  activate: activateCommand,
  discard: discardCommand,
  abort: (request) => {
    const { base, id } = deploymentReference.parse(request);
    return abortDeployment(base, id);
  },
  recover: async (request, emit) => {
    const { base, id, after } = deploymentReference.partial({ id: true }).parse(request);
    const started = await startRecovery(base, { self, clock, say: (message) => say(emit, message) });
    return started
      ? await follow(layoutOf(base), { ...started, ...(started.id === id ? { after } : {}), clock }, emit)
      : null;
  },
};

function say(emit: (event: HostEvent) => void, message: string): void {
  emit({ type: "log", level: "info", message });
}

function emit(event: HostEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

/** Those that take bytes: after their arguments, or after a request of one line. */
const takers: Record<string, (first: string, second: string) => Promise<unknown>> = {
  upload: (target, sha256) => takeUpload(target, sha256, process.stdin),
  "receive-files": () => receiveFilesCommand(process.stdin),
};

/** The host program: does one command and says how it ended; never throws. */
export async function host([command = "", first = "", second = ""]: string[]): Promise<void> {
  if (command === "drive") return await drive(first, second);
  // Its standard output is bytes, so what it has to say goes beside them.
  const say = command === "send-files" ? process.stderr : process.stdout;
  const conclude = (event: HostEvent) => say.write(`${JSON.stringify(event)}\n`);
  try {
    const take = Object.hasOwn(takers, command) ? takers[command] : undefined;
    conclude({ type: "result", value: await (take ? take(first, second) : answer(command)) });
  } catch (error) {
    conclude({ type: "error", ...problemOf(error) });
    process.exitCode = 1;
  }
}

async function answer(command: string): Promise<unknown> {
  if (!Object.hasOwn(commands, command))
    throw new ExpectedError({
      code: "unknown-host-command",
      message: `The host program knows no command ${JSON.stringify(command)}.`,
      remedy: `Use one of ${Object.keys(commands).join(", ")}.`,
    });
  return await (commands[command] as Command)(JSON.parse(await text(process.stdin)), emit);
}

function problemOf(error: unknown): { code: string; message: string; remedy: string } {
  if (error instanceof ExpectedError) return { code: error.code, message: error.message, remedy: error.remedy };
  if (error instanceof z.ZodError) {
    const message = `The request to the host program is not valid: ${z.prettifyError(error)}`;
    return { code: "invalid-request", message, remedy: "Use the same version of the pipeline in all workflows." };
  }
  const remedy = "This is a defect of the pipeline or a fault of the host; look at what is printed above.";
  if (error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return { code: "unexpected", message: messageOf(error), remedy };
}

// Run from the sources; in the bundle a stub calls it.
if (import.meta.main) await host(process.argv.slice(2));
