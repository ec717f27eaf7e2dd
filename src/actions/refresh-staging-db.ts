import { openEnvironment } from "../environment/open.ts";
import { PIPELINE_FILE } from "../environment/pipeline-file.ts";
import { remoteUrl } from "../platform/git.ts";
import { refreshReport } from "../refresh/report.ts";
import type { RefreshResult } from "../refresh/request.ts";
import { refreshRequest, requestRefresh } from "../refresh/request-refresh.ts";
import type { Context } from "../runner/context.ts";
import type { Inputs } from "../runner/inputs.ts";
import { boolean, duration, integer, lines, oneOf, secret, sha, text } from "../runner/parsers.ts";
import { runAction } from "../runner/run-action.ts";

/** The inputs that action.yml declares. */
export const inputs = {
  environment: text({ default: "staging" }),
  activate: oneOf("now", "with-deployment")({ default: "now" }),
  "staging-password": secret({ required: true }),
  "dry-run": boolean({ default: "false" }),
  jobs: integer(1, 16)({ default: "2" }),
  "max-block": duration({ default: "5s" }),
  "allowed-domains": lines(),
  "pipeline-file": text({ default: PIPELINE_FILE }),
  commit: sha(),
  "ssh-private-key": secret(),
  "ssh-known-hosts": text(),
  token: secret({ required: true }),
};

/** The outputs that action.yml declares. */
export const outputs = [
  "database",
  "previous",
  "manifest-sha256",
  "plan-sha256",
  "snapshot-at",
  "rows",
  "report",
] as const;

/** Makes staging a masked, neutralized and verified copy of production. */
export const refreshStagingDb = () => runAction("refresh-staging-db", inputs, main);

async function main(given: Inputs<typeof inputs>, context: Context) {
  const { log, signal, serverUrl, repository, sha, runId, runAttempt } = context;
  const git = { url: remoteUrl(serverUrl, repository), token: given.token };
  await using opened = await openEnvironment({
    ...{ log, git, commit: given.commit ?? sha, file: given.pipelineFile, environment: given.environment },
    ...{ privateKey: given.sshPrivateKey, knownHosts: given.sshKnownHosts },
  });
  const request = refreshRequest(opened.pipeline, given.environment, {
    id: `${runId}-${runAttempt}`,
    activate: given.activate,
    stagingPassword: given.stagingPassword,
    dryRun: given.dryRun,
    options: { jobs: given.jobs, maxBlockMs: given.maxBlock, allowedDomains: given.allowedDomains ?? [] },
  });
  const result = await requestRefresh(request, { host: opened.host, log, signal });
  for (const warning of result.warnings) log.warning(warning);
  await context.summary.add(refreshReport(result, `Refresh of ${request.target.name} from ${request.source.name}`));
  return outputsOf(result);
}

function outputsOf(result: RefreshResult) {
  return {
    database: result.database,
    previous: result.previous,
    "manifest-sha256": result.manifestSha256,
    "plan-sha256": result.planSha256,
    "snapshot-at": result.snapshotAt,
    rows: result.rows,
    report: result,
  };
}
