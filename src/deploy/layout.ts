import { randomBytes } from "node:crypto";
import { join } from "node:path";

/** Where the things of one instance lie below its base folder. */
export function layoutOf(base: string) {
  const state = join(base, ".deploy");
  return {
    base,
    releases: join(base, "releases"),
    current: join(base, "current"),
    state,
    uploads: join(state, "uploads"),
    lock: join(state, "lock"),
    lease: join(state, "lease.json"),
    /** A person's "do not deploy now", with a message. */
    hold: join(state, "hold"),
    /** While it is there, the service must not start by itself. */
    closed: join(state, "closed"),
    history: join(state, "history.jsonl"),
    release: (id: string) => join(base, "releases", id),
    deployment: (id: string) => deploymentFiles(join(state, id)),
  };
}

/** The layout of an instance. */
export type Layout = ReturnType<typeof layoutOf>;

function deploymentFiles(folder: string) {
  return {
    folder,
    request: join(folder, "request.json"),
    journal: join(folder, "journal.jsonl"),
    plan: join(folder, "plan.json"),
    /** What a follower is told: host events, one a line. */
    events: join(folder, "events.jsonl"),
    driverLog: join(folder, "driver.log"),
    updateLog: join(folder, "update.log"),
    serverLog: join(folder, "server.log"),
  };
}

/** A new deployment's id, which is its release folder's name too: "20261125t190000-0123456789ab-1f2e". */
export function deploymentId(now: Date, commit: string): string {
  const time = now.toISOString().replace(/[-:]/g, "").slice(0, 15).toLowerCase();
  return `${time}-${commit.slice(0, 12)}-${randomBytes(2).toString("hex")}`;
}
