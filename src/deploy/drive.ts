import { type Clock, systemClock } from "../platform/clock.ts";
import { ExpectedError, messageOf } from "../platform/errors.ts";
import { readJson } from "../platform/files.ts";
import { deploy, emptyResult } from "./driver.ts";
import { Events } from "./events.ts";
import { readJournal, unfinishedDeployments } from "./journal.ts";
import { type Layout, layoutOf } from "./layout.ts";
import { conclude, describeSettled } from "./outcome.ts";
import { type DeployRequest, deployRequestSchema } from "./request.ts";
import { settle } from "./rollback.ts";
import { DeploymentRun } from "./run.ts";

/** The detached driver: settles what earlier deployments left, then carries out its own; runs while it holds the lock. */
export async function drive(base: string, id: string): Promise<void> {
  // The log may be on a full disk: what cannot be said there ends nothing.
  for (const output of [process.stdout, process.stderr]) output.on("error", () => {});
  const layout = layoutOf(base);
  const events = new Events(layout.deployment(id).events, systemClock);
  events.phase("DRIVER", "begin");
  const signal = cancelledBySignals();
  try {
    for (const unfinished of await unfinishedDeployments(layout)) {
      if (unfinished !== id) events.warning(`Deployment ${unfinished} never came to its end: it is settled first.`);
      await recover(layout, unfinished, systemClock);
    }
    if ((await readJournal(layout.deployment(id).journal)).length > 0) return;
    await using run = await DeploymentRun.open(await readRequest(layout, id), systemClock, signal);
    await deploy(run);
  } catch (error) {
    events.emit({ type: "error", ...problemOf(error) });
    throw error;
  }
}

/** Brings an instance to one whole version after its driver died. */
async function recover(layout: Layout, id: string, clock: Clock): Promise<void> {
  await using run = await DeploymentRun.open(await readRequest(layout, id), clock, new AbortController().signal);
  const { entries } = run.journal;
  const died = `Its driver died in phase ${entries.findLast((entry) => entry.status === "begin")?.phase ?? "LOCK"}.`;
  const settled = await describeSettled(run, await settle(run));
  await conclude(run, { ...emptyResult(run.request), ...settled, failure: driverDied(died) });
}

function driverDied(message: string) {
  return { phase: "DRIVER", code: "driver-died", message, remedy: "See driver.log on the host, then run again." };
}

async function readRequest(layout: Layout, id: string): Promise<DeployRequest> {
  return await readJson(layout.deployment(id).request, (value) => deployRequestSchema.parse(value));
}

/** What a runner's cancellation, a person's kill or a shutdown sends is taken as a wish to go back. */
function cancelledBySignals(): AbortSignal {
  const controller = new AbortController();
  const reason = new ExpectedError({
    code: "cancelled",
    message: "The deployment was cancelled.",
    remedy: "Run the workflow again when you want it.",
  });
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => controller.abort(reason));
  return controller.signal;
}

function problemOf(error: unknown): { code: string; message: string; remedy: string } {
  if (error instanceof ExpectedError) return { code: error.code, message: error.message, remedy: error.remedy };
  return {
    code: "unexpected",
    message: messageOf(error),
    remedy: "Look at driver.log of this deployment on the host.",
  };
}
