import type { HostEvent } from "../environment/host-events.ts";
import { systemClock } from "../platform/clock.ts";
import type { Log } from "../platform/log.ts";
import { copyGolden } from "./golden/copy-golden.ts";
import { refreshDatabase } from "./refresh.ts";
import type { RefreshResult } from "./request.ts";
import { refreshRequestSchema } from "./request-schema.ts";

/**
 * The host program's command `refresh`: tells its phases as events. SIGINT, SIGTERM and a runner that is gone cancel it
 * in order, so that no half-built database and no lock on production stays behind.
 */
export async function refreshCommand(request: unknown, emit: (event: HostEvent) => void): Promise<RefreshResult> {
  const parsed = refreshRequestSchema.parse(request);
  const cancel = new AbortController();
  const onSignal = () => cancel.abort();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
  process.stdout.on("error", onSignal);
  try {
    const work = parsed.from === "golden" ? copyGolden : refreshDatabase;
    return await work(parsed, {
      log: eventLog(emit),
      clock: systemClock,
      signal: cancel.signal,
      onPhase: phaseEvents(emit),
    });
  } finally {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.off(signal, onSignal);
    process.stdout.off("error", onSignal);
  }
}

/** Tells the phases of a refresh as events, with their time and how long they took. */
export function phaseEvents(emit: (event: HostEvent) => void) {
  const begun = new Map<string, number>();
  return (phase: string, status: "begin" | "done" | "failed", detail?: string) => {
    const now = systemClock.now();
    if (status === "begin") begun.set(phase, now.getTime());
    const seconds = status === "begin" ? {} : { seconds: (now.getTime() - (begun.get(phase) ?? now.getTime())) / 1000 };
    emit({ type: "phase", phase, status, at: now.toISOString(), ...seconds, ...(detail ? { detail } : {}) });
  };
}

function eventLog(emit: (event: HostEvent) => void): Log {
  const say = (level: "info" | "warning" | "debug") => (message: string) => emit({ type: "log", level, message });
  return {
    info: say("info"),
    warning: say("warning"),
    debug: say("debug"),
    group: (title, work) => {
      say("info")(title);
      return work();
    },
    foreign: (source, text) => emit({ type: "foreign", source, text }),
  };
}
