import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Clock } from "../platform/clock.ts";
import { ExpectedError } from "../platform/errors.ts";
import { writeFileAtomic } from "../platform/files.ts";
import { isAbsolutePath } from "../platform/names.ts";
import { unfinishedDeployments } from "./journal.ts";
import { type Layout, layoutOf } from "./layout.ts";
import { readLease, respectHold } from "./lease.ts";
import { awaitLock, prepareState, type SelfCommand, startDriver } from "./lock.ts";
import type { DeployRequest } from "./request.ts";

/** Waits for the lock and starts the driver, which goes on without us; returns the id to follow. */
export async function startDeployment(
  request: DeployRequest,
  { self, clock, say }: { self: SelfCommand; clock: Clock; say(message: string): void },
): Promise<{ id: string }> {
  const { id } = request;
  const layout = layoutOf(request.instance.base);
  await prepareState(layout);
  await respectHold(layout);
  await mkdir(layout.deployment(id).folder, { mode: 0o700 });
  await writeFileAtomic(layout.deployment(id).request, JSON.stringify(request));
  try {
    await startWithLock(layout, id, { self, clock, say, timeoutMs: request.lockTimeoutMs });
    return { id };
  } catch (error) {
    if (error instanceof ExpectedError && error.code === "deployment-locked") await forget(layout, request);
    throw error;
  }
}

/** Removes what was brought here for a deployment that never began. */
async function forget(layout: Layout, { id, release }: DeployRequest): Promise<void> {
  await rm(layout.deployment(id).folder, { recursive: true, force: true });
  await rm(release.archive, { force: true });
}

/**
 * Starts a driver for the last deployment that never ended, which settles all of them; undefined when there is none. What
 * that one told before, perhaps an error that is mended now, ends at byte `after` of its events.
 */
export async function startRecovery(
  base: string,
  { self, clock, say }: { self: SelfCommand; clock: Clock; say(message: string): void },
): Promise<{ id: string; after: number } | undefined> {
  const layout = layoutOf(base);
  const id = (await unfinishedDeployments(layout)).at(-1);
  if (id === undefined) return undefined;
  const after = await stat(layout.deployment(id).events).then(
    ({ size }) => size,
    () => 0,
  );
  await startWithLock(layout, id, { self, clock, say, timeoutMs: 0 });
  return { id, after };
}

async function startWithLock(
  layout: Layout,
  id: string,
  options: { self: SelfCommand; clock: Clock; timeoutMs: number; say(message: string): void },
): Promise<void> {
  do await awaitLock(layout, options);
  while (!(await startDriver(layout, id, options.self, options.clock)));
}

/** Tells the driver of a deployment to go back; returns whether it was there to be told. */
export async function abortDeployment(base: string, id: string): Promise<boolean> {
  const lease = await readLease(layoutOf(base));
  if (lease?.id !== id) return false;
  const command = await readFile(`/proc/${lease.pid}/cmdline`, "utf8").catch(() => "");
  if (!command.split("\0").includes(id)) return false;
  process.kill(lease.pid, "SIGTERM");
  return true;
}

/** Takes a file from standard input into `<base>/.deploy/uploads`, whole or not at all; returns its path. */
export async function takeUpload(target: string, sha256: string, input: Readable): Promise<string> {
  if (!isAbsolutePath(target) || !/\/\.deploy\/uploads\/[\w.-]+$/.test(target))
    throw uploadProblem(`${JSON.stringify(target)} is no place for an upload`);
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  const partial = `${target}.partial`;
  const hash = createHash("sha256");
  try {
    await pipeline(
      input,
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          hash.update(chunk);
          yield chunk;
        }
      },
      createWriteStream(partial, { mode: 0o600 }),
    );
    if (hash.digest("hex") !== sha256) throw uploadProblem("what arrived has another SHA-256");
    await rename(partial, target);
    return target;
  } finally {
    await rm(partial, { force: true });
  }
}

function uploadProblem(what: string): ExpectedError {
  return new ExpectedError({
    code: "upload",
    message: `The upload to the host failed: ${what}.`,
    remedy: "Run the workflow again.",
  });
}
