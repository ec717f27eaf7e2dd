import { createReadStream } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type HostChannel, HostConnectionLost, type HostEvent } from "../environment/host-channel.ts";
import type { Instance } from "../environment/resolve.ts";
import type { OAuthPolicy } from "../odoo/neutralize-oauth.ts";
import type { Clock } from "../platform/clock.ts";
import { ExpectedError } from "../platform/errors.ts";
import { withTemporaryDirectory } from "../platform/files.ts";
import { type GitAuth, Repository } from "../platform/git.ts";
import type { Log } from "../platform/log.ts";
import { isSha } from "../platform/names.ts";
import { duration } from "../platform/text.ts";
import { writeArchive } from "./archive.ts";
import type { Expendable } from "./guests.ts";
import { deploymentId, layoutOf } from "./layout.ts";
import { type Relation, refuseOlder } from "./order.ts";
import type { DeployRequest, DeployResult } from "./request.ts";

/** What to put where, and how long things may take. */
export interface Deployment {
  instance: Instance;
  commit: string;
  git: GitAuth;
  addons: string[];
  install: string[];
  databaseCopy?: string | undefined;
  expendable: Expendable;
  /** Going back to an older commit is what is wanted. */
  rollback: boolean;
  /** The other instances on the same node. */
  neighbours: Instance[];
  manifestPublicKey?: string | undefined;
  oauth?: OAuthPolicy | undefined;
  updateTimeoutMs: number;
  healthTimeoutMs: number;
  lockTimeoutMs: number;
  run: { url: string; actor: string };
}

/** The means by which a runner deploys. */
export interface DeployMeans {
  host: HostChannel;
  log: Log;
  clock: Clock;
  /** Aborted when the job is cancelled: the host is told to go back. */
  signal: AbortSignal;
}

const attempts = 3;

/** Puts a commit on the servers of an instance; resolves with how it ended, also when it was rolled back. */
export async function deployCommit(deployment: Deployment, means: DeployMeans): Promise<DeployResult> {
  const replaces = await judgeOrder(deployment, means);
  const request = await sendRelease(deployment, replaces, means);
  const reference = { base: request.instance.base, id: request.id };
  await startOnHost(request, reference, means);
  const stopCancelling = cancelOnSignal(reference, means);
  try {
    return await followToTheEnd(reference, means);
  } finally {
    stopCancelling();
  }
}

/** Starts the driver; a cancellation meanwhile must not leave one behind that nobody follows. */
async function startOnHost(
  request: DeployRequest,
  reference: { base: string; id: string },
  { host, signal }: DeployMeans,
): Promise<void> {
  signal.throwIfAborted();
  try {
    await host.call("deploy", request, undefined, signal);
  } catch (error) {
    if (signal.aborted) await host.call("abort", reference);
    throw error;
  }
}

/** The commit that serves now, after a look that the new one may take its place; the host looks at it once more. */
async function judgeOrder(deployment: Deployment, { host, log, signal }: DeployMeans): Promise<string | null> {
  const { commit, git, instance } = deployment;
  const served = await host.call("serving", { base: instance.base }, undefined, signal);
  const { commit: serving } = z.object({ commit: z.string().refine(isSha).nullable() }).parse(served);
  if (serving === null || deployment.rollback) return serving;
  const relation = await withTemporaryDirectory("order", (dir) => relationOf(commit, serving, { dir, git, log }));
  refuseOlder(relation, { role: instance.role, commit, serving });
  return serving;
}

/** Fetches commits alone; one that the remote no longer has stands apart, as after a rebase. */
async function relationOf(
  commit: string,
  serving: string,
  { dir, git, log }: { dir: string; git: GitAuth; log: Log },
): Promise<Relation> {
  if (commit === serving) return "same";
  const refs = [`${commit}:refs/pipeline/commit`];
  const repository = await Repository.clone(log, git, { dir, filter: "tree:0", refs });
  const known = await repository.fetch([`${serving}:refs/pipeline/serving`], { filter: "tree:0" }).then(
    () => true,
    () => false,
  );
  if (!known) return "apart";
  if (await repository.isAncestor(serving, commit)) return "newer";
  return (await repository.isAncestor(commit, serving)) ? "older" : "apart";
}

/** Makes the archive of the commit and brings it to the host. */
async function sendRelease(
  deployment: Deployment,
  replaces: string | null,
  { host, log, clock }: DeployMeans,
): Promise<DeployRequest> {
  const { commit, git, rollback: _, ...asked } = deployment;
  const id = deploymentId(clock.now(), commit);
  return await withTemporaryDirectory("release", async (dir) => {
    const refs = [`${commit}:refs/pipeline/commit`];
    const repository = await Repository.clone(log, git, { dir: join(dir, "repository"), depth: 1, refs });
    const { path, sha256, tree, files } = await writeArchive(repository, commit, join(dir, "release.tar"));
    const target = join(layoutOf(asked.instance.base).uploads, `${id}.tar`);
    const archive = await host.upload(target, createReadStream(path), sha256);
    log.info(`Release ${id}: ${files.length} files, SHA-256 ${sha256}`);
    return {
      ...asked,
      id,
      replaces,
      keepReleases: 5,
      release: { commit, tree, archive, sha256, files: files.map(copyOf) },
    };
  });
}

function copyOf([mode, blob, path]: readonly [string, string, string]): [string, string, string] {
  return [mode, blob, path];
}

/** Follows the driver; a broken connection is taken up again where it broke, a dead driver is settled. */
async function followToTheEnd(
  reference: { base: string; id: string },
  { host, log, clock }: DeployMeans,
): Promise<DeployResult> {
  let after = 0;
  let cutAt = -1;
  const onEvent = (event: HostEvent) => {
    if (event.type === "progress" && event.kind === "position") after = Number(event.offset);
    else tell(log, event);
  };
  // A connection that was taken up and told something new is not the one that was cut before.
  for (let attempt = 1; ; attempt = after > cutAt ? 1 : attempt + 1, cutAt = after) {
    try {
      return (await host.call("follow", { ...reference, after }, onEvent)) as DeployResult;
    } catch (error) {
      if (error instanceof ExpectedError && error.code === "driver-died") {
        log.warning(error.message);
        const settled = await host.call("recover", { ...reference, after }, onEvent);
        if (settled === null) throw error;
        return settled as DeployResult;
      }
      if (!(error instanceof HostConnectionLost) || attempt >= attempts) throw error;
      log.warning(`${error.message} Trying again (${attempt} of ${attempts}).`);
      await clock.sleep(attempt * 2_000);
    }
  }
}

/** On cancellation tells the host to go back; the following goes on to the end of the rollback. */
function cancelOnSignal(reference: { base: string; id: string }, { host, log, signal }: DeployMeans): () => void {
  const cancel = () => {
    log.info("Telling the host to go back to the old version; it does so also if this job ends before.");
    host.call("abort", reference).then(
      (told) => told || log.warning("The deployment was past the point where it can be taken back, or had ended."),
      (error: unknown) => log.warning(`The host could not be told to go back: ${String(error)}`),
    );
  };
  signal.addEventListener("abort", cancel, { once: true });
  if (signal.aborted) cancel();
  return () => signal.removeEventListener("abort", cancel);
}

function tell(log: Log, event: HostEvent): void {
  if (event.type === "phase" && event.status !== "begin") {
    const time = event.seconds === undefined ? "" : ` in ${duration(event.seconds * 1000)}`;
    log.info(`${event.phase} ${event.status}${time}${event.detail ? `: ${event.detail}` : ""}`);
  } else if (event.type === "progress" && event.kind === "update") {
    log.info(`Updating ${event.module} (${event.position} of ${event.total})`);
  }
}
