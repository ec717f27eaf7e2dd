// Who may do what: tokens with the permission sets of GitHub Apps, and what each operation needs.
import { randomBytes } from "node:crypto";

export type Scope = "actions" | "contents" | "deployments" | "pull_requests" | "workflows";
export type Access = "read" | "write";
export type Permissions = Partial<Record<Scope, Access>>;

export interface Token {
  value: string;
  /** `workflow` is GITHUB_TOKEN: its pushes trigger nothing, and it never has the `workflows` permission. */
  kind: "workflow" | "app" | "user";
  login: string;
  /** Repositories it can see, `owner/name`. */
  repositories: string[];
  permissions: Permissions;
}

export interface TokenRequest {
  kind: Token["kind"];
  repositories: string[];
  permissions: Permissions;
  /** Name of the user, or slug of the App. */
  login?: string;
}

/** Makes a token of the shape GitHub gives them; throws when a GITHUB_TOKEN is to have what it can never have. */
export function makeToken(request: TokenRequest): Token {
  if (request.kind === "workflow" && request.permissions.workflows) {
    throw new Error("GITHUB_TOKEN can never have the `workflows` permission");
  }
  const prefix = request.kind === "user" ? "ghp_" : "ghs_";
  const login = {
    workflow: "github-actions[bot]",
    app: `${request.login ?? "release-app"}[bot]`,
    user: request.login ?? "dev",
  };
  return {
    value: prefix + randomBytes(18).toString("hex"),
    kind: request.kind,
    login: login[request.kind],
    repositories: request.repositories,
    permissions: request.permissions,
  };
}

/** From "Permissions required for GitHub Apps" of GitHub's documentation; reading metadata is always granted. */
const needed: Record<string, [Scope, Access] | "metadata"> = {
  "actions/get-workflow-run": ["actions", "read"],
  "actions/get-workflow-run-attempt": ["actions", "read"],
  "actions/list-jobs-for-workflow-run-attempt": ["actions", "read"],
  "git/get-commit": ["contents", "read"],
  "git/get-ref": ["contents", "read"],
  "pulls/list": ["pull_requests", "read"],
  "pulls/list-commits": ["pull_requests", "read"],
  "repos/compare-commits-with-basehead": ["contents", "read"],
  "repos/create-deployment": ["deployments", "write"],
  "repos/create-deployment-status": ["deployments", "write"],
  "repos/get": "metadata",
  "repos/get-branch": ["contents", "read"],
  "repos/get-commit": ["contents", "read"],
  "repos/get-deployment": ["deployments", "read"],
  "repos/get-environment": ["actions", "read"],
  "repos/list-deployment-statuses": ["deployments", "read"],
  "repos/list-deployments": ["deployments", "read"],
};

/** Does the set grant this access? Writing includes reading. */
export function grants(permissions: Permissions, scope: Scope, access: Access): boolean {
  return permissions[scope] === "write" || permissions[scope] === access;
}

/** The permission that a token lacks for an operation, as `x-accepted-github-permissions` writes it. */
export function missingPermission(token: Token, operationId: string): string | undefined {
  const need = needed[operationId];
  if (!need) throw new Error(`tokens.ts does not say which permission ${operationId} needs`);
  if (need === "metadata" || grants(token.permissions, ...need)) return undefined;
  return `${need[0]}=${need[1]}`;
}
