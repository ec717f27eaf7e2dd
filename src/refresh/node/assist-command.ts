import { z } from "zod";
import type { HostEvent } from "../../environment/host-events.ts";
import { absolutePath, instanceSchema, replaceableInstanceSchema } from "../../environment/instance-schema.ts";
import { isDatabaseName } from "../../platform/names.ts";
import { whileListened } from "./listener.ts";
import { type TargetNode, thisNode } from "./target-node.ts";

// A line of the host program's output is cut after 64 KiB, and a character may be written with six.
const CHARACTERS_IN_EVENT = 10_000;

const database = z.string().refine(isDatabaseName);
const backend = z.object({ pid: z.int().positive(), user: z.string(), database: z.string() });
const manifest = z.object({
  id: z.string(),
  sha256: z.string(),
  signed: z.object({
    text: z.string(),
    signature: z.string().exactOptional(),
    keyId: z.string().exactOptional(),
  }),
});

const assistance = z.object({
  node: z.object({ target: replaceableInstanceSchema, source: instanceSchema.exactOptional() }),
  ask: z.discriminatedUnion("for", [
    z.object({ for: z.literal("databases") }),
    z.object({ for: z.literal("start-stopped") }),
    z.object({ for: z.literal("free-bytes"), folder: absolutePath }),
    z.object({ for: z.literal("server-folder"), backend }),
    z.object({ for: z.literal("remove-files"), database }),
    z.object({ for: z.literal("neutralize-scripts"), modules: z.array(z.string()) }),
    z.object({ for: z.literal("copy-files"), names: z.array(z.string()) }),
    z.object({ for: z.literal("file-manifest"), manifest }),
  ]),
});

/** What a refresh on the runner asks of the target's node. */
export type Assistance = z.infer<typeof assistance>["ask"];

/** The host program's command `assist-refresh`: does for a refresh on the runner what only the target's node can do. */
export async function assistRefreshCommand(request: unknown, emit: (event: HostEvent) => void): Promise<unknown> {
  const { node, ask } = assistance.parse(request);
  return (await assist(thisNode(node), ask, emit)) ?? null; // a result must be JSON
}

async function assist(here: TargetNode, ask: Assistance, emit: (event: HostEvent) => void): Promise<unknown> {
  switch (ask.for) {
    case "databases":
      return here.describe();
    case "start-stopped":
      return here.startStopped();
    case "free-bytes":
      return here.freeBytes(ask.folder);
    case "server-folder":
      return here.serverFolder(ask.backend);
    case "remove-files":
      return here.removeFiles(ask.database);
    case "neutralize-scripts":
      return inPieces(JSON.stringify(await here.neutralizeScripts(ask.modules)), emit);
    case "copy-files":
      return whileListened(emit, (signal) => here.copyFiles(ask.names, signal));
    case "file-manifest":
      return here.fileManifest(ask.manifest);
  }
}

function inPieces(text: string, emit: (event: HostEvent) => void): void {
  for (let at = 0; at < text.length; at += CHARACTERS_IN_EVENT) {
    emit({ type: "progress", kind: "piece", text: text.slice(at, at + CHARACTERS_IN_EVENT) });
  }
}
