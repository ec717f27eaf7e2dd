import { databasesOfOurs } from "../../environment/databases.ts";
import type { Session } from "../../platform/postgres.ts";
import { expiredDatabases } from "../golden/expiry.ts";
import { readProtection } from "../guard/protection.ts";
import { requireEnforced } from "../guard/verdict.ts";
import type { RefreshRun } from "../run.ts";
import { gatherDisk } from "./disk.ts";
import { gatherBusiness, gatherIdentity } from "./preflight.ts";
import { judgeIdentity, judgeState } from "./preflight-verdict.ts";
import { gatherPrivileges } from "./privileges.ts";
import { judgePrivileges } from "./privileges-verdict.ts";

/** Judges what no clean-up changes: whose the databases are, and what the roles may do. Notes what the source is, and what may be read there. */
export async function judgeBeforehand(run: RefreshRun, source: Session): Promise<void> {
  const { maintenance, target, request, warnings } = run;
  const look = { mayOpen: !request.dryRun };
  const identity = await gatherIdentity(source, maintenance, target.connection, look);
  run.fromStandby = identity.source.inRecovery;
  warnings.push(...judgeIdentity(identity));
  run.protection = await readProtection(source);
  if (request.options?.requireEnforced) requireEnforced(run.protection);
  const rights = { guarded: run.protection.guard !== undefined, staging: target.dbName };
  warnings.push(...judgePrivileges(await gatherPrivileges(source, maintenance, rights)));
}

/** Judges what a killed run's leftovers could falsify; a dry run, which drops none, counts them as dropped. */
export async function judgeNow(run: RefreshRun, source: Session): Promise<void> {
  const { maintenance, node, target, request, warnings, source: from } = run;
  const dropped = request.dryRun ? await leftovers(run) : [];
  if (dropped.length > 0) run.log.info(`a run that is not dry would first drop ${dropped.join(", ")}`);
  const wish = { ...request.options, staging: target.dbName, dropped };
  const disk = await gatherDisk(source, maintenance, node, wish);
  warnings.push(...judgeState({ ...disk, ...(await gatherBusiness(source)) }, from.dbName));
}

async function leftovers({ maintenance, target, clock }: RefreshRun): Promise<string[]> {
  return [
    ...(await databasesOfOurs(maintenance, target.dbName, "new")),
    ...(await databasesOfOurs(maintenance, target.dbName, "goldnew")),
    ...(await expiredDatabases(maintenance, clock.now())),
  ];
}
