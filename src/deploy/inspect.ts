import type { Instance } from "../environment/resolve.ts";
import { openService } from "../environment/services.ts";
import { readOdooConfig } from "../odoo/config.ts";
import { inspectOdoo } from "../odoo/release.ts";
import { exists } from "../platform/files.ts";
import { unfinishedDeployments } from "./journal.ts";
import { layoutOf } from "./layout.ts";
import { readLease } from "./lease.ts";
import { lockIsFree } from "./lock.ts";
import { currentRelease, releaseRecord } from "./release-folder.ts";

/** The commit that an instance serves; null before its first deployment. */
export async function servingCommit(base: string): Promise<{ commit: string | null }> {
  const layout = layoutOf(base);
  const release = await currentRelease(layout);
  const record = release === undefined ? undefined : await releaseRecord(layout.release(release));
  return { commit: record?.commit ?? null };
}

/** What is on a host for an instance, as far as a deployment is concerned. */
export async function inspectInstance(instance: Instance) {
  const layout = layoutOf(instance.base);
  const config = await readOdooConfig(instance.config);
  const odoo = await inspectOdoo(instance.odooCommand);
  const release = await currentRelease(layout);
  return {
    series: odoo.facts.series,
    database: config.dbName,
    httpPort: config.httpPort,
    running: await openService(instance.service, instance.name).isRunning(),
    release: release ? ((await releaseRecord(layout.release(release))) ?? { id: release }) : null,
    locked: (await lockIsFree(layout)) ? null : ((await readLease(layout)) ?? null),
    onHold: await exists(layout.hold),
    unfinished: await unfinishedDeployments(layout),
  };
}
