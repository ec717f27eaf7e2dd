// JSON of users, repositories and Apps as GitHub sends it.
import type { Repository, State } from "./state.ts";
import type { Token } from "./tokens.ts";

const epoch = "2026-01-01T00:00:00Z";

/** A stable number for a name, so that the same login always has the same id. */
export function numberOf(name: string): number {
  let hash = 7;
  for (const character of name) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 100_000_007;
  return hash;
}

export function nodeId(kind: string, id: number | string): string {
  return Buffer.from(`${kind}:${id}`).toString("base64");
}

export function user(state: State, login: string) {
  const id = login === "github-actions[bot]" ? 41898282 : numberOf(login);
  const url = `${state.origin}/users/${encodeURIComponent(login)}`;
  const link = (name: string) => [`${name}_url`, `${url}/${name}`] as const;
  const lists = ["followers", "subscriptions", "organizations", "repos", "received_events"];
  return {
    login,
    id,
    node_id: nodeId("User", id),
    avatar_url: `${state.origin}/avatars/${id}`,
    gravatar_id: "",
    url,
    html_url: `${state.origin}/${encodeURIComponent(login)}`,
    ...Object.fromEntries(lists.map(link)),
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    events_url: `${url}/events{/privacy}`,
    type: login.endsWith("[bot]") ? "Bot" : "User",
    site_admin: false,
  };
}

/** The App behind a token, null for users. */
export function app(state: State, token: Token) {
  if (token.kind === "user") return null;
  const slug = token.kind === "workflow" ? "github-actions" : token.login.replace("[bot]", "");
  const id = token.kind === "workflow" ? 15368 : numberOf(slug);
  return {
    id,
    slug,
    node_id: nodeId("App", id),
    owner: user(state, token.kind === "workflow" ? "github" : "acme"),
    name: token.kind === "workflow" ? "GitHub Actions" : slug,
    description: null,
    external_url: `${state.origin}/apps/${slug}`,
    html_url: `${state.origin}/apps/${slug}`,
    created_at: epoch,
    updated_at: epoch,
    permissions: { metadata: "read", ...token.permissions },
    events: [],
  };
}

export function apiUrl(state: State, repository: Repository, path = ""): string {
  return `${state.origin}/repos/${repository.fullName}${path}`;
}

export function webUrl(state: State, repository: Repository, path = ""): string {
  return `${state.origin}/${repository.fullName}${path}`;
}

const resources = {
  archive_url: "/{archive_format}{/ref}",
  assignees_url: "/assignees{/user}",
  blobs_url: "/git/blobs{/sha}",
  branches_url: "/branches{/branch}",
  collaborators_url: "/collaborators{/collaborator}",
  comments_url: "/comments{/number}",
  commits_url: "/commits{/sha}",
  compare_url: "/compare/{base}...{head}",
  contents_url: "/contents/{+path}",
  contributors_url: "/contributors",
  deployments_url: "/deployments",
  downloads_url: "/downloads",
  events_url: "/events",
  forks_url: "/forks",
  git_commits_url: "/git/commits{/sha}",
  git_refs_url: "/git/refs{/sha}",
  git_tags_url: "/git/tags{/sha}",
  hooks_url: "/hooks",
  issue_comment_url: "/issues/comments{/number}",
  issue_events_url: "/issues/events{/number}",
  issues_url: "/issues{/number}",
  keys_url: "/keys{/key_id}",
  labels_url: "/labels{/name}",
  languages_url: "/languages",
  merges_url: "/merges",
  milestones_url: "/milestones{/number}",
  notifications_url: "/notifications{?since,all,participating}",
  pulls_url: "/pulls{/number}",
  releases_url: "/releases{/id}",
  stargazers_url: "/stargazers",
  statuses_url: "/statuses/{sha}",
  subscribers_url: "/subscribers",
  subscription_url: "/subscription",
  tags_url: "/tags",
  teams_url: "/teams",
  trees_url: "/git/trees{/sha}",
};

/** The short form that other objects embed. */
export function minimalRepository(state: State, repository: Repository) {
  const links = Object.entries(resources).map(([key, path]) => [key, apiUrl(state, repository, path)]);
  return {
    id: repository.id,
    node_id: nodeId("Repository", repository.id),
    name: repository.name,
    full_name: repository.fullName,
    owner: user(state, repository.owner),
    private: true,
    html_url: webUrl(state, repository),
    description: null,
    fork: false,
    url: apiUrl(state, repository),
    ...Object.fromEntries(links),
  };
}

export function fullRepository(state: State, repository: Repository) {
  const counts = ["forks", "open_issues", "watchers"].flatMap((name) => [name, `${name}_count`]);
  const features = ["issues", "projects", "wiki", "pages", "discussions", "downloads"].map((name) => `has_${name}`);
  const web = webUrl(state, repository);
  return {
    ...minimalRepository(state, repository),
    ...Object.fromEntries(
      [...counts, "stargazers_count", "network_count", "subscribers_count"].map((name) => [name, 0]),
    ),
    ...Object.fromEntries(features.map((name) => [name, false])),
    default_branch: repository.defaultBranch,
    clone_url: `${web}.git`,
    git_url: `${web}.git`,
    ssh_url: `${web}.git`,
    svn_url: web,
    homepage: null,
    language: "Python",
    archived: false,
    disabled: false,
    visibility: "private",
    mirror_url: null,
    license: null,
    size: 1,
    pushed_at: epoch,
    created_at: epoch,
    updated_at: epoch,
  };
}
