import { deployCommit } from "../deploy/deploy.ts";
import { deploymentError, deploymentReport, failureDetails } from "../deploy/report.ts";
import type { DeployResult } from "../deploy/request.ts";
import { openEnvironment } from "../environment/open.ts";
import { PIPELINE_FILE } from "../environment/pipeline-file.ts";
import { ROLES } from "../environment/pipeline-schema.ts";
import { neighboursOf } from "../environment/resolve.ts";
import { refuseProduction, requireRole } from "../environment/roles.ts";
import { remoteUrl } from "../platform/git.ts";
import type { Context } from "../runner/context.ts";
import type { Inputs } from "../runner/inputs.ts";
import { boolean, databaseName, duration, oneOf, secret, sha, text } from "../runner/parsers.ts";
import { runAction } from "../runner/run-action.ts";

/** The inputs that action.yml declares. */
export const inputs = {
  environment: text({ required: true }),
  commit: sha(),
  "database-copy": databaseName(),
  rollback: boolean({ default: "false" }),
  "pipeline-file": text({ default: PIPELINE_FILE }),
  role: oneOf(...ROLES)(),
  "lock-timeout": duration({ default: "30m" }),
  "ssh-private-key": secret(),
  "ssh-known-hosts": text(),
  token: secret({ required: true }),
};

/** The outputs that action.yml declares. */
export const outputs = [
  "result",
  "release",
  "release-sha256",
  "updated-modules",
  "installed-modules",
  "update-seconds",
  "downtime-seconds",
] as const;

/** Puts a commit on the servers of an environment; ends red when the old version had to come back. */
export const deployOdoo = () => runAction("deploy-odoo", inputs, main);

async function main(given: Inputs<typeof inputs>, context: Context) {
  const { log, clock, signal, serverUrl, repository, actor, runUrl } = context;
  const commit = given.commit ?? context.sha;
  const git = { url: remoteUrl(serverUrl, repository), token: given.token };
  await using opened = await openEnvironment({
    ...{ log, git, commit, file: given.pipelineFile, environment: given.environment },
    ...{ privateKey: given.sshPrivateKey, knownHosts: given.sshKnownHosts },
  });
  const { pipeline, instance, host } = opened;
  requireRole(instance, given.role);
  if (given.databaseCopy) refuseProduction(instance, "swapped");
  const deployment = {
    ...{ instance, commit, git, addons: pipeline.odoo.addons, install: pipeline.odoo.install },
    databaseCopy: given.databaseCopy,
    rollback: given.rollback,
    expendable: pipeline.policies.end_sessions,
    manifestPublicKey: pipeline.refresh.manifest_public_key,
    neighbours: neighboursOf(pipeline, instance),
    oauth: pipeline.refresh.oauth,
    updateTimeoutMs: pipeline.policies.update_timeout,
    healthTimeoutMs: pipeline.policies.health_timeout,
    lockTimeoutMs: given.lockTimeout,
    run: { url: runUrl, actor },
  };
  const result = await deployCommit(deployment, { host, log, clock, signal });
  await publish(given.environment, result, context);
  return outputsOf(result);
}

async function publish(environment: string, result: DeployResult, { log, summary }: Context): Promise<void> {
  await summary.add(deploymentReport(environment, result));
  const details = failureDetails(result);
  if (details) await log.group("Odoo's log", async () => log.foreign("odoo", details));
  const error = deploymentError(environment, result);
  if (error) throw error;
  log.info(result.state);
}

function outputsOf(result: DeployResult) {
  return {
    result: result.outcome,
    release: result.release,
    "release-sha256": result.sha256,
    "updated-modules": result.updated,
    "installed-modules": result.installed,
    "update-seconds": result.updateSeconds,
    "downtime-seconds": result.downtimeSeconds,
  };
}
