import { remoteUrl } from "../platform/git.ts";
import { connectGitHub } from "../platform/github.ts";
import { recordEvidence as record } from "../release/record.ts";
import type { Context } from "../runner/context.ts";
import type { Inputs } from "../runner/inputs.ts";
import { boolean, integer, oneOf, secret, sha, text } from "../runner/parsers.ts";
import { runAction } from "../runner/run-action.ts";
import { copyOf, moduleNames, optionalDigest, secondsOf } from "./evidence-inputs.ts";

/** The inputs that action.yml declares. */
export const inputs = {
  outcome: oneOf("success", "failure", "cancelled")({ required: true }),
  environment: text({ default: "staging" }),
  commit: sha(),
  "environment-url": text(),
  "modules-updated": text(),
  "modules-installed": text(),
  "update-seconds": text({ default: "0" }),
  "release-sha256": text(),
  "copy-manifest-sha256": text(),
  "copy-snapshot-at": text(),
  "copy-rows": integer(0, 1e14)(),
  "copy-clean": boolean({ default: "false" }),
  token: secret({ required: true }),
};

/** The outputs that action.yml declares. */
export const outputs = ["deployment-id"] as const;

/** Records on the commit what its staging deployment proved. */
export const recordEvidence = () => runAction("record-evidence", inputs, main);

async function main(given: Inputs<typeof inputs>, context: Context) {
  const { token } = given;
  const { repository, apiUrl, serverUrl, log } = context;
  const github = connectGitHub({ apiUrl, token, repository, log });
  const git = { url: remoteUrl(serverUrl, repository), token };
  const request = {
    commit: given.commit ?? context.sha,
    environment: given.environment,
    environmentUrl: given.environmentUrl,
    runId: context.runId,
    runAttempt: context.runAttempt,
    outcome: given.outcome === "success" ? ("success" as const) : ("failure" as const),
    modules: { updated: moduleNames(given.modulesUpdated), installed: moduleNames(given.modulesInstalled) },
    updateSeconds: secondsOf(given.updateSeconds),
    copy: copyOf(given.copyManifestSha256, given.copySnapshotAt, given.copyRows, given.copyClean),
    releaseSha256: optionalDigest("release-sha256", given.releaseSha256),
  };
  return { "deployment-id": await record(request, { github, git, log }) };
}
