import type { HostEvent } from "../../environment/host-events.ts";

const BEAT_MS = 1000;

/**
 * Does long work as long as whoever asked listens: standard input has ended with the request, so that only a beat on standard
 * output, which does not arrive, tells that the runner or the connection to it is gone. Then the signal is aborted.
 */
export async function whileListened<T>(
  emit: (event: HostEvent) => void,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const gone = new AbortController();
  const onError = () => gone.abort(new Error("whoever asked for this is gone"));
  process.stdout.on("error", onError);
  const beat = setInterval(() => emit({ type: "progress", kind: "beat" }), BEAT_MS);
  try {
    return await work(gone.signal);
  } finally {
    clearInterval(beat);
    process.stdout.off("error", onError);
  }
}
