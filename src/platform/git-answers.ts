import type { Problem } from "./errors.ts";

/** One file of a tree. */
export interface TreeEntry {
  /** Such as `100644`, `100755` (executable), `120000` (symbolic link), `160000` (submodule). */
  mode: string;
  type: string;
  id: string;
  path: string;
}

/** The entries of `git ls-tree -z`. */
export function parseTree(output: string): TreeEntry[] {
  const records = output.split("\0").filter((record) => record !== "");
  return records.map((record) => {
    const tab = record.indexOf("\t");
    const [mode = "", type = "", id = ""] = record.slice(0, tab).split(" ");
    return { mode, type, id, path: record.slice(tab + 1) };
  });
}

/** The refs that `git push --porcelain` reports as refused, with the reason in its brackets. */
export function parsePushReport(output: string): { ref: string; reason: string; stale: boolean }[] {
  const refused = output.split("\n").filter((line) => line.startsWith("!\t"));
  const rejections = refused.map((line) => {
    const [, refs = "", summary = ""] = line.split("\t");
    const reason = /\((.*)\)\s*$/.exec(summary)?.[1] ?? summary;
    const stale = /stale info|fetch first|reference already exists|cannot lock ref|failed to update ref/.test(reason);
    return { ref: refs.slice(refs.lastIndexOf(":") + 1), reason, stale };
  });
  // Of an atomic push, the refs that only fell with the others say nothing.
  const causes = rejections.filter(({ reason }) => !/^atomic push failure$/.test(reason));
  return causes.length > 0 ? causes : rejections;
}

/** Whether what git said on stderr is of the kind that often passes when tried again. */
export function isTransient(stderr: string): boolean {
  return /Could not resolve host|Failed to connect|Connection (refused|reset|timed out)|early EOF|unexpected disconnect|hung up unexpectedly|Empty reply|transfer closed|returned error: (429|5\d\d)|Operation too slow|Recv failure|HTTP 5\d\d/i.test(
    stderr,
  );
}

/** What a failure of a command that talks to a remote means, where that is known. */
export function explainGitFailure(stderr: string, url: string): Problem | undefined {
  const missing = /couldn't find remote ref (\S+)/.exec(stderr);
  if (missing) {
    const message = `${url} has no ref "${missing[1]}".`;
    return {
      code: "ref-not-found",
      message,
      remedy: "check the name of the branch; it may have been deleted meanwhile",
    };
  }
  if (
    /Authentication failed|could not read Username|returned error: 40[13]|Permission .* denied|Write access/i.test(
      stderr,
    )
  ) {
    const remedy =
      "give a token that may read and, to push, write: permissions: { contents: read } or { contents: write }";
    return { code: "git-access-denied", message: `${url} refused the token, or there was none.`, remedy };
  }
  if (
    /Repository not found|repository '.*' not found|does not appear to be a git repository|not found: did you run/i.test(
      stderr,
    )
  ) {
    const message = `${url} is no repository that the token can see.`;
    return { code: "repository-not-found", message, remedy: "check owner and name, and what the token may read" };
  }
  if (isTransient(stderr)) {
    const message = `${url} could not be reached, or the connection was cut.`;
    return {
      code: "git-unreachable",
      message,
      remedy: "look whether the server is up and reachable from here, then run again",
    };
  }
  return undefined;
}
