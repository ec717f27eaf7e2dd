import { open } from "node:fs/promises";
import type { HostEvent } from "../environment/host-channel.ts";
import { parseHostEvent } from "../environment/host-events.ts";
import type { Clock } from "../platform/clock.ts";
import { ExpectedError } from "../platform/errors.ts";
import type { Layout } from "./layout.ts";
import { lockIsFree } from "./lock.ts";

const pollMs = 200;
const lookAfterMs = 4_000;

/**
 * Tells all that a deployment tells, from byte `after` of its events on, until its result, which is returned. Positions
 * are told as progress, so that a follower can come back. Throws what the driver reports, or "driver-died".
 */
export async function follow(
  layout: Layout,
  { id, after, clock }: { id: string; after: number; clock: Clock },
  emit: (event: HostEvent) => void,
): Promise<unknown> {
  const { events } = layout.deployment(id);
  let offset = after;
  let quietMs = 0;
  for (;;) {
    const { lines, next } = await completeLines(events, offset);
    for (const line of lines) {
      const event = parseHostEvent(line);
      if (event?.type === "result") return event.value;
      if (event?.type === "error") throw new ExpectedError(event);
      if (event) emit(event);
    }
    if (next > offset) emit({ type: "progress", kind: "position", offset: next });
    quietMs = next > offset ? 0 : quietMs + pollMs;
    offset = next;
    if (quietMs >= lookAfterMs) {
      quietMs = 0;
      // looked at in this order: a driver that ends in between has written its end before it freed the lock
      if ((await lockIsFree(layout)) && (await completeLines(events, offset)).next === offset) throw driverDied(id);
    }
    await clock.sleep(pollMs);
  }
}

async function completeLines(path: string, offset: number): Promise<{ lines: string[]; next: number }> {
  const file = await open(path).catch(() => undefined);
  if (!file) return { lines: [], next: offset };
  try {
    const { size } = await file.stat();
    const wanted = Math.max(0, size - offset);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(wanted), 0, wanted, offset);
    const end = buffer.subarray(0, bytesRead).lastIndexOf(10) + 1;
    return { lines: buffer.toString("utf8", 0, end).split("\n").filter(Boolean), next: offset + end };
  } finally {
    await file.close();
  }
}

function driverDied(id: string): ExpectedError {
  return new ExpectedError({
    code: "driver-died",
    message: `The driver of deployment ${id} died before its end.`,
    remedy: "The next deployment settles first what it left; the host command `recover` does it at once.",
  });
}
