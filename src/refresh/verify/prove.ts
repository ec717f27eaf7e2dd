import { signManifest } from "../../environment/copy-manifest.ts";
import type { Session } from "../../platform/postgres.ts";
import type { CopiedTable } from "../copy/copy.ts";
import { writtenSince } from "../delta/detect.ts";
import { protectedBy } from "../guard/verdict.ts";
import type { ApprovedPlan } from "../plan/gate.ts";
import { builtConnection, type RefreshRun } from "../run.ts";
import { SOURCE_SETTINGS, TARGET_SETTINGS } from "../sessions.ts";
import { joinSnapshot, type Snapshot } from "../source/snapshot.ts";
import { collectKnownValues } from "./known.ts";
import { makeManifest, type StoredManifest, sha256 as sha256Of, writeManifest } from "./manifest.ts";
import { type ResidualScan, SCAN_SETTINGS, scanCopy } from "./scan.ts";
import { judgeScan } from "./scan-verdict.ts";
import { seenInKept, warnOfSecrets } from "./seen-in-kept.ts";
import { type Check, requirePassed, verifyComments, verifyHarmless, verifyIdentity } from "./verify.ts";

const SESSION_SETTINGS = { ...TARGET_SETTINGS, ...SCAN_SETTINGS };
// As many processes on production as there are jobs; values are put together by hash.
const COLLECT_SETTINGS = { jit: "off", work_mem: "32MB", enable_sort: "off", max_parallel_workers_per_gather: "0" };

/** Brings keyed hashes of production's personal values beside the copy, for the scan; not into a golden copy. */
export async function collectKnown(run: RefreshRun, snapshot: Snapshot, approved: ApprovedPlan): Promise<void> {
  const { sessions, source, request } = run;
  const open = Array.from({ length: request.options?.jobs ?? 2 }, async (_, at) => ({
    source: await joinSnapshot(sessions, source.connection, snapshot, `known-${at}`, COLLECT_SETTINGS),
    target: await sessions.open(builtConnection(run), `seen-${at}`, SESSION_SETTINGS),
  }));
  const pairs = await Promise.all(open);
  try {
    await collectKnownValues(pairs, approved.questions.known, { key: run.scanKey, progress: run.progress });
  } finally {
    await Promise.all(pairs.flatMap((pair) => [sessions.close(pair.source), sessions.close(pair.target)]));
  }
}

/**
 * Looks at the finished copy once more, scans it, and writes the record into it and beside it; throws unless it is clean.
 */
export async function proveAndRecord(
  run: RefreshRun,
  snapshot: Snapshot,
  { plan, sha256, isOdoo, questions }: ApprovedPlan,
  copied: readonly CopiedTable[],
): Promise<StoredManifest> {
  const scan = await scanWithAll(run, plan);
  run.progress.now(() => "the last checks");
  reportKept(run, scan, plan);
  return run.sessions.with(builtConnection(run), "proof", TARGET_SETTINGS, async (target) => {
    if (isOdoo) {
      run.checks.push(...(await verifyHarmless(target, run.keptProviders)));
      run.checks.push(...(await compareIdentity(run, target, questions)));
    }
    run.checks.push(await verifyComments(target), judgeScan(scan));
    requirePassed(run.checks);
    const facts = {
      ...{ id: run.request.id, source: await sourceOf(run), snapshotAt: snapshot.at.toISOString(), planSha256: sha256 },
      ...{ checks: run.checks, scan, seconds: run.seconds },
      ...(run.protection ? { protectedBy: protectedBy(run.protection) } : {}),
    };
    const text = JSON.stringify(makeManifest(facts, plan, copied));
    const signed = signManifest(text, run.request.signingKey);
    const stored = { id: run.request.id, signed, sha256: sha256Of(text) };
    await writeManifest(target, stored);
    return stored;
  });
}

/** For the reviewer: the copy may be what it should be, and a column be kept that should not. */
function reportKept(run: RefreshRun, scan: ResidualScan, plan: ApprovedPlan["plan"]): void {
  const seen = seenInKept(scan, plan);
  if (seen) run.seenInKept = seen;
  const warning = warnOfSecrets(scan, plan);
  if (warning !== undefined) run.warnings.push(warning);
}

async function scanWithAll(run: RefreshRun, plan: ApprovedPlan["plan"]): Promise<ResidualScan> {
  const { jobs = 2, allowedDomains = [] } = run.request.options ?? {};
  const sessions: Session[] = [];
  try {
    for (let at = 0; at < jobs; at++) {
      sessions.push(await run.sessions.open(builtConnection(run), `scan-${at}`, SESSION_SETTINGS));
    }
    const staging = new URL(run.request.target.url).hostname;
    return await scanCopy(sessions, plan, {
      ...{ key: run.scanKey, progress: run.progress },
      allowedDomains: [...allowedDomains, staging],
      // The rows that a delta left as they are were searched when the golden copy was made.
      rows: run.clonedAt && writtenSince(run.clonedAt),
    });
  } finally {
    await Promise.all(sessions.map((session) => run.sessions.close(session)));
  }
}

async function sourceOf({ sessions, source, request }: RefreshRun) {
  const [server] = await sessions.with(source.connection, "identity", SOURCE_SETTINGS, (session) =>
    session.query<{ id: string }>("SELECT system_identifier::text AS id FROM pg_control_system()"),
  );
  return { environment: request.source.name, database: source.dbName, systemIdentifier: server?.id ?? "" };
}

function compareIdentity(
  { sessions, source }: RefreshRun,
  target: Session,
  { identity }: ApprovedPlan["questions"],
): Promise<Check[]> {
  return sessions.with(source.connection, "identity", SOURCE_SETTINGS, (session) =>
    verifyIdentity(session, target, identity),
  );
}
