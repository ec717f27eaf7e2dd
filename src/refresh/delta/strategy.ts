import { findGolden, type GoldenCopy } from "../golden/find.ts";
import { readCounters, readHorizon } from "../golden/record.ts";
import { whyNotUsable } from "../golden/usable.ts";
import type { ApprovedPlan } from "../plan/gate.ts";
import type { RefreshRun } from "../run.ts";
import { schemaHash } from "../schema/compare.ts";
import { joinSnapshot, type Snapshot } from "../source/snapshot.ts";
import { detectChanges } from "./detect.ts";
import { type Choice, choose, forecast } from "./forecast.ts";
import type { TableChange } from "./ways.ts";

/** Everything is copied, or only what changed since a golden copy. */
export type Strategy = Choice & ({ kind: "full" } | { kind: "delta"; golden: GoldenCopy; changes: TableChange[] });

/** Decides between a full refresh and a delta; reads the source only when a golden copy could serve. */
export async function chooseStrategy(run: RefreshRun, snapshot: Snapshot, approved: ApprovedPlan): Promise<Strategy> {
  const { mode = "full", goldenMs = 0 } = run.request.options ?? {};
  const full = (because: string): Strategy => ({ kind: "full", because });
  if (mode === "full") return full("asked for");
  if (goldenMs === 0) return full("no golden copy is kept (refresh.retention)");
  const golden = await findGolden(run.maintenance, run.target.connection, run.target.dbName);
  if (!golden) return full("there is no golden copy yet");
  const now = { ...(await readHorizon(snapshot.holder)), schemaSha256: schemaHash(approved.schema), at: snapshot.at };
  const reason = whyNotUsable(golden.record, now, goldenMs);
  if (reason !== undefined) return full(reason);
  const changes = await detect(run, snapshot, approved, golden);
  const choice = choose(mode, forecast(golden.record, changes));
  return choice.kind === "full" ? { ...choice, kind: "full" } : { ...choice, kind: "delta", golden, changes };
}

async function detect(run: RefreshRun, snapshot: Snapshot, { plan, ownPartners }: ApprovedPlan, golden: GoldenCopy) {
  const { jobs = 2, trustStatistics = false } = run.request.options ?? {};
  const open = Array.from({ length: jobs }, (_, index) =>
    joinSnapshot(run.sessions, run.source.connection, snapshot, `detect-${index}`),
  );
  const sessions = await Promise.all(open);
  try {
    const counters = trustStatistics ? await readCounters(snapshot.holder) : undefined;
    return await detectChanges(sessions, {
      ...{ plan, golden: golden.record, ownPartners, counters, progress: run.progress },
    });
  } finally {
    await Promise.all(sessions.map((session) => run.sessions.close(session)));
  }
}
