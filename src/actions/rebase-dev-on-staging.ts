import { rebaseBranch } from "../history/rebase.ts";
import { ConflictError } from "../history/rebase-errors.ts";
import {
  conflictMarkdown,
  isChanged,
  type RebaseReport,
  rebaseHeadline,
  rebaseJson,
  rebaseMarkdown,
  undoCommand,
} from "../history/rebase-report.ts";
import { remoteUrl } from "../platform/git.ts";
import type { Context } from "../runner/context.ts";
import type { Inputs } from "../runner/inputs.ts";
import { boolean, branch, secret, text } from "../runner/parsers.ts";
import { runAction } from "../runner/run-action.ts";

/** The inputs that action.yml declares. */
export const inputs = {
  branch: branch({ default: "dev" }),
  base: branch({ default: "staging" }),
  "committer-name": text({ default: "github-actions[bot]" }),
  "committer-email": text({ default: "41898282+github-actions[bot]@users.noreply.github.com" }),
  "dry-run": boolean({ default: "false" }),
  repository: text(),
  "server-url": text(),
  token: secret({ required: true }),
};

/** The outputs that action.yml declares. */
export const outputs = ["changed", "old-sha", "new-sha", "moved", "dropped", "backup-ref", "undo", "report"] as const;

/** Replays a branch on its base and pushes it, unless that meets a conflict. */
export const rebaseDevOnStaging = () => runAction("rebase-dev-on-staging", inputs, main);

async function main(given: Inputs<typeof inputs>, { log, clock, summary, ...context }: Context) {
  const url = remoteUrl(given.serverUrl ?? context.serverUrl, given.repository ?? context.repository);
  const request = {
    ...{ branch: given.branch, base: given.base, dryRun: given.dryRun },
    committer: { name: given.committerName, email: given.committerEmail },
    auth: { url, token: given.token },
  };
  try {
    const report = await rebaseBranch(request, { log, clock });
    log.info(rebaseHeadline(report));
    await summary.add(rebaseMarkdown(report));
    return outputsOf(report);
  } catch (error) {
    if (error instanceof ConflictError) await summary.add(conflictMarkdown(error));
    throw error;
  }
}

function outputsOf(report: RebaseReport) {
  const pushed = isChanged(report) && !report.dryRun;
  return {
    changed: isChanged(report),
    "old-sha": report.oldSha,
    "new-sha": report.newSha,
    moved: report.moved.length,
    dropped: report.dropped.length,
    "backup-ref": pushed ? report.backupRef : undefined,
    undo: pushed ? undoCommand(report) : undefined,
    report: rebaseJson(report),
  };
}
