import { appendFile } from "node:fs/promises";
import { messageOf } from "../platform/errors.ts";
import type { JournalEntry } from "./journal.ts";
import type { Recovery } from "./recover.ts";
import { currentRelease } from "./release-folder.ts";
import type { DeployResult } from "./request.ts";
import type { DeploymentRun } from "./run.ts";

/** What a settled deployment left, in the words of its result. */
export async function describeSettled(
  run: DeploymentRun,
  recovery: Recovery,
): Promise<Pick<DeployResult, "outcome" | "state">> {
  const release = await currentRelease(run.layout);
  const serving = release === undefined ? "No release was deployed before" : `Release ${release} serves`;
  if (recovery.outcome === "nothing")
    return { outcome: "failed", state: `${serving}, as before: nothing was changed.` };
  if (recovery.outcome === "restore") {
    const kept = `the database that failed is kept as ${run.names.failed}`;
    return { outcome: "rolled-back", state: `${serving} again with the database as it was before; ${kept}.` };
  }
  if (recovery.outcome === "reopen")
    return { outcome: "rolled-back", state: `${serving} again; the database holds what it held before.` };
  return {
    outcome: "failed",
    state: `${serving} and was opened: people may have worked with it, so the old database was not put back. It is kept as ${run.names.restorePoint}.`,
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
  await run.journal.write("END", "done", { outcome: ended.outcome, state: ended.state });
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
