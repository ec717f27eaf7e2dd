import { loadPipelineFile } from "../environment/open.ts";
import { PIPELINE_FILE } from "../environment/pipeline-file.ts";
import { branchOrder } from "../environment/resolve.ts";
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
import { ExpectedError } from "../platform/errors.ts";
import { remoteUrl } from "../platform/git.ts";
import type { Context } from "../runner/context.ts";
import type { Inputs } from "../runner/inputs.ts";
import { boolean, branch, secret, text } from "../runner/parsers.ts";
import { runAction } from "../runner/run-action.ts";

/** The inputs that action.yml declares. */
export const inputs = {
  branch: branch(),
  base: branch(),
  "pipeline-file": text({ default: PIPELINE_FILE }),
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
  const branches = await branchesOf(given, { log, ...context });
  const request = {
    ...branches,
    dryRun: given.dryRun,
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

/** Which branch is rebased on which: as the pipeline file says, unless the caller names both. */
async function branchesOf(
  given: Inputs<typeof inputs>,
  { log, serverUrl, repository, sha: commit }: Pick<Context, "log" | "serverUrl" | "repository" | "sha">,
): Promise<{ branch: string; base: string }> {
  if (given.branch !== undefined && given.base !== undefined) return { branch: given.branch, base: given.base };
  const git = { url: remoteUrl(serverUrl, repository), token: given.token };
  const file = await loadPipelineFile({ log, git, commit, file: given.pipelineFile });
  const [branch, base] = branchOrder(file).slice(0, -1);
  if (branch === undefined || base === undefined) throw noDevelopment(given.pipelineFile);
  return { branch: given.branch ?? branch, base: given.base ?? base };
}

function noDevelopment(file: string): ExpectedError {
  return new ExpectedError({
    code: "no-development",
    message: `${file} has no environment with role: development, so there is no branch to rebase.`,
    remedy: "Name the branch in the input branch, or call the staging workflow with rebase: false.",
  });
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
