// What happens on GitHub after a push: every workflow that listens to it runs.
import { git } from "../git.ts";
import type { FakeGitHub } from "../github-api/fake-github.ts";
import type { Push } from "../github-api/state.ts";
import type { Permissions } from "../github-api/tokens.ts";
import { runWorkflow, type WorkflowRequest, type WorkflowResult } from "./act.ts";
import { workflowsOfPush } from "./workflows.ts";

export interface PushRequest extends Omit<WorkflowRequest, "workflow" | "event" | "sha"> {
  /** Repository that is pushed from. */
  from: string;
  /** What is pushed; the branch of the same name by default. */
  revision?: string;
}

const developer: Permissions = { contents: "write", workflows: "write" };

/** The token as git sends it: in a header that no process list shows. */
export function gitCredentials(token: string): Record<string, string> {
  const basic = Buffer.from(`x-access-token:${token}`).toString("base64");
  return {
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "http.extraheader",
    GIT_CONFIG_VALUE_0: `authorization: basic ${basic}`,
  };
}

/**
 * Pushes a branch over HTTP as a developer does and runs the workflows of that push one after the other, then those of
 * the pushes that Apps made in these runs. Rejects with git's words when GitHub refuses the push.
 */
export async function push(request: PushRequest): Promise<WorkflowResult[]> {
  const { fake, repository, branch, from, actor = "dev" } = request;
  const token = fake.issueToken({ kind: "user", login: actor, repositories: [repository], permissions: developer });
  const refspec = `${request.revision ?? `refs/heads/${branch}`}:refs/heads/${branch}`;
  const known = fake.state.pushes.length;
  await git(from, ["push", "--quiet", `${fake.url}/${repository}.git`, refspec], { env: gitCredentials(token.value) });
  return runWorkflowsOf(request, known);
}

/** Runs the workflows of the pushes that GitHub has seen since there were `known` of them. */
async function runWorkflowsOf(request: PushRequest, known: number): Promise<WorkflowResult[]> {
  const { fake, repository } = request;
  const { dir } = fake.repository(repository);
  const results: WorkflowResult[] = [];
  for (let next = known; next < fake.state.pushes.length; next++) {
    const pushed = fake.state.pushes[next];
    const branch = pushed?.ref.replace("refs/heads/", "") ?? "";
    const deleted = /^0+$/.test(pushed?.after ?? "");
    if (!pushed?.triggersWorkflows || !pushed.ref.startsWith("refs/heads/") || deleted) continue;
    const where = { ...request, branch, sha: pushed.after, actor: pushed.pusher };
    const payload = { ...(await payloadOf(fake, pushed)), ...request.payload };
    for (const workflow of await workflowsOfPush(dir, pushed.after, branch)) {
      results.push(await runWorkflow({ ...where, workflow, event: "push", payload }));
    }
  }
  return results;
}

async function payloadOf(fake: FakeGitHub, { repository, before, after }: Push) {
  const created = /^0+$/.test(before);
  const fork = created
    ? before
    : await git(fake.repository(repository).dir, ["merge-base", before, after]).catch(() => "");
  return { before, created, deleted: false, forced: fork !== before, commits: [], head_commit: { id: after } };
}
