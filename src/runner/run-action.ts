import { setOutput } from "@actions/core";
import { type Context, readContext } from "./context.ts";
import { refuseDangerousEvent } from "./event.ts";
import { describeFailure } from "./failure.ts";
import { type InputSpec, type Inputs, readInputs } from "./inputs.ts";
import { RunnerLog } from "./log.ts";
import { openSummary } from "./summary.ts";

/** Outputs of an action by their names in action.yml; undefined is left out, anything but text becomes JSON. */
export type Outputs = Record<string, unknown>;

/** What an action does with its inputs. */
export type Main<S extends InputSpec> = (inputs: Inputs<S>, context: Context) => Promise<Outputs>;

// The runner kills 10 s after its first signal; what still runs shortly before has to go.
const CANCEL_GRACE_MS = 9_500;

/** Runs an action: the only place that catches. Sets the exit code; ends the process itself only when cancelled in vain. */
export async function runAction<S extends InputSpec>(name: string, spec: S, main: Main<S>): Promise<void> {
  const log = new RunnerLog();
  const cancellation = listenForCancel(name, log);
  // Once: what fails while it reports must end the process, not be reported again.
  const onStray = (error: unknown) => void report(name, log, error).finally(() => process.exit(1));
  process.once("uncaughtException", onStray);
  // Nobody reads any more (`| head`): what is under way goes on, and a signal still ends it.
  for (const output of [process.stdout, process.stderr]) output.on("error", () => {});
  try {
    const inputs = readInputs(spec, process.env);
    refuseDangerousEvent(process.env.GITHUB_EVENT_NAME ?? "");
    const context = await readContext(process.env, { log, signal: cancellation.signal });
    publish(await main(inputs, context));
  } catch (error) {
    await report(name, log, error);
  } finally {
    cancellation.end();
    process.off("uncaughtException", onStray);
  }
}

function publish(outputs: Outputs): void {
  for (const [name, value] of Object.entries(outputs)) if (value !== undefined) setOutput(name, value);
}

async function report(name: string, log: RunnerLog, error: unknown): Promise<void> {
  process.exitCode = 1;
  const failure = describeFailure(name, error);
  log.error(failure.message, failure.title, failure.location);
  if (failure.details.length > 0) {
    await log.group("Details of the failure", async () => log.foreign(name, failure.details.join("\n")));
  }
  // The failure is told already; a full disk must not hide it behind another one.
  await openSummary(process.env.GITHUB_STEP_SUMMARY)
    .add(failure.summary)
    .catch(() => log.warning("The job summary could not be written."));
}

function listenForCancel(name: string, log: RunnerLog): { signal: AbortSignal; end(): void } {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    if (controller.signal.aborted) return;
    log.info(`${name}: the job is cancelled (${signal}); leaving things in order.`);
    controller.abort(new Error(`the job was cancelled (${signal})`));
    timer = setTimeout(() => {
      log.error("It did not end in time after the cancel and is stopped.", `${name}: cancelled`);
      process.exit(130);
    }, CANCEL_GRACE_MS);
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  const end = () => {
    clearTimeout(timer);
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
  };
  return { signal: controller.signal, end };
}
