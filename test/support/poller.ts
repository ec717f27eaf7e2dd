// A client that asks all along: what it saw is the downtime that people would have felt.
import { setTimeout as sleep } from "node:timers/promises";

/** What one request saw: a status, or how it failed. */
export interface Sample {
  /** Milliseconds since the poller began, when the request was sent. */
  at: number;
  status: number | "refused" | "reset" | "timeout";
}

/** A stretch of time with the same answer. */
export interface Span {
  status: Sample["status"];
  from: number;
  to: number;
}

export interface Downtime {
  requests: number;
  ok: number;
  /** Polite refusals: 503 with a maintenance answer. */
  unavailable: number;
  /** Nobody listened, or the connection broke. */
  broken: number;
  /** Any other answer, such as 500. */
  other: number;
  /** Milliseconds of the longest stretch without a good answer. */
  longest: number;
  spans: Span[];
}

/** Adds the samples up; a stretch ends with the first sample that follows it. Statuses below 400 are good. */
export function sumUp(samples: readonly Sample[]): Downtime {
  const count = (test: (status: Sample["status"]) => boolean) => samples.filter(({ status }) => test(status)).length;
  const spans: Span[] = [];
  for (const { at, status } of samples) {
    const last = spans.at(-1);
    if (last) last.to = at;
    if (last?.status !== status) spans.push({ status, from: at, to: at });
  }
  let longest = 0;
  let since: number | undefined;
  for (const { at, status } of samples) {
    if (since !== undefined) longest = Math.max(longest, at - since);
    since = isGood(status) ? undefined : (since ?? at);
  }
  const [ok, unavailable] = [count(isGood), count((status) => status === 503)];
  const broken = count((status) => typeof status === "string");
  return {
    requests: samples.length,
    ok,
    unavailable,
    broken,
    other: samples.length - ok - unavailable - broken,
    longest,
    spans,
  };
}

function isGood(status: Sample["status"]): boolean {
  return typeof status === "number" && status < 400;
}

export interface Poller {
  samples: readonly Sample[];
  /** Stops asking and adds up. */
  stop(): Promise<Downtime>;
}

/** A busy server is not made busier by the one who watches it: more requests than these never wait at once. */
const maxWaiting = 4;

/** Asks `url` every `interval` milliseconds, each request on its own connection, until it is stopped. */
export function startPoller(url: string, options: { interval?: number; timeout?: number } = {}): Poller {
  const { interval = 100, timeout = 5000 } = options;
  const samples: Sample[] = [];
  const begun = performance.now();
  const stopped = new AbortController();
  const asked = new Set<Promise<void>>();
  const ask = async () => {
    const sample: Sample = { at: Math.round(performance.now() - begun), status: "timeout" };
    sample.status = await request(url, timeout);
    samples.push(sample);
  };
  const loop = (async () => {
    while (!stopped.signal.aborted) {
      if (asked.size < maxWaiting) {
        const one = ask().finally(() => asked.delete(one));
        asked.add(one);
      }
      await sleep(interval, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  })();
  const stop = async () => {
    stopped.abort();
    await loop;
    await Promise.all(asked);
    return sumUp(samples.toSorted((a, b) => a.at - b.at));
  };
  return { samples, stop };
}

async function request(url: string, timeout: number): Promise<Sample["status"]> {
  try {
    const headers = { connection: "close" };
    const response = await fetch(url, { headers, redirect: "manual", signal: AbortSignal.timeout(timeout) });
    await response.arrayBuffer();
    return response.status;
  } catch (error) {
    const cause = (error as Error).cause as { code?: string } | undefined;
    if ((error as Error).name === "TimeoutError") return "timeout";
    return cause?.code === "ECONNREFUSED" ? "refused" : "reset";
  }
}
