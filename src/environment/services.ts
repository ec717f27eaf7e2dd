import { userInfo } from "node:os";
import { ExpectedError, messageOf } from "../platform/errors.ts";
import { run } from "../platform/process.ts";
import type { ServiceDefinition } from "./pipeline-schema.ts";

/** The Odoo service of an instance, on its own host. */
export interface Service {
  /** Returns when the service was told to run; it may not answer yet. */
  start(): Promise<void>;
  /** Returns when it runs no more. */
  stop(): Promise<void>;
  isRunning(): Promise<boolean>;
}

const verbLimitMs = 300_000;
/** What `status` of a custom command answers for a stopped service, as LSB init scripts do. */
const stoppedCode = 3;

/** The service that a definition names; `environment` is told to a custom command as ENVIRONMENT. */
export function openService(definition: ServiceDefinition, environment: string): Service {
  return definition.kind === "systemd"
    ? systemdService(definition.unit)
    : customService(definition.command, environment);
}

function systemdService(unit: string): Service {
  const sudo = userInfo().uid === 0 ? [] : ["sudo", "-n"];
  const systemctl = async (verb: string, allowed: number[] = [0]) => {
    const [command = "", ...args] = [...sudo, "systemctl", verb, "--", unit];
    return await attempt(`systemctl ${verb} ${unit}`, () =>
      run(command, args, { timeoutMs: verbLimitMs, allowedExitCodes: allowed }),
    );
  };
  return {
    start: async () => void (await systemctl("start")),
    stop: async () => void (await systemctl("stop")),
    isRunning: async () => ["active", "activating"].includes((await systemctl("is-active", [0, 3])).stdout.trim()),
  };
}

function customService(argv: readonly string[], environment: string): Service {
  const [command = "", ...given] = argv;
  const call = (verb: string, allowed: number[] = [0]) =>
    attempt(`${argv.join(" ")} ${verb}`, () =>
      run(command, [...given, verb], {
        env: { ENVIRONMENT: environment },
        // What is started here outlives the folder that the runner works in.
        cwd: "/",
        timeoutMs: verbLimitMs,
        allowedExitCodes: allowed,
      }),
    );
  return {
    start: async () => void (await call("start")),
    stop: async () => void (await call("stop")),
    isRunning: async () => (await call("status", [0, stoppedCode])).code === 0,
  };
}

async function attempt<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const problem = {
      code: "service-command",
      message: `${what} failed: ${messageOf(cause)}`,
      remedy: "Run it on the host as the pipeline's user; systemd units need a sudo rule without password.",
    };
    throw new ExpectedError(problem, { cause });
  }
}
