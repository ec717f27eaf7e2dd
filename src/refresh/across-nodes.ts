import { PassThrough } from "node:stream";
import type { HostChannel, HostEvent } from "../environment/host-channel.ts";
import type { ReceivedFiles } from "../odoo/filestore-stream.ts";
import { ExpectedError, messageOf } from "../platform/errors.ts";
import { bytes } from "../platform/text.ts";
import type { RefreshRequest, RefreshResult } from "./request.ts";
import { type RefreshMeans, requestRefresh } from "./request-refresh.ts";

/** The means of a refresh between machines; the source's node is asked only when files are missing on the target's. */
export interface TwoNodes extends RefreshMeans {
  openSource: () => Promise<HostChannel>;
  /** Of the pipeline file: the copy that becomes staging must be signed by its other half. */
  manifestPublicKey?: string | undefined;
}

/**
 * A refresh between machines: the target's node, or who else does `build`, builds, proves and leaves the copy ready, the
 * files that it lacks come from the source's node over this machine, and only then the copy becomes staging.
 */
export async function refreshAcrossNodes<Means extends TwoNodes>(
  request: RefreshRequest,
  nodes: Means,
  build: (request: RefreshRequest, means: Means) => Promise<RefreshResult> = requestRefresh,
): Promise<RefreshResult> {
  const built = await build({ ...request, activate: "with-deployment" }, nodes);
  const { database } = built;
  if (!database) return built; // a dry run
  try {
    return await finish(request, { ...built, database }, nodes);
  } catch (error) {
    throw await withoutReady(request, database, nodes, error);
  }
}

async function finish(
  request: RefreshRequest,
  built: RefreshResult & { database: string },
  nodes: TwoNodes,
): Promise<RefreshResult> {
  const apart = request.source.nodeName !== request.target.nodeName;
  const ready = apart ? { ...built, files: await bringFiles(request, built.database, nodes) } : built;
  if (request.activate !== "now") return ready;
  nodes.signal.throwIfAborted();
  const { id, target, options } = request;
  const swapped = await nodes.host.call("activate", {
    id,
    target,
    options,
    manifestPublicKey: nodes.manifestPublicKey,
  });
  return { ...ready, ...(swapped as Pick<RefreshResult, "activated" | "database" | "previous">) };
}

/** Removes the copy of a run that failed after it was ready, also after a cancel; else the error returned names it. */
async function withoutReady(
  { id, target }: RefreshRequest,
  ready: string,
  { host, log }: TwoNodes,
  error: unknown,
): Promise<unknown> {
  log.info(`the refresh failed, so its finished copy ${ready} is dropped`);
  try {
    await host.call("discard", { id, target });
    return error;
  } catch (failure) {
    const left = `The finished copy ${ready} could not be dropped (${messageOf(failure)}); the next refresh drops it.`;
    if (!(error instanceof ExpectedError)) log.warning(left);
    return error instanceof ExpectedError ? alsoSaying(error, left) : error;
  }
}

function alsoSaying(error: ExpectedError, more: string): ExpectedError {
  const { code, message, remedy } = error;
  return new ExpectedError({ code, message: `${message} ${more}`, remedy }, { cause: error });
}

/** Brings the files that the finished copy refers to and the target's filestore lacks. */
async function bringFiles(
  { source, target }: RefreshRequest,
  database: string,
  nodes: TwoNodes,
): Promise<NonNullable<RefreshResult["files"]>> {
  const names: string[] = [];
  const onEvent = (event: HostEvent) => {
    if (event.type === "progress" && event.kind === "missing-files") names.push(...(event.names as string[]));
  };
  const present = (await nodes.host.call("missing-files", { target, database }, onEvent, nodes.signal)) as number;
  const {
    received,
    vanished,
    bytes: size,
  } = names.length === 0 ? nothing : await transfer(source, target, names, nodes);
  nodes.log.info(`files: ${received} sent (${bytes(size)}), ${present} already there, ${vanished} gone meanwhile`);
  return { linked: 0, copied: received, present, vanished };
}

const nothing: ReceivedFiles = { received: 0, vanished: 0, bytes: 0 };

/** Streams files from node to node; the slower side sets the pace, and the end of one ends the other. */
async function transfer(
  source: RefreshRequest["source"],
  target: RefreshRequest["target"],
  names: string[],
  { host: to, openSource, signal }: TwoNodes,
): Promise<ReceivedFiles> {
  const from = await openSource();
  let cause: unknown;
  const noted = <T>(end: Promise<T>) =>
    end.catch((error: unknown) => {
      cause ??= error; // the other end only loses its partner
      throw error;
    });
  try {
    const tar = new PassThrough();
    const [, received] = await Promise.allSettled([
      noted(from.pull("send-files", { instance: source, names }, tar, signal)),
      noted(to.push("receive-files", { instance: target, names }, tar, signal)),
    ]);
    if (received.status === "fulfilled" && cause === undefined) return received.value as ReceivedFiles;
    throw signal.aborted ? signal.reason : cause;
  } finally {
    await from.close();
  }
}
