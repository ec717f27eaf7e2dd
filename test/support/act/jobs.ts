// Keeps the jobs of a run on the fake GitHub in step with act.
import type { FakeGitHub } from "../github-api/fake-github.ts";
import type { WorkflowJob, WorkflowRun } from "../github-api/state.ts";
import type { JobResult } from "./act-log.ts";

/** Called for every line of a job: begins it at the first, ends it at the one with its result. */
export type JobWatcher = (id: string, result: JobResult | undefined) => void;

/** Records the jobs that have a name; a job that only calls a workflow has none, as GitHub does not list it. */
export function recordJobs(fake: FakeGitHub, run: WorkflowRun, names: Map<string, string>): JobWatcher {
  const begun = new Map<string, WorkflowJob>();
  return (id, result) => {
    const name = names.get(id);
    if (name === undefined) return;
    const job = begun.get(id) ?? fake.startJob(run, name);
    begun.set(id, job);
    if (result) fake.finishJob(job, result);
  };
}
