import { ExpectedError, messageOf } from "./errors.ts";
import { plainText } from "./log.ts";

/** A permission of a job's token, such as `{ deployments: "write" }`. */
export type Permission = Record<string, "read" | "write">;

/** What was tried when a call failed: "list deployments", of which repository, with which need. */
export interface Attempt {
  what: string;
  repository: string;
  permission: Permission;
}

/** Says a failure of GitHub's API for people; headers and request (they hold the token) are left behind. */
export function explainGitHubError(error: unknown, attempt: Attempt): ExpectedError {
  if (error instanceof ExpectedError) return error;
  const status = (error as { status?: unknown }).status;
  const said = plainText(messageOf(error), 500);
  const message = `Could not ${attempt.what} of ${attempt.repository}: ${typeof status === "number" ? `HTTP ${status}: ` : ""}${said}`;
  return new ExpectedError({ message, ...classify(status, error, attempt) });
}

function classify(status: unknown, error: unknown, attempt: Attempt): { code: string; remedy: string } {
  const yaml = `permissions:\n  ${Object.entries(attempt.permission)
    .map(([name, level]) => `${name}: ${level}`)
    .join("\n  ")}`;
  if (isRateLimit(error)) {
    return { code: "github-rate-limit", remedy: "wait until the limit is reset and run again" };
  }
  if (status === 401)
    return { code: "github-unauthorized", remedy: "the token is wrong or no longer valid: give a new one" };
  if (status === 403)
    return { code: "github-forbidden", remedy: `the token lacks a permission; add to the job:\n${yaml}` };
  if (status === 404) {
    const remedy = `it does not exist, or the token may not see it; check the name, and that the job has:\n${yaml}`;
    return { code: "github-not-found", remedy };
  }
  if (status === 409 || status === 422) return { code: "github-refused", remedy: "see GitHub's reason above" };
  return {
    code: "github-unavailable",
    remedy: "GitHub did not answer as it should; look at its status page, then run again",
  };
}

function isRateLimit(error: unknown): boolean {
  const { status, response } = error as { status?: number; response?: { headers?: Record<string, string> } };
  const headers = response?.headers ?? {};
  return status === 429 || (status === 403 && (headers["x-ratelimit-remaining"] === "0" || "retry-after" in headers));
}
