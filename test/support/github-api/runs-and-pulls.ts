// Workflow runs and pull requests.
import { type Handler, notFound, ok, page } from "./answers.ts";
import { commitShape } from "./code.ts";
import { readCommit, readCommits, revParse } from "./commits.ts";
import { apiUrl, fullRepository, minimalRepository, nodeId, numberOf, user, webUrl } from "./shapes.ts";
import type { PullRequest, Repository, State, WorkflowJob, WorkflowRun } from "./state.ts";

async function runShape(state: State, repository: Repository, run: WorkflowRun) {
  const url = apiUrl(state, repository, `/actions/runs/${run.id}`);
  const workflowId = numberOf(run.path);
  const head = await readCommit(repository.dir, run.headSha);
  const mini = minimalRepository(state, repository);
  return {
    id: run.id,
    name: run.path,
    node_id: nodeId("WorkflowRun", run.id),
    head_branch: run.headBranch,
    head_sha: run.headSha,
    path: run.path,
    display_title: head.message.split("\n", 1)[0] ?? "",
    run_number: run.id,
    run_attempt: run.attempt,
    event: run.event,
    status: run.status,
    conclusion: run.conclusion,
    workflow_id: workflowId,
    check_suite_id: run.id,
    url,
    html_url: webUrl(state, repository, `/actions/runs/${run.id}`),
    pull_requests: [],
    created_at: run.createdAt,
    updated_at: run.updatedAt,
    run_started_at: run.createdAt,
    referenced_workflows: run.referencedWorkflows,
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    check_suite_url: apiUrl(state, repository, `/check-suites/${run.id}`),
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    previous_attempt_url: null,
    workflow_url: apiUrl(state, repository, `/actions/workflows/${workflowId}`),
    head_commit: {
      id: head.sha,
      tree_id: head.tree,
      message: head.message,
      timestamp: head.committer.date,
      author: { name: head.author.name, email: head.author.email },
      committer: { name: head.committer.name, email: head.committer.email },
    },
    repository: mini,
    head_repository: mini,
  };
}

const getRun: Handler = async ({ state, repository, params }) => {
  const run = repository.runs.find(({ id }) => id === params.run_id);
  const attempt = Number(params.attempt_number ?? run?.attempt);
  if (!run || attempt !== run.attempt) return notFound();
  return ok(await runShape(state, repository, run));
};

function jobShape(state: State, repository: Repository, run: WorkflowRun, job: WorkflowJob) {
  return {
    id: job.id,
    run_id: run.id,
    run_url: apiUrl(state, repository, `/actions/runs/${run.id}`),
    run_attempt: job.attempt,
    node_id: nodeId("CheckRun", job.id),
    head_sha: run.headSha,
    head_branch: run.headBranch,
    url: apiUrl(state, repository, `/actions/jobs/${job.id}`),
    html_url: webUrl(state, repository, `/actions/runs/${run.id}/job/${job.id}`),
    status: job.status,
    conclusion: job.conclusion,
    created_at: job.startedAt,
    started_at: job.startedAt,
    completed_at: job.completedAt,
    name: job.name,
    steps: [],
    check_run_url: apiUrl(state, repository, `/check-runs/${job.id}`),
    labels: ["ubuntu-24.04"],
    runner_id: 1,
    runner_name: "runner",
    runner_group_id: 1,
    runner_group_name: "Default",
    workflow_name: run.path,
  };
}

const listJobs: Handler = (call) => {
  const { state, repository, params } = call;
  const run = repository.runs.find(({ id }) => id === params.run_id);
  const attempt = Number(params.attempt_number);
  if (!run || attempt > run.attempt) return notFound();
  const jobs = run.jobs.filter((job) => job.attempt === attempt);
  const list = page(call, jobs);
  const body = { total_count: jobs.length, jobs: list.items.map((job) => jobShape(state, repository, run, job)) };
  return { status: 200, body, headers: list.headers };
};

async function pullShape(state: State, repository: Repository, pull: PullRequest) {
  const url = apiUrl(state, repository, `/pulls/${pull.number}`);
  const issue = apiUrl(state, repository, `/issues/${pull.number}`);
  const web = webUrl(state, repository, `/pull/${pull.number}`);
  const side = async (ref: string) => ({
    label: `${repository.owner}:${ref}`,
    ref,
    sha: (await revParse(repository.dir, `refs/heads/${ref}`)) ?? "",
    user: user(state, repository.owner),
    repo: fullRepository(state, repository),
  });
  const head = await side(pull.head);
  const links = {
    comments: `${issue}/comments`,
    commits: `${url}/commits`,
    statuses: apiUrl(state, repository, `/statuses/${head.sha}`),
    html: web,
    issue,
    review_comments: `${url}/comments`,
    review_comment: `${url}/comments{/number}`,
    self: url,
  };
  return {
    url,
    id: numberOf(web),
    node_id: nodeId("PullRequest", pull.number),
    html_url: web,
    diff_url: `${web}.diff`,
    patch_url: `${web}.patch`,
    issue_url: issue,
    commits_url: links.commits,
    review_comments_url: links.review_comments,
    review_comment_url: links.review_comment,
    comments_url: links.comments,
    statuses_url: links.statuses,
    number: pull.number,
    state: pull.state,
    locked: false,
    title: pull.title,
    user: user(state, pull.author),
    body: null,
    labels: [],
    milestone: null,
    created_at: pull.createdAt,
    updated_at: pull.createdAt,
    closed_at: null,
    merged_at: null,
    merge_commit_sha: null,
    assignee: null,
    head,
    base: await side(pull.base),
    _links: Object.fromEntries(Object.entries(links).map(([name, href]) => [name, { href }])),
    author_association: "COLLABORATOR",
    auto_merge: null,
    draft: false,
  };
}

const listPulls: Handler = async (call) => {
  const { state, repository, query } = call;
  const wanted = String(query.state ?? "open");
  const found = repository.pulls.filter(
    (pull) =>
      (wanted === "all" || pull.state === wanted) &&
      (!query.base || pull.base === query.base) &&
      (!query.head || `${repository.owner}:${pull.head}` === query.head),
  );
  const list = page(call, found.toReversed());
  const body = await Promise.all(list.items.map((pull) => pullShape(state, repository, pull)));
  return { status: 200, body, headers: list.headers };
};

/** GitHub gives at most 250 commits of a pull request, oldest first. */
const listPullCommits: Handler = async (call) => {
  const pull = call.repository.pulls.find(({ number }) => number === call.params.pull_number);
  if (!pull) return notFound();
  const range = `refs/heads/${pull.base}..refs/heads/${pull.head}`;
  const commits = await readCommits(call.repository.dir, ["--reverse", "--topo-order", range]);
  const list = page(call, commits.slice(0, 250));
  return { status: 200, body: list.items.map((facts) => commitShape(call, facts)), headers: list.headers };
};

export const runAndPullHandlers: Record<string, Handler> = {
  "actions/get-workflow-run": getRun,
  "actions/get-workflow-run-attempt": getRun,
  "actions/list-jobs-for-workflow-run-attempt": listJobs,
  "pulls/list": listPulls,
  "pulls/list-commits": listPullCommits,
};
