import { join } from "node:path";
import { exists } from "../platform/files.ts";
import { run } from "../platform/process.ts";
import type { HostAccess, HostProgram } from "./host-channel.ts";

/** A deployment may take hours; whoever calls sets the real limit by its own signal. */
export const CALL_TIMEOUT_MS = 6 * 3_600_000;

/** Flags of Node for the host program: a small nursery, since rows that pass by need none and servers have other work for memory. */
export const NODE_FLAGS = ["--max-semi-space-size=4"];

/** Runs the host program as a child of this very Node, for nodes with `host: local`. */
export async function openLocalProgram({ bundleDir }: HostAccess): Promise<HostProgram> {
  const bundled = join(bundleDir, "host.js");
  const program = (await exists(bundled)) ? bundled : join(bundleDir, "host.ts");
  return {
    start: (args, options) =>
      run(process.execPath, [...NODE_FLAGS, program, ...args], {
        ...options,
        timeoutMs: CALL_TIMEOUT_MS,
        allowedExitCodes: "any",
      }),
    close: async () => {},
  };
}
