import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { type Clock, systemClock } from "../platform/clock.ts";
import { ExpectedError, messageOf } from "../platform/errors.ts";
import { type GitHubEvent, parseEvent } from "./event.ts";
import type { RunnerLog } from "./log.ts";
import { openSummary, type Summary } from "./summary.ts";

/** What an action knows of its job, and the means to speak. */
export interface Context {
  log: RunnerLog;
  /** Aborted when the job is cancelled; the action then has 7.5 s to leave things in order. */
  signal: AbortSignal;
  summary: Summary;
  clock: Clock;
  event: GitHubEvent;
  eventName: string;
  /** "owner/name". */
  repository: string;
  sha: string;
  /** Full name, such as `refs/heads/dev`. */
  ref: string;
  refName: string;
  runId: number;
  runAttempt: number;
  runUrl: string;
  workflow: string;
  actor: string;
  serverUrl: string;
  apiUrl: string;
  workspace: string;
  tempDir: string;
}

/** Reads the runner's variables and the event file. */
export async function readContext(
  env: Record<string, string | undefined>,
  means: { log: RunnerLog; signal: AbortSignal },
): Promise<Context> {
  const value = (name: string) => env[`GITHUB_${name}`] ?? "";
  const serverUrl = value("SERVER_URL") || "https://github.com";
  const eventName = value("EVENT_NAME");
  return {
    ...means,
    ...{ summary: openSummary(env.GITHUB_STEP_SUMMARY), clock: systemClock },
    ...{ eventName, event: parseEvent(eventName, await readPayload(env.GITHUB_EVENT_PATH)) },
    ...{ repository: value("REPOSITORY"), sha: value("SHA"), ref: value("REF"), refName: value("REF_NAME") },
    ...{ runId: Number(value("RUN_ID")), runAttempt: Number(value("RUN_ATTEMPT") || 1) },
    runUrl: `${serverUrl}/${value("REPOSITORY")}/actions/runs/${value("RUN_ID")}`,
    ...{ workflow: value("WORKFLOW"), actor: value("ACTOR"), serverUrl },
    apiUrl: value("API_URL") || "https://api.github.com",
    ...{ workspace: value("WORKSPACE") || process.cwd(), tempDir: env.RUNNER_TEMP || tmpdir() },
  };
}

async function readPayload(path: string | undefined): Promise<unknown> {
  if (!path) return {};
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    const message = `The event file ${path} cannot be read: ${messageOf(error)}`;
    throw new ExpectedError(
      { code: "event-payload", message, remedy: "run this action in a job of GitHub" },
      { cause: error },
    );
  }
}
