import { type HostAccess, openHost } from "../../../src/environment/host-channel.ts";
import type { NodeDefinition } from "../../../src/environment/pipeline-schema.ts";
import { type Tunnel, withTunnel } from "../../../src/environment/tunnel.ts";
import { systemClock } from "../../../src/platform/clock.ts";
import type { Log } from "../../../src/platform/log.ts";
import { refreshOnRunner } from "../../../src/refresh/on-runner.ts";
import type { RefreshRequest, RefreshResult } from "../../../src/refresh/request.ts";

/** A refresh as the action does it with `run_on: runner`. */
export interface RunnerJob {
  request: RefreshRequest;
  nodes: { production: NodeDefinition; staging: NodeDefinition };
  /** The node that reaches production's server; without it the runner does. */
  through?: "production" | "staging";
  access: Omit<HostAccess, "log">;
}

/** Does the job in this process. */
export async function refreshHere(job: RunnerJob, log: Log, signal: AbortSignal): Promise<RefreshResult> {
  const { request, nodes, through } = job;
  const access = { ...job.access, log };
  const here =
    (node: NodeDefinition): Tunnel =>
    (server, work) =>
      withTunnel({ through: node, server, target: { host: "local" } }, access, work);
  const host = await openHost(nodes.staging, access);
  try {
    return await refreshOnRunner(request, {
      ...{ host, log, signal, clock: systemClock },
      toSource: through && here(nodes[through]),
      toTarget: here(nodes.staging),
      openSource: () => openHost(nodes.production, access),
    });
  } finally {
    await host.close();
  }
}

/** A log that gives every line away. */
export function tellingLog(tell: (line: string) => void): Log {
  return {
    ...{ info: tell, warning: tell, debug: tell },
    group: (title, work) => {
      tell(title);
      return work();
    },
    foreign: (source, text) => tell(`${source}: ${text}`),
  };
}
