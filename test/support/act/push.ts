// What happens on GitHub after a push: every workflow that listens to it runs.
import { git } from "../git.ts";
import { runWorkflow, type WorkflowRequest, type WorkflowResult } from "./act.ts";
import { workflowsOfPush } from "./workflows.ts";

/** Moves `branch` of the repository to `sha` as a developer's push does and runs the workflows of that push in turn. */
export async function push(request: Omit<WorkflowRequest, "workflow" | "event">): Promise<WorkflowResult[]> {
  const { fake, repository, branch, sha } = request;
  const { dir } = fake.repository(repository);
  const ref = `refs/heads/${branch}`;
  const before = await git(dir, ["rev-parse", "--verify", "--quiet", ref]).catch(() => "0".repeat(40));
  await git(dir, ["update-ref", ref, sha]);
  const created = /^0+$/.test(before);
  const forced = !created && (await git(dir, ["merge-base", before, sha]).catch(() => "")) !== before;
  const payload = {
    before,
    created,
    deleted: false,
    forced,
    commits: [],
    head_commit: { id: sha },
    ...request.payload,
  };
  const results: WorkflowResult[] = [];
  for (const workflow of await workflowsOfPush(dir, sha, branch)) {
    results.push(await runWorkflow({ ...request, workflow, event: "push", payload }));
  }
  return results;
}
