import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type OpenEnvironment, openEnvironment } from "../environment/open.ts";
import { PIPELINE_FILE } from "../environment/pipeline-file.ts";
import { remoteUrl } from "../platform/git.ts";
import { refreshAcrossNodes, type TwoNodes } from "../refresh/across-nodes.ts";
import { guardReport, requestGuard } from "../refresh/guard/request-guard.ts";
import {
  changesOf,
  neutralizeReport,
  neutralizeRequest,
  requestNeutralize,
} from "../refresh/neutralize/request-neutralize.ts";
import { refreshOnRunner } from "../refresh/on-runner.ts";
import { refreshReport } from "../refresh/report.ts";
import type { RefreshRequest, RefreshResult } from "../refresh/request.ts";
import {
  placeOf,
  type RefreshWish,
  refreshRequest,
  requestRefresh,
  sourceThrough,
} from "../refresh/request-refresh.ts";
import type { Context } from "../runner/context.ts";
import type { Inputs } from "../runner/inputs.ts";
import { boolean, databaseName, duration, integer, lines, oneOf, secret, sha, text } from "../runner/parsers.ts";
import { runAction } from "../runner/run-action.ts";

/** The inputs that action.yml declares. */
export const inputs = {
  environment: text({ default: "staging" }),
  activate: oneOf("now", "with-deployment")({ default: "now" }),
  from: oneOf("production", "golden")({ default: "production" }),
  database: databaseName(),
  "expires-after": duration({ default: "7d" }),
  mode: oneOf("auto", "full", "delta")({ default: "auto" }),
  verify: oneOf("counts", "hash")({ default: "counts" }),
  "staging-password": secret({ required: true }),
  "source-password": secret(),
  "signing-key": secret(),
  "dry-run": boolean({ default: "false" }),
  "generate-guard": boolean({ default: "false" }),
  "neutralize-only": boolean({ default: "false" }),
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
  "clean",
  "plan-sha256",
  "snapshot-at",
  "rows",
  "guard",
  "report",
] as const;

/** Makes staging a masked, neutralized and verified copy of production. */
export const refreshStagingDb = () => runAction("refresh-staging-db", inputs, main);

async function main(given: Inputs<typeof inputs>, context: Context) {
  const { log, serverUrl, repository, sha } = context;
  const git = { url: remoteUrl(serverUrl, repository), token: given.token };
  await using opened = await openEnvironment({
    ...{ log, git, commit: given.commit ?? sha, file: given.pipelineFile, environment: given.environment },
    ...{ privateKey: given.sshPrivateKey, knownHosts: given.sshKnownHosts },
  });
  if (given.neutralizeOnly) return await neutralizeAlone(given, opened, context);
  const request = refreshRequest(opened.pipeline, given.environment, wishOf(given, context));
  if (given.generateGuard) return await generateGuard(request, opened, context);
  const result = await refresh(request, opened, context);
  for (const warning of result.warnings) log.warning(warning);
  await context.summary.add(refreshReport(result, `Refresh of ${request.target.name} from ${request.source.name}`));
  return outputsOf(result);
}

function wishOf(given: Inputs<typeof inputs>, { runId, runAttempt, clock }: Context): RefreshWish {
  const expiresAt = new Date(clock.now().getTime() + given.expiresAfter).toISOString();
  return {
    id: `${runId}-${runAttempt}`,
    ...{ activate: given.activate, from: given.from, dryRun: given.dryRun },
    ...(given.database ? { branchDatabase: { name: given.database, expiresAt } } : {}),
    ...(given.signingKey ? { signingKey: given.signingKey } : {}),
    ...{ stagingPassword: given.stagingPassword, sourcePassword: given.sourcePassword },
    options: {
      ...{ jobs: given.jobs, maxBlockMs: given.maxBlock, allowedDomains: given.allowedDomains ?? [] },
      ...{ mode: given.mode, verify: given.verify },
    },
  };
}

async function neutralizeAlone(
  { environment, stagingPassword }: Inputs<typeof inputs>,
  { pipeline, host }: OpenEnvironment,
  { log, signal, summary }: Context,
) {
  const request = neutralizeRequest(pipeline, environment, stagingPassword);
  const result = await requestNeutralize(request, { host, signal });
  for (const change of changesOf(result)) log.info(change);
  for (const warning of result.warnings) log.warning(warning);
  await summary.add(neutralizeReport(result, environment));
  return { database: result.database, report: result };
}

/** Writes the scripts into the job's folder for temporary files and says what to do with them. */
async function generateGuard(request: RefreshRequest, opened: OpenEnvironment, context: Context) {
  const guard = await requestGuard(request, meansOf(request, opened, context));
  const folder = join(context.tempDir, "guard");
  const files = { sql: join(folder, "guard.sql"), remove: join(folder, "guard-remove.sql") };
  await mkdir(folder, { recursive: true });
  await writeFile(files.sql, guard.sql);
  await writeFile(files.remove, guard.remove);
  await context.summary.add(guardReport(guard, files));
  return { guard: folder, "plan-sha256": guard.planSha256 };
}

function meansOf(request: RefreshRequest, opened: OpenEnvironment, { log, signal }: Context) {
  const through = sourceThrough(opened.pipeline.refresh, request, "target");
  const tunnel = through === undefined ? undefined : opened.tunnelThrough(through);
  return { host: opened.host, tunnel, log, signal };
}

function refresh(request: RefreshRequest, opened: OpenEnvironment, context: Context): Promise<RefreshResult> {
  const { source, target } = request;
  const settings = opened.pipeline.refresh;
  const nodes = {
    ...meansOf(request, opened, context),
    manifestPublicKey: settings.manifest_public_key,
    openSource: () => opened.openNode(source.nodeName),
  };
  if (placeOf(settings, request) === "runner") return refreshHere(request, nodes, opened, context);
  return source.nodeName === target.nodeName ? requestRefresh(request, nodes) : refreshAcrossNodes(request, nodes);
}

function refreshHere(request: RefreshRequest, nodes: TwoNodes, opened: OpenEnvironment, { clock }: Context) {
  const through = sourceThrough(opened.pipeline.refresh, request, "runner");
  return refreshOnRunner(request, {
    ...{ ...nodes, clock },
    toSource: through === undefined ? undefined : opened.tunnelHere(through),
    toTarget: opened.tunnelHere(request.target.nodeName),
  });
}

function outputsOf(result: RefreshResult) {
  return {
    database: result.database,
    previous: result.previous,
    "manifest-sha256": result.manifestSha256,
    // A copy that is not clean ends the refresh, so that there is no manifest of one.
    clean: result.manifestSha256 !== undefined,
    "plan-sha256": result.planSha256,
    "snapshot-at": result.snapshotAt,
    rows: result.rows,
    report: result,
  };
}
