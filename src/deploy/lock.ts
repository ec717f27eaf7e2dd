import { mkdir, statfs } from "node:fs/promises";
import type { Clock } from "../platform/clock.ts";
import { ExpectedError } from "../platform/errors.ts";
import { exists } from "../platform/files.ts";
import { run, startDetached } from "../platform/process.ts";
import type { Layout } from "./layout.ts";
import { describeHolder, readLease } from "./lease.ts";

/** How the host program starts itself: the interpreter, its options, the program. */
export type SelfCommand = readonly [command: string, ...args: string[]];

const busyCode = 75;
const nfsMagic = 0x6969;
const pollMs = 3_000;
const startLimitMs = 60_000;

/** Whether nobody holds the lock; the kernel frees it when its holder dies, however he dies. */
export async function lockIsFree(layout: Layout): Promise<boolean> {
  if (!(await exists(layout.lock))) return true;
  const args = ["-n", "-E", String(busyCode), layout.lock, "true"];
  return (await run("flock", args, { allowedExitCodes: [0, busyCode] })).code === 0;
}

/** Makes the folder that holds the lock; ExpectedError "lock-on-nfs" where a lock would not hold. */
export async function prepareState(layout: Layout): Promise<void> {
  await mkdir(layout.state, { recursive: true, mode: 0o700 });
  await mkdir(layout.releases, { recursive: true });
  if ((await statfs(layout.state)).type !== nfsMagic) return;
  throw new ExpectedError({
    code: "lock-on-nfs",
    message: `${layout.state} is on NFS, where the lock of a dead host is never freed.`,
    remedy: "Put the instance's base folder on a local disk.",
  });
}

/** Waits for the lock as long as allowed; ExpectedError "deployment-locked" names the holder. */
export async function awaitLock(
  layout: Layout,
  { clock, timeoutMs, say }: { clock: Clock; timeoutMs: number; say(message: string): void },
): Promise<void> {
  const deadline = clock.now().getTime() + timeoutMs;
  let told = "";
  while (!(await lockIsFree(layout))) {
    const holder = describeHolder(await readLease(layout));
    if (clock.now().getTime() >= deadline)
      throw new ExpectedError({
        code: "deployment-locked",
        message: `Another deployment is under way on this host: ${holder}.`,
        remedy: "Wait for its end, or cancel its run, then run the workflow again.",
      });
    if (holder !== told) say(`Waiting: ${holder}.`);
    told = holder;
    await clock.sleep(pollMs);
  }
}

/**
 * Starts the driver of a deployment in a session of its own, holding the lock for as long as it lives; returns false
 * when somebody else was quicker.
 */
export async function startDriver(layout: Layout, id: string, self: SelfCommand, clock: Clock): Promise<boolean> {
  const files = layout.deployment(id);
  const args = ["-F", "-n", "-E", String(busyCode), layout.lock, ...self, "drive", layout.base, id];
  const { pid } = startDetached("flock", args, { cwd: layout.base, logFile: files.driverLog });
  for (let waited = 0; waited < startLimitMs; waited += 100) {
    if (await exists(files.events)) return true;
    if (!isAlive(pid)) return await exists(files.events);
    await clock.sleep(100);
  }
  throw new ExpectedError({
    code: "driver-silent",
    message: `The driver of deployment ${id} did not begin within ${startLimitMs / 1000} s.`,
    remedy: `Look at ${files.driverLog} on the host.`,
  });
}

/** Whether a process of this id runs. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
