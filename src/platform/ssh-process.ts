import { setTimeout as delay } from "node:timers/promises";
import { exists } from "./files.ts";
import { type ChildHandle, spawnChild } from "./process.ts";

// Runs a program that ends with us, even when we are killed: then its standard input, ours to hold, comes to an end.
const TIED =
  'exec 3<&0; "$@" </dev/null & child=$!; { cat <&3 >/dev/null; kill "$child"; } 2>/dev/null & wait "$child"';

/** How long ssh may take to connect. */
export const CONNECT_TIMEOUT_SECONDS = 15;

/** Starts a program that ends with us, however we end. */
export function spawnTied(argv: string[], env: Record<string, string>): ChildHandle {
  return spawnChild("/bin/sh", ["-c", TIED, "sh", ...argv], { env });
}

/** Waits for the socket that a program makes when it is ready; false when the program ended or took too long. */
export async function untilExists(path: string, child: ChildHandle): Promise<boolean> {
  let ended = false;
  void child.exited.then(() => {
    ended = true;
  });
  const deadline = Date.now() + (CONNECT_TIMEOUT_SECONDS + 15) * 1000;
  while (!ended && Date.now() < deadline) {
    if (await exists(path)) return true;
    await delay(20);
  }
  return false;
}

/** Does the program still run? One that is about to end has half a second to do so. */
export async function isRunning(child: ChildHandle): Promise<boolean> {
  const ended = child.exited.then(() => true);
  return (await Promise.race([ended, delay(500)])) !== true;
}
