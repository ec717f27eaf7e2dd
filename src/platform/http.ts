import type { Clock } from "./clock.ts";
import { systemClock } from "./clock.ts";
import { messageOf } from "./errors.ts";

/** What a server answered, or why it did not; the body is cut at 1 MiB. */
export type ProbeResult = { status: number; body: string; headers: Record<string, string> } | { error: string };

/** How to ask: limit of the whole exchange (default 5 s) and headers to send. */
export interface ProbeOptions {
  timeoutMs?: number;
  headers?: Record<string, string>;
}

const MAX_BODY = 1 << 20;

/** One GET without following redirects; never throws. */
export async function probe(url: string, options: ProbeOptions = {}): Promise<ProbeResult> {
  const signal = AbortSignal.timeout(options.timeoutMs ?? 5_000);
  try {
    const response = await fetch(url, {
      redirect: "manual",
      signal,
      headers: { connection: "close", ...options.headers },
    });
    const body = await limitedBody(response);
    return { status: response.status, body, headers: Object.fromEntries(response.headers) };
  } catch (error) {
    return { error: reason(error) };
  }
}

async function limitedBody(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size >= MAX_BODY) break;
  }
  return Buffer.concat(chunks).subarray(0, MAX_BODY).toString("utf8");
}

function reason(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof AggregateError) return cause.errors.map(messageOf).join("; ");
  return cause ? messageOf(cause) : messageOf(error);
}

/** How long to wait for health (whole wait and each try), by whose clock, and when to give up early. */
export interface HealthOptions {
  timeoutMs: number;
  clock?: Clock;
  intervalMs?: number;
  probeTimeoutMs?: number;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** The end of a wait for health: `healthy` with the time it took, or the last answer seen. */
export type Health = { healthy: true; afterMs: number } | { healthy: false; last: string };

const notAsked = "not asked";

/** Asks `url` until it answers 200 to 299, or the time is over. */
export async function waitUntilHealthy(url: string, options: HealthOptions): Promise<Health> {
  const clock = options.clock ?? systemClock;
  const start = clock.now().getTime();
  const elapsed = () => clock.now().getTime() - start;
  let last = notAsked;
  do {
    const left = Math.max(1, options.timeoutMs - elapsed());
    const timeoutMs = Math.min(options.probeTimeoutMs ?? 5_000, left);
    const answer = await probe(url, { timeoutMs, ...(options.headers ? { headers: options.headers } : {}) });
    if ("status" in answer && answer.status >= 200 && answer.status < 300) return { healthy: true, afterMs: elapsed() };
    // a try that the end of the wait cut short says nothing about the server
    const cutShort = "error" in answer && elapsed() >= options.timeoutMs;
    if (!cutShort || last === notAsked) last = "status" in answer ? `HTTP ${answer.status}` : answer.error;
    await clock.sleep(options.intervalMs ?? 250, options.signal);
  } while (elapsed() < options.timeoutMs);
  return { healthy: false, last };
}
