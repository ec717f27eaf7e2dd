// What a bad day of GitHub looks like, on demand.
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

export type FaultKind = "500" | "502" | "truncated" | "slow" | "reset" | "secondary-limit";

export interface Fault {
  kind: FaultKind;
  /** How many requests it hits. */
  count: number;
  /** Only requests whose `METHOD /path` it matches. */
  match?: RegExp;
  /** Seconds between the bytes of a slow body, and of the retry-after header. */
  seconds?: number;
}

/** Takes the next fault that hits this request and uses it up. */
export function takeFault(faults: Fault[], request: IncomingMessage): Fault | undefined {
  const line = `${request.method} ${request.url}`;
  const fault = faults.find(({ count, match }) => count > 0 && (!match || match.test(line)));
  if (fault) fault.count -= 1;
  return fault;
}

const secondaryLimit = JSON.stringify({
  message: "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
  documentation_url: "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits",
});

/** Answers in place of the server; false when the fault only spoils the real answer (see `sendSpoiled`). */
export function answerFault(fault: Fault, response: ServerResponse): boolean {
  const json = { "content-type": "application/json; charset=utf-8" };
  switch (fault.kind) {
    case "500":
    case "502":
      response.writeHead(Number(fault.kind), json).end(JSON.stringify({ message: "Server Error" }));
      return true;
    case "reset":
      response.socket?.resetAndDestroy();
      return true;
    case "secondary-limit":
      response.writeHead(403, { ...json, "retry-after": String(fault.seconds ?? 1) }).end(secondaryLimit);
      return true;
    default:
      return false;
  }
}

/** Sends a correct head and a body that is cut in the middle or comes drop by drop. */
export async function sendSpoiled(fault: Fault, response: ServerResponse, body: string): Promise<void> {
  if (fault.kind === "truncated") {
    response.removeHeader("content-length");
    return void response.end(body.slice(0, Math.floor(body.length / 2)));
  }
  const size = Math.ceil(body.length / 10);
  for (let at = 0; at < body.length && !response.destroyed; at += size) {
    response.write(body.slice(at, at + size));
    await sleep((fault.seconds ?? 1) * 1000);
  }
  response.end();
}
