// Deployments, their statuses and environments, with GitHub's rules.
import { type Answer, type Call, failure, type Handler, notFound, ok, page } from "./answers.ts";
import { resolveCommit } from "./commits.ts";
import { apiUrl, app, nodeId, user, webUrl } from "./shapes.ts";
import type { Deployment, DeploymentState, DeploymentStatus, Repository, State } from "./state.ts";

function deploymentShape(state: State, repository: Repository, deployment: Deployment) {
  const url = apiUrl(state, repository, `/deployments/${deployment.id}`);
  return {
    url,
    id: deployment.id,
    node_id: nodeId("Deployment", deployment.id),
    task: deployment.task,
    original_environment: deployment.environment,
    environment: deployment.environment,
    description: deployment.description,
    created_at: deployment.createdAt,
    updated_at: deployment.statuses.at(-1)?.createdAt ?? deployment.createdAt,
    statuses_url: `${url}/statuses`,
    repository_url: apiUrl(state, repository),
    creator: user(state, deployment.creator.login),
    sha: deployment.sha,
    ref: deployment.ref,
    payload: deployment.payload,
    transient_environment: deployment.transient,
    production_environment: deployment.production,
    performed_via_github_app: app(state, deployment.creator),
  };
}

function statusShape(state: State, repository: Repository, deployment: Deployment, status: DeploymentStatus) {
  const deploymentUrl = apiUrl(state, repository, `/deployments/${deployment.id}`);
  return {
    url: `${deploymentUrl}/statuses/${status.id}`,
    id: status.id,
    node_id: nodeId("DeploymentStatus", status.id),
    state: status.state,
    creator: user(state, status.creator.login),
    description: status.description,
    environment: status.environment,
    target_url: status.logUrl,
    created_at: status.createdAt,
    updated_at: status.createdAt,
    deployment_url: deploymentUrl,
    repository_url: apiUrl(state, repository),
    environment_url: status.environmentUrl,
    log_url: status.logUrl,
    performed_via_github_app: app(state, status.creator),
  };
}

const createDeployment: Handler = async ({ state, repository, token, body }) => {
  const ref = String(body.ref);
  const sha = await resolveCommit(repository.dir, ref);
  if (!sha) return failure(422, `No ref found for: ${ref}`);
  const contexts = (body.required_contexts as string[] | undefined) ?? [];
  if (contexts.length > 0) return failure(409, `Conflict: Commit status checks failed for ${ref}.`);
  const environment = String(body.environment ?? "production");
  const deployment: Deployment = {
    id: state.nextId(),
    sha,
    ref,
    task: String(body.task ?? "deploy"),
    environment,
    payload: (body.payload as Deployment["payload"] | undefined) ?? {},
    description: (body.description as string | null | undefined) ?? null,
    transient: body.transient_environment === true,
    production: (body.production_environment as boolean | undefined) ?? environment === "production",
    creator: token,
    createdAt: state.now(),
    statuses: [],
  };
  repository.deployments.push(deployment);
  return ok(deploymentShape(state, repository, deployment), 201);
};

const listDeployments: Handler = (call) => {
  const { state, repository, query } = call;
  const wanted = (["sha", "ref", "task", "environment"] as const).filter((key) => query[key] && query[key] !== "none");
  const found = repository.deployments.filter((deployment) => wanted.every((key) => deployment[key] === query[key]));
  const list = page(call, found.toReversed());
  return { status: 200, body: list.items.map((one) => deploymentShape(state, repository, one)), headers: list.headers };
};

function withDeployment(work: (call: Call, deployment: Deployment) => Answer): Handler {
  return (call) => {
    const deployment = call.repository.deployments.find(({ id }) => id === call.params.deployment_id);
    return deployment ? work(call, deployment) : notFound();
  };
}

const getDeployment = withDeployment(({ state, repository }, deployment) =>
  ok(deploymentShape(state, repository, deployment)),
);

const listStatuses = withDeployment((call, deployment) => {
  const { state, repository } = call;
  const list = page(call, deployment.statuses.toReversed());
  const body = list.items.map((status) => statusShape(state, repository, deployment, status));
  return { status: 200, body, headers: list.headers };
});

const createStatus = withDeployment((call, deployment) => {
  const { state, repository, body } = call;
  const description = String(body.description ?? "");
  if ([...description].length > 140) {
    return failure(422, "Validation Failed", [{ resource: "DeploymentStatus", field: "description", code: "custom" }]);
  }
  const status = addStatus(call, deployment, body.state as DeploymentState, {
    description,
    environment: String(body.environment ?? deployment.environment),
    logUrl: String(body.log_url || body.target_url || ""),
    environmentUrl: String(body.environment_url ?? ""),
  });
  if (status.state === "success" && body.auto_inactive !== false) retireEarlier(call, deployment);
  return ok(statusShape(state, repository, deployment, status), 201);
});

type StatusText = Pick<DeploymentStatus, "description" | "environment" | "logUrl" | "environmentUrl">;

function addStatus(
  { state, token }: Call,
  deployment: Deployment,
  name: DeploymentState,
  text: StatusText,
): DeploymentStatus {
  const status: DeploymentStatus = { ...text, id: state.nextId(), state: name, creator: token, createdAt: state.now() };
  deployment.statuses.push(status);
  return status;
}

/** auto_inactive: earlier successes of the same non-transient, non-production environment become inactive. */
function retireEarlier(call: Call, latest: Deployment): void {
  for (const deployment of call.repository.deployments) {
    const last = deployment.statuses.at(-1);
    const earlier = deployment !== latest && deployment.environment === latest.environment;
    if (!earlier || deployment.transient || deployment.production || last?.state !== "success") continue;
    addStatus(call, deployment, "inactive", { ...last, description: "" });
  }
}

const getEnvironment: Handler = ({ state, repository, params }) => {
  const environment = repository.environments.get(String(params.environment_name));
  if (!environment) return notFound();
  const reviewers = environment.reviewers.map((login) => ({ type: "User", reviewer: user(state, login) }));
  const rule = { id: environment.id + 1, node_id: nodeId("Gate", environment.id), type: "required_reviewers" };
  return ok({
    id: environment.id,
    node_id: nodeId("Environment", environment.id),
    name: environment.name,
    url: apiUrl(state, repository, `/environments/${encodeURIComponent(environment.name)}`),
    html_url: webUrl(
      state,
      repository,
      `/deployments/activity_log?environment=${encodeURIComponent(environment.name)}`,
    ),
    created_at: environment.createdAt,
    updated_at: environment.createdAt,
    can_admins_bypass: true,
    protection_rules: reviewers.length > 0 ? [{ ...rule, prevent_self_review: false, reviewers }] : [],
    deployment_branch_policy: null,
  });
};

export const deploymentHandlers: Record<string, Handler> = {
  "repos/create-deployment": createDeployment,
  "repos/list-deployments": listDeployments,
  "repos/get-deployment": getDeployment,
  "repos/create-deployment-status": createStatus,
  "repos/list-deployment-statuses": listStatuses,
  "repos/get-environment": getEnvironment,
};
