import { randomBytes } from "node:crypto";
import { databaseNameFor } from "../environment/databases.ts";
import type { Clock } from "../platform/clock.ts";
import type { Log } from "../platform/log.ts";
import type { Connection, Session } from "../platform/postgres.ts";
import type { Protection } from "./guard/protection.ts";
import { instancesOf, type TargetDatabase, type TargetNode, thisNode } from "./node/target-node.ts";
import { Progress } from "./progress.ts";
import type { RefreshDeps, RefreshRequest } from "./request.ts";
import { Sessions, TARGET_SETTINGS, withRestartedServer } from "./sessions.ts";
import type { SeenInKept } from "./verify/seen-in-kept.ts";
import type { Check } from "./verify/verify.ts";

/** The database that is copied. */
export interface SourceDatabase {
  connection: Connection;
  dbName: string;
}

/** One refresh at work: what it was asked, where it reads and writes, and what it has found so far. */
export interface RefreshRun {
  request: RefreshRequest;
  log: Log;
  clock: Clock;
  progress: Progress;
  /** Aborted by the caller, or by the watch over production. */
  signal: AbortSignal;
  abort: (error: Error) => void;
  source: SourceDatabase;
  target: TargetDatabase;
  /** The machine that carries the target. */
  node: TargetNode;
  /** Name of the database that is being built. */
  built: string;
  sessions: Sessions;
  /** To database `postgres` of the target's server; holds the lock of the run. */
  maintenance: Session;
  /** Beginning of the application_name of all our sessions. */
  prefix: string;
  maskKey: string;
  /** Oldest transaction that ran on the target's server when the golden copy was cloned (xid8); absent in a full refresh. */
  clonedAt?: string;
  /** Hashes production's addresses for the scan; in memory only. */
  scanKey: string;
  warnings: string[];
  checks: Check[];
  /** Ids of the providers of single sign-on that `refresh.oauth` left enabled; known when the copy is neutralized. */
  keptProviders: readonly number[];
  /** Known after the scan. */
  seenInKept?: SeenInKept;
  seconds: Record<string, number>;
  /** What the statistics said of the source's tables before the snapshot, where a golden copy is to be kept. */
  counters?: ReadonlyMap<string, string>;
  /** What the source's role may read; known after preflight. */
  protection?: Protection;
  /** The source is a standby; unknown before the preflight. */
  fromStandby?: boolean;
  stopWatch?: () => Promise<void>;
  /** Runs one phase: told to the caller with its duration. */
  phase<T>(name: string, work: () => Promise<T>, detail?: (result: T) => string): Promise<T>;
  /** Runs a clean-up on a session of its own, also after an abort; a failure becomes a warning in the log. */
  cleanly(work: (maintenance: Session) => Promise<void>): Promise<void>;
}

/** Asks the target's node where the databases are and opens the session that will hold the lock. */
export async function openRun(request: RefreshRequest, deps: RefreshDeps): Promise<RefreshRun> {
  const node = deps.node ?? thisNode(instancesOf(request));
  const { target, prefix, ...near } = await node.describe();
  // A source on another node, to which nothing leads, was refused with the request.
  const source = (request.connection ?? near.source) as Connection;
  const aborted = new AbortController();
  const signal = AbortSignal.any([deps.signal, aborted.signal]);
  const sessions = new Sessions(prefix, signal);
  const postgres = { ...target.connection, database: "postgres" };
  const seconds: Record<string, number> = {};
  const progress = new Progress(deps.log, deps.clock);
  return {
    request,
    log: deps.log,
    clock: deps.clock,
    progress,
    signal,
    abort: (error) => aborted.abort(error),
    source: { connection: source, dbName: source.database },
    target,
    node,
    built: databaseNameFor(target.dbName, "new", request.id),
    sessions,
    maintenance: await sessions.open(postgres, "maintenance", TARGET_SETTINGS),
    prefix,
    maskKey: randomBytes(32).toString("hex"),
    scanKey: randomBytes(32).toString("hex"),
    warnings: [],
    checks: [],
    keptProviders: [],
    seconds,
    phase: phaseRunner({ ...deps, signal, progress }, seconds),
    cleanly: (work) =>
      withRestartedServer(postgres, deps.clock, work).catch((error: unknown) =>
        deps.log.warning(`cleaning up failed: ${error instanceof Error ? error.message : error}`),
      ),
  };
}

/** Connection to the database that is being built. */
export function builtConnection(run: Pick<RefreshRun, "target" | "built">): Connection {
  return { ...run.target.connection, database: run.built };
}

function phaseRunner(
  {
    onPhase,
    signal,
    clock,
    progress,
  }: Pick<RefreshRun, "signal" | "clock" | "progress"> & Pick<RefreshDeps, "onPhase">,
  seconds: Record<string, number>,
): RefreshRun["phase"] {
  return async (name, work, detail) => {
    signal.throwIfAborted();
    onPhase(name, "begin");
    const started = clock.now().getTime();
    try {
      const result = await progress.during(name, work);
      seconds[name] = (clock.now().getTime() - started) / 1000;
      onPhase(name, "done", detail?.(result));
      return result;
    } catch (error) {
      onPhase(name, "failed");
      throw error;
    }
  };
}
