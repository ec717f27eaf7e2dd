// Repository, refs, commits and comparisons: answered from git itself.
import { git } from "../git.ts";
import { type Call, failure, type Handler, notFound, ok, page } from "./answers.ts";
import { type CommitFacts, readCommit, readCommits, readFiles, resolveCommit, revParse } from "./commits.ts";
import { apiUrl, fullRepository, nodeId, webUrl } from "./shapes.ts";

const unsigned = { verified: false, reason: "unsigned", signature: null, payload: null, verified_at: null };

function parents({ state, repository }: Call, facts: CommitFacts) {
  return facts.parents.map((sha) => ({
    sha,
    url: apiUrl(state, repository, `/commits/${sha}`),
    html_url: webUrl(state, repository, `/commit/${sha}`),
  }));
}

export function commitShape(call: Call, facts: CommitFacts) {
  const { state, repository } = call;
  const url = apiUrl(state, repository, `/commits/${facts.sha}`);
  const gitUrl = apiUrl(state, repository, `/git/commits/${facts.sha}`);
  return {
    sha: facts.sha,
    node_id: nodeId("Commit", facts.sha),
    commit: {
      author: facts.author,
      committer: facts.committer,
      message: facts.message,
      tree: { sha: facts.tree, url: apiUrl(state, repository, `/git/trees/${facts.tree}`) },
      url: gitUrl,
      comment_count: 0,
      verification: unsigned,
    },
    url,
    html_url: webUrl(state, repository, `/commit/${facts.sha}`),
    comments_url: `${url}/comments`,
    author: null,
    committer: null,
    parents: parents(call, facts),
  };
}

async function fileShapes({ state, repository }: Call, from: string | undefined, to: string) {
  const files = await readFiles(repository.dir, from, to);
  return files.slice(0, 300).map((file) => ({
    sha: file.blob,
    filename: file.path,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: encodeURI(webUrl(state, repository, `/blob/${to}/${file.path}`)),
    raw_url: encodeURI(webUrl(state, repository, `/raw/${to}/${file.path}`)),
    contents_url: encodeURI(apiUrl(state, repository, `/contents/${file.path}?ref=${to}`)),
  }));
}

const getRepository: Handler = ({ state, repository }) => ok(fullRepository(state, repository));

const getCommit: Handler = async (call) => {
  const ref = String(call.params.ref);
  const sha = await resolveCommit(call.repository.dir, ref);
  if (!sha) return failure(422, `No commit found for SHA: ${ref}`);
  const facts = await readCommit(call.repository.dir, sha);
  const files = await fileShapes(call, facts.parents[0], sha);
  const sum = (count: "additions" | "deletions") => files.reduce((total, file) => total + file[count], 0);
  const stats = {
    additions: sum("additions"),
    deletions: sum("deletions"),
    total: sum("additions") + sum("deletions"),
  };
  return ok({ ...commitShape(call, facts), stats, files });
};

const getGitCommit: Handler = async (call) => {
  const { repository, state, params } = call;
  const sha = /^[0-9a-f]{40}$/.test(String(params.commit_sha))
    ? await revParse(repository.dir, `${params.commit_sha}^{commit}`)
    : undefined;
  if (!sha) return notFound();
  const facts = await readCommit(repository.dir, sha);
  return ok({
    sha,
    node_id: nodeId("Commit", sha),
    url: apiUrl(state, repository, `/git/commits/${sha}`),
    html_url: webUrl(state, repository, `/commit/${sha}`),
    author: facts.author,
    committer: facts.committer,
    tree: { sha: facts.tree, url: apiUrl(state, repository, `/git/trees/${facts.tree}`) },
    message: facts.message,
    parents: parents(call, facts),
    verification: unsigned,
  });
};

const getRef: Handler = async ({ state, repository, params }) => {
  const ref = `refs/${params.ref}`;
  const sha = await revParse(repository.dir, ref);
  if (!sha) return notFound();
  const type = await git(repository.dir, ["cat-file", "-t", sha]);
  const object = { sha, type, url: apiUrl(state, repository, `/git/${type}s/${sha}`) };
  return ok({ ref, node_id: nodeId("Ref", ref), url: encodeURI(apiUrl(state, repository, `/git/${ref}`)), object });
};

const getBranch: Handler = async (call) => {
  const { state, repository } = call;
  const name = String(call.params.branch);
  const sha = await revParse(repository.dir, `refs/heads/${name}^{commit}`);
  if (!sha) return failure(404, "Branch not found");
  const self = encodeURI(apiUrl(state, repository, `/branches/${name}`));
  const isProtected = repository.protectedBranches.includes(name);
  return ok({
    name,
    commit: commitShape(call, await readCommit(repository.dir, sha)),
    _links: { self, html: encodeURI(webUrl(state, repository, `/tree/${name}`)) },
    protected: isProtected,
    protection: {
      enabled: isProtected,
      required_status_checks: { enforcement_level: "off", contexts: [], checks: [] },
    },
    protection_url: `${self}/protection`,
  });
};

/** At most 250 commits without paging, the files on the first page only: GitHub's limits. */
const compare: Handler = async (call) => {
  const { dir } = call.repository;
  const [base = "", head = ""] = String(call.params.basehead).split("...");
  const [from, to] = [await resolveCommit(dir, base), await resolveCommit(dir, head)];
  if (!from || !to) return notFound();
  const mergeBase = await git(dir, ["merge-base", from, to]).catch(() => undefined);
  if (!mergeBase) return failure(404, `No common ancestor between ${base} and ${head}.`);
  const ahead = await readCommits(dir, ["--reverse", "--topo-order", `${from}..${to}`]);
  const behind = Number(await git(dir, ["rev-list", "--count", `${to}..${from}`]));
  const paged = "page" in call.query || "per_page" in call.query;
  const list = paged ? page(call, ahead) : { items: ahead.slice(0, 250), number: 1, headers: {} };
  const url = encodeURI(apiUrl(call.state, call.repository, `/compare/${base}...${head}`));
  const status =
    ahead.length > 0 && behind > 0 ? "diverged" : ahead.length > 0 ? "ahead" : behind > 0 ? "behind" : "identical";
  const links = { html_url: url, permalink_url: url, diff_url: `${url}.diff`, patch_url: `${url}.patch` };
  const body = {
    url,
    ...links,
    base_commit: commitShape(call, await readCommit(dir, from)),
    merge_base_commit: commitShape(call, await readCommit(dir, mergeBase)),
    status,
    ahead_by: ahead.length,
    behind_by: behind,
    total_commits: ahead.length,
    commits: list.items.map((facts) => commitShape(call, facts)),
    files: list.number === 1 ? await fileShapes(call, mergeBase, to) : [],
  };
  return { status: 200, body, headers: list.headers };
};

export const codeHandlers: Record<string, Handler> = {
  "repos/get": getRepository,
  "repos/get-commit": getCommit,
  "repos/get-branch": getBranch,
  "repos/compare-commits-with-basehead": compare,
  "git/get-commit": getGitCommit,
  "git/get-ref": getRef,
};
