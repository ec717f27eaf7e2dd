import type { SeriesFacts } from "../odoo/series.ts";
import type { Clock } from "../platform/clock.ts";
import { ExpectedError } from "../platform/errors.ts";
import { type ProbeResult, probe, waitUntilHealthy } from "../platform/http.ts";

/** Which server to look at, as whom, and for how long. */
export interface HealthCheck {
  /** Such as http://127.0.0.1:8069. */
  server: string;
  /** The site's public address, whose host the server is told. */
  site: string;
  facts: SeriesFacts;
  timeoutMs: number;
  clock: Clock;
  signal?: AbortSignal;
}

/** A server answers: its health route, then the login page (registry, views) and every bundle that page names. */
export async function verifyServer(check: HealthCheck): Promise<void> {
  await awaitAnswer(check, check.facts.healthPath ?? "/web/login");
  const page = await awaitAnswer(check, "/web/login");
  for (const bundle of bundlesOf(page)) await awaitAnswer(check, bundle);
}

/** The stylesheets and scripts of a page that its own server makes. */
export function bundlesOf(html: string): string[] {
  const links = [...html.matchAll(/(?:href|src)="(\/web\/assets\/[^"]+\.(?:css|js))"/g)];
  return [...new Set(links.map((link) => (link[1] as string).replaceAll("&amp;", "&")))];
}

/** Whether a server gave any HTTP answer at all. */
export async function answersAtAll(server: string): Promise<boolean> {
  return "status" in (await probe(server));
}

async function awaitAnswer(check: HealthCheck, path: string): Promise<string> {
  const { host, protocol } = new URL(check.site);
  const headers = { host, "x-forwarded-host": host, "x-forwarded-proto": protocol.slice(0, -1) };
  const { timeoutMs, clock, signal } = check;
  const url = `${check.server}${path}`;
  // the first answer after an update makes bundles and may take long
  const options = { timeoutMs, clock, headers, probeTimeoutMs: Math.min(timeoutMs, 60_000) };
  const health = await waitUntilHealthy(url, signal ? { ...options, signal } : options);
  if (!health.healthy) throw unhealthy(path, health.last, timeoutMs);
  const answer: ProbeResult = await probe(url, { timeoutMs: options.probeTimeoutMs, headers });
  if ("status" in answer) return answer.body;
  throw unhealthy(path, answer.error, timeoutMs);
}

function unhealthy(path: string, last: string, timeoutMs: number): ExpectedError {
  return new ExpectedError({
    code: "unhealthy",
    message: `The new version does not answer ${path} with 200 within ${Math.round(timeoutMs / 1000)} s; last: ${last}.`,
    remedy: "Look at the end of Odoo's log below. A slow start needs a longer policies.health_timeout.",
  });
}
