import { withTemporaryDirectory } from "../platform/files.ts";
import type { GitAuth } from "../platform/git.ts";
import type { Log } from "../platform/log.ts";
import type { Rule } from "./facts.ts";
import { gather } from "./gather.ts";
import { type CheckReport, reportOf } from "./report.ts";
import { type Event, questionsOf, type Settings } from "./scope.ts";
import { findingsOf } from "./verdict.ts";

/** What is checked, where, and which rules only warn. */
export interface CheckRequest {
  event: Event;
  settings: Settings;
  auth: GitAuth;
  warnOnly: readonly Rule[];
}

/** Judges the history that an event is about; throws `ExpectedError` only when there is nothing to judge. */
export async function checkHistory(request: CheckRequest, log: Log): Promise<CheckReport> {
  const questions = questionsOf(request.event, request.settings);
  return withTemporaryDirectory("linear-history", async (dir) => {
    const comparisons = await gather({ log, auth: request.auth, dir }, questions);
    const findings = comparisons.flatMap((comparison) => findingsOf(comparison, request.warnOnly));
    return reportOf(comparisons, findings);
  });
}
