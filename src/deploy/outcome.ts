import { appendFile } from "node:fs/promises";
import { messageOf } from "../platform/errors.ts";
import { dataOf, type JournalEntry, statusOf } from "./journal.ts";
import { currentRelease } from "./release-folder.ts";
import type { DeployResult } from "./request.ts";
import type { Settled } from "./rollback.ts";
import type { DeploymentRun } from "./run.ts";

/** What a settled deployment left, in the words of its result. */
export async function describeSettled(
  run: DeploymentRun,
  settled: Settled,
): Promise<Pick<DeployResult, "outcome" | "state">> {
  const release = await currentRelease(run.layout);
  const serving = release === undefined ? "No release was deployed before" : `Release ${release} serves`;
  const { outcome, unhealthy } = settled;
  if (outcome === "nothing") return { outcome: "failed", state: `${serving}, as before: nothing was changed.` };
  if (outcome === "roll-forward") {
    const touched = dataOf(run.journal.entries, "CLOSE").database === "touched";
    const old = touched ? `the old database, kept as ${run.names.restorePoint},` : "the old version";
    const kept = `people may have worked with it, so ${old} was not put back`;
    if (unhealthy === undefined) return { outcome: "deployed", state: `${serving}; ${kept}.` };
    return { outcome: "failed", state: `Release ${release} is open but does not answer (${unhealthy}); ${kept}.` };
  }
  const data = "with its database, which was not changed";
  const kept = statusOf(run.journal.entries, "UPDATE") !== undefined || run.request.databaseCopy !== undefined;
  const failed = kept ? ` The database that failed is kept as ${run.names.failed}.` : "";
  if (unhealthy === undefined) return { outcome: "rolled-back", state: `${serving} again ${data}.${failed}` };
  return {
    outcome: "failed",
    state: `Release ${release} is back ${data}, but does not answer: ${unhealthy}.${failed}`,
  };
}

/** Writes the end of a deployment: journal, history, and the result that followers wait for. */
export async function conclude(run: DeploymentRun, result: DeployResult): Promise<DeployResult> {
  const ended: DeployResult = {
    ...result,
    phases: run.times,
    warnings: run.warnings,
    downtimeSeconds: downtimeSeconds(run.journal.entries),
  };
  await run.journal.releaseReserve().catch(() => {});
  await run.journal.tell("END", "done", { outcome: ended.outcome, state: ended.state });
  const { failure, ...told } = ended;
  const line = JSON.stringify({ ...told, ended: run.clock.now().toISOString(), failure: failure?.message });
  await appendFile(run.layout.history, `${line}\n`, { mode: 0o600 }).catch((error: unknown) =>
    run.events.warning(`Cannot write ${run.layout.history}: ${messageOf(error)}`),
  );
  run.events.emit({ type: "result", value: ended });
  return ended;
}

/** Seconds from the closing of the service until one was open again; 0 when it was never closed. */
export function downtimeSeconds(entries: readonly JournalEntry[]): number {
  const closed = entries.find((entry) => entry.phase === "CLOSE" && entry.status === "begin");
  const ends = (entry: JournalEntry) => ["OPEN", "ROLLBACK"].includes(entry.phase) && entry.status === "done";
  const opened = entries.findLast(ends);
  return closed && opened ? (Date.parse(opened.t) - Date.parse(closed.t)) / 1000 : 0;
}
