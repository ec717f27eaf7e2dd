import { newestManifest } from "../../environment/copy-manifest.ts";
import type { Session } from "../../platform/postgres.ts";
import type { RefreshRun } from "../run.ts";
import { TARGET_SETTINGS } from "../sessions.ts";
import type { DetectorName } from "../verify/detectors.ts";
import type { ApprovedPlan } from "./gate.ts";
import type { Plan } from "./plan.ts";
import { diffPlans, type PlanDiff, planLines } from "./plan-lines.ts";
import { sampleKept } from "./sample.ts";

/** What a dry run tells besides the plan itself. */
export interface PlanReport {
  /** What became different since the copy that is staging now; absent when that one carries no plan. */
  diff?: PlanDiff;
  /** The run whose plan it was compared with. */
  since?: string;
  /** Columns whose values are kept although a detector sees more than a few of what it looks for. */
  advisory: Advisory[];
}

/** Counts of one detector in the first rows of a kept column. */
export interface Advisory {
  column: string;
  detector: DetectorName;
  /** Rows that hold anything, of those that were looked at, and those in which the detector saw something. */
  filled: number;
  hits: number;
}

// Half a percent: a single address in a template is no reason to look again.
const NOTEWORTHY = 0.005;

/** Prints the plan, compares it with the one before, and looks at what is kept; changes nothing on either side. */
export async function reportPlan(run: RefreshRun, source: Session, { plan }: ApprovedPlan): Promise<PlanReport> {
  const lines = planLines(plan);
  await run.log.group(`The plan, ${lines.length} lines: column, treatment, who decided, reason`, async () => {
    for (const line of lines) run.log.info(line);
  });
  const last = await lastPlan(run);
  const advisory = await lookAtKept(source, plan);
  return { ...(last ? { diff: diffPlans(last.lines, lines), since: last.id } : {}), advisory };
}

async function lastPlan({
  maintenance,
  sessions,
  target,
}: RefreshRun): Promise<{ id: string; lines: string[] } | undefined> {
  if (!(await isOpen(maintenance, target.dbName))) return undefined;
  const manifest = await sessions.with(target.connection, "last-plan", TARGET_SETTINGS, newestManifest);
  const { id, plan } = JSON.parse(manifest?.text ?? "{}") as { id?: string; plan?: string[] };
  return id !== undefined && Array.isArray(plan) ? { id, lines: plan } : undefined;
}

async function isOpen(maintenance: Session, database: string): Promise<boolean> {
  const [row] = await maintenance.query<{ open: boolean }>(
    "SELECT datallowconn AS open FROM pg_catalog.pg_database WHERE datname = $1",
    [database],
  );
  return row?.open === true;
}

async function lookAtKept(source: Session, plan: Plan): Promise<Advisory[]> {
  const advisory: Advisory[] = [];
  for (const planned of plan.tables) {
    for (const { column, filled, hits } of await sampleKept(source, planned)) {
      for (const [detector, count] of Object.entries(hits)) {
        if (count <= filled * NOTEWORTHY) continue;
        advisory.push({ column: `${planned.name}.${column}`, detector: detector as DetectorName, filled, hits: count });
      }
    }
  }
  return advisory;
}
