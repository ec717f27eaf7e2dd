import type { HostChannel, HostEvent } from "../environment/host-channel.ts";
import type { PipelineFile } from "../environment/pipeline-file.ts";
import { resolveInstance } from "../environment/resolve.ts";
import { ExpectedError } from "../platform/errors.ts";
import type { Log } from "../platform/log.ts";
import { duration } from "../platform/text.ts";
import type { RefreshRequest, RefreshResult } from "./request.ts";

/** What the runner decides about a refresh; the rest stands in the pipeline file. */
export type RefreshWish = Pick<RefreshRequest, "id" | "activate" | "stagingPassword" | "dryRun" | "options">;

/** The request for the host that carries both databases; ExpectedError when the pipeline file does not allow it. */
export function refreshRequest(pipeline: PipelineFile, environment: string, wish: RefreshWish): RefreshRequest {
  const source = resolveInstance(pipeline, pipeline.refresh.source);
  const target = resolveInstance(pipeline, environment);
  const problem = (code: string, message: string, remedy: string) => new ExpectedError({ code, message, remedy });
  if (source.name === target.name) {
    const remedy =
      "Name the environment of staging in the input environment, or another refresh.source in the pipeline file.";
    throw problem("same-environment", `${target.name} cannot be refreshed from itself.`, remedy);
  }
  if (source.nodeName !== target.nodeName) {
    const message = `${source.name} is on node ${source.nodeName}, ${target.name} on ${target.nodeName}; the refresh reads both configurations on one host.`;
    throw problem("two-nodes", message, "Put both environments on one node.");
  }
  return { ...wish, source, target, rules: pipeline.refresh.rules };
}

/** Lets the host run the refresh and follows it; a cancelled job cancels it there. */
export async function requestRefresh(
  request: RefreshRequest,
  { host, log, signal }: { host: HostChannel; log: Log; signal: AbortSignal },
): Promise<RefreshResult> {
  const onEvent = (event: HostEvent) => {
    if (event.type !== "phase" || event.status === "begin") return;
    const time = event.seconds === undefined ? "" : ` in ${duration(event.seconds * 1000)}`;
    log.info(`${event.phase} ${event.status}${time}${event.detail ? `: ${event.detail}` : ""}`);
  };
  return (await host.call("refresh", request, onEvent, signal)) as RefreshResult;
}
