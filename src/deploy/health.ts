import type { SeriesFacts } from "../odoo/series.ts";
import type { Clock } from "../platform/clock.ts";
import { ExpectedError } from "../platform/errors.ts";
import { type ProbeResult, probe } from "../platform/http.ts";

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

/** The server answers its health route and the login page (registry, views); returns that page. */
export async function awaitLogin(check: HealthCheck): Promise<string> {
  if (check.facts.healthPath) await awaitPage(check, check.facts.healthPath);
  return await awaitPage(check, "/web/login");
}

/** The server answers, and so do all bundles that the login page names: afterwards they are made for everybody. */
export async function verifyServer(check: HealthCheck): Promise<void> {
  for (const bundle of bundlesOf(await awaitLogin(check))) await awaitPage(check, bundle);
}

/** The stylesheets and scripts of a page that its own server makes. */
export function bundlesOf(html: string): string[] {
  const links = [...html.matchAll(/(?:href|src)="(\/web\/assets\/[^"]+\.(?:css|js))"/g)];
  return [...new Set(links.map((link) => (link[1] as string).replaceAll("&amp;", "&")))];
}

/** The body of a page, asked for until it comes with 200; ExpectedError "unhealthy" when the time is over. */
async function awaitPage(check: HealthCheck, path: string): Promise<string> {
  const { timeoutMs, clock, signal } = check;
  const { host, protocol } = new URL(check.site);
  const headers = { host, "x-forwarded-host": host, "x-forwarded-proto": protocol.slice(0, -1) };
  const deadline = clock.now().getTime() + timeoutMs;
  for (;;) {
    const left = Math.max(1, deadline - clock.now().getTime());
    // the first answer after an update makes bundles and may take long
    const answer = await probe(`${check.server}${path}`, { timeoutMs: Math.min(left, 60_000), headers });
    if ("status" in answer && answer.status === 200) return answer.body;
    if (clock.now().getTime() >= deadline) throw unhealthy(path, saidBy(answer), timeoutMs);
    await clock.sleep(250, signal);
  }
}

function saidBy(answer: ProbeResult): string {
  return "status" in answer ? `HTTP ${answer.status}` : answer.error;
}

function unhealthy(path: string, last: string, timeoutMs: number): ExpectedError {
  return new ExpectedError({
    code: "unhealthy",
    message: `The server does not answer ${path} with 200 within ${Math.round(timeoutMs / 1000)} s; last: ${last}.`,
    remedy: "Look at the end of Odoo's log below. A slow start needs a longer policies.health_timeout.",
  });
}
