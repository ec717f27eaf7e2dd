import { PIPELINE_FILE } from "../environment/pipeline-file.ts";
import { ExpectedError } from "../platform/errors.ts";
import { remoteUrl } from "../platform/git.ts";
import { connectGitHub } from "../platform/github.ts";
import { renderReport } from "../release/report.ts";
import { type Review, verifyRelease as verify } from "../release/verify.ts";
import type { Context } from "../runner/context.ts";
import type { Inputs } from "../runner/inputs.ts";
import { boolean, secret, sha, text } from "../runner/parsers.ts";
import { runAction } from "../runner/run-action.ts";

/** The inputs that action.yml declares. */
export const inputs = {
  environment: text({ required: true }),
  commit: sha(),
  "staging-workflow": text({ default: ".github/workflows/staging.yml" }),
  "pipeline-workflow": text({ default: "odoo-release-pipeline/odoo-release-pipeline/.github/workflows/staging.yml" }),
  "evidence-author": text({ default: "github-actions[bot]" }),
  "pipeline-file": text({ default: PIPELINE_FILE }),
  report: boolean({ default: "true" }),
  token: secret({ required: true }),
};

/** The outputs that action.yml declares. */
export const outputs = ["commit", "staging-run", "modules-updated", "update-seconds"] as const;

/** Passes only for a commit that staging has proven; writes the release report. */
export const verifyRelease = () => runAction("verify-release", inputs, main);

async function main(given: Inputs<typeof inputs>, context: Context) {
  const { token } = given;
  const { repository, apiUrl, serverUrl, log } = context;
  const github = connectGitHub({ apiUrl, token, repository, log });
  const git = { url: remoteUrl(serverUrl, repository), token };
  const review = await verify(requestOf(given, context), { github, git, log });

  for (const { outcome, name, found } of review.verdict.checks) log.info(`${outcome}: ${name} (${found})`);
  if (given.report) await context.summary.add(renderReport(review, git.url, context.clock.now()));
  if (!review.verdict.passed) throw refused(review);
  const { evidence, run } = review.verdict;
  return {
    commit: review.commit,
    "staging-run": run?.url,
    "modules-updated": evidence?.modules.updated,
    "update-seconds": evidence?.update_seconds,
  };
}

function requestOf(given: Inputs<typeof inputs>, { sha: current, repository }: Context) {
  return {
    commit: given.commit ?? current,
    environment: given.environment,
    pipelineFile: given.pipelineFile,
    policy: {
      repository,
      callerWorkflow: given.stagingWorkflow,
      pipelineWorkflow: given.pipelineWorkflow,
      author: given.evidenceAuthor,
    },
  };
}

function refused({ commit, verdict }: Review): ExpectedError {
  const refusals = verdict.checks.filter((check) => check.cure !== undefined);
  return new ExpectedError({
    code: "release-refused",
    message: `${commit.slice(0, 12)} is not proven on staging:\n${refusals.map((check) => `  ${check.name}: ${check.found}`).join("\n")}`,
    remedy: [...new Set(refusals.map(({ cure }) => cure))].join(" "),
  });
}
