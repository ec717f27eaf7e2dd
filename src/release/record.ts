import { ExpectedError } from "../platform/errors.ts";
import { withTemporaryDirectory } from "../platform/files.ts";
import { type GitAuth, Repository } from "../platform/git.ts";
import type { GitHub } from "../platform/github.ts";
import type { Log } from "../platform/log.ts";
import { EVIDENCE_KIND, type Evidence } from "./evidence.ts";

/** What a staging deployment did, as the steps before reported it. */
export interface RecordRequest {
  commit: string;
  environment: string;
  environmentUrl?: string | undefined;
  runId: number;
  runAttempt: number;
  /** How the deployment ended; a failure is recorded too, since it voids an earlier success of the same commit. */
  outcome: "success" | "failure";
  modules: Evidence["modules"];
  updateSeconds: number;
  copy: Evidence["copy"];
  releaseSha256: string | null;
}

/** What recording and verifying need of the world. */
export interface ReleaseDeps {
  github: GitHub;
  git: GitAuth;
  log: Log;
}

/** Writes the evidence as a deployment of the commit with one final status; returns the deployment's id. */
export async function recordEvidence(request: RecordRequest, deps: ReleaseDeps): Promise<number> {
  const { github, log } = deps;
  const run = await github.getRun(request.runId);
  if (!run) throw unknownRun(request.runId);
  const evidence = composeEvidence(request, await treeOf(request.commit, deps), run.path);

  const deployment = await github.createDeployment({
    sha: request.commit,
    environment: request.environment,
    task: "deploy",
    payload: evidence,
    description: `Odoo Release Pipeline, run ${request.runId}`,
    production: false,
  });
  await github.createDeploymentStatus(deployment.id, {
    state: request.outcome,
    description: request.outcome === "success" ? "Proven on a copy of production's data" : "The deployment failed",
    logUrl: run.url,
    ...(request.environmentUrl ? { environmentUrl: request.environmentUrl } : {}),
  });
  log.info(`Evidence about ${request.commit.slice(0, 12)}: deployment ${deployment.id}, ${request.outcome}`);
  return deployment.id;
}

/** The payload of the deployment. */
export function composeEvidence(request: RecordRequest, tree: string, workflow: string): Evidence {
  return {
    kind: EVIDENCE_KIND,
    commit: request.commit,
    tree,
    run_id: request.runId,
    run_attempt: request.runAttempt,
    workflow,
    modules: request.modules,
    update_seconds: request.updateSeconds,
    copy: request.copy,
    release_sha256: request.releaseSha256,
  };
}

async function treeOf(commit: string, { git, log }: ReleaseDeps): Promise<string> {
  return await withTemporaryDirectory("odoo-pipeline-record-", async (dir) => {
    const refs = [`${commit}:refs/pipeline/candidate`];
    const repository = await Repository.clone(log, git, { dir, filter: "tree:0", depth: 1, refs });
    const { stdout } = await repository.git(["log", "-1", "--format=%T", "--end-of-options", commit]);
    return stdout.trim();
  });
}

function unknownRun(id: number): ExpectedError {
  return new ExpectedError({
    code: "unknown-run",
    message: `GitHub does not show the workflow run ${id}, which the evidence has to name.`,
    remedy: "Grant the job `permissions: { actions: read }`, as the template does.",
  });
}
