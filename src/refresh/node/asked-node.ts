import type { HostChannel, HostEvent } from "../../environment/host-channel.ts";
import type { FilestoreCopy } from "../../odoo/filestore.ts";
import type { NeutralizeScripts } from "../../odoo/neutralize.ts";
import type { Assistance } from "./assist-command.ts";
import type { NodeDatabases, NodeInstances, TargetNode } from "./target-node.ts";

/** The target's node, asked through its host program: a refresh on another machine works with it as with its own. */
export function askedNode(host: HostChannel, node: NodeInstances): TargetNode {
  const ask = async (about: Assistance, onEvent?: (event: HostEvent) => void, signal?: AbortSignal) =>
    (await host.call("assist-refresh", { node, ask: about }, onEvent, signal)) ?? undefined;
  return {
    describe: async () => (await ask({ for: "databases" })) as NodeDatabases,
    startStopped: async () => (await ask({ for: "start-stopped" })) === true,
    freeBytes: async (folder) => (await ask({ for: "free-bytes", folder })) as number | undefined,
    serverFolder: async (backend) => (await ask({ for: "server-folder", backend })) as string | undefined,
    removeFiles: async (database) => void (await ask({ for: "remove-files", database })),
    neutralizeScripts: async (modules) => {
      const pieces: string[] = [];
      await ask({ for: "neutralize-scripts", modules: [...modules] }, (event) => {
        if (event.type === "progress" && event.kind === "piece") pieces.push(event.text as string);
      });
      return JSON.parse(pieces.join("")) as NeutralizeScripts;
    },
    copyFiles: async (names, signal) =>
      (await ask({ for: "copy-files", names: [...names] }, undefined, signal)) as FilestoreCopy | undefined,
    fileManifest: async (manifest) => void (await ask({ for: "file-manifest", manifest })),
  };
}
