// GitHub's rules for pushes, as the hooks that `git http-backend` runs.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Push, Repository } from "./state.ts";
import type { Token } from "./tokens.ts";

const preReceive = `#!/bin/sh
zero=0000000000000000000000000000000000000000
rc=0
refuse() { printf '%s\\n' "$@" >&2; rc=1; }
while read -r old new ref; do
  case " $FAKE_PROTECTED_REFS " in *" $ref "*)
    if [ "$new" = $zero ]; then
      refuse "error: GH006: Protected branch update failed for $ref." "error: Cannot delete this branch"
    elif [ "$old" != $zero ] && ! git merge-base --is-ancestor "$old" "$new"; then
      refuse "error: GH006: Protected branch update failed for $ref." "error: Cannot force-push to this branch"
    fi
  esac
  [ "$FAKE_MAY_CHANGE_WORKFLOWS" = yes ] && continue
  [ "$new" = $zero ] && continue
  if [ "$old" = $zero ]; then
    changed=$(git log --format= --name-only "$new" --not --all -- .github/workflows | head -n 1)
  else
    changed=$(git diff --name-only "$old" "$new" -- .github/workflows | head -n 1)
  fi
  [ -z "$changed" ] || refuse "refusing to allow a GitHub App to create or update workflow \\\`$changed\\\` without \\\`workflows\\\` permission"
done
exit $rc
`;

const postReceive = `#!/bin/sh
cat >> "$FAKE_PUSH_LOG"
`;

/** Writes the hooks into `<folder>/hooks` and returns that folder. */
export async function installHooks(folder: string): Promise<string> {
  const hooks = join(folder, "hooks");
  await mkdir(hooks, { recursive: true });
  await writeFile(join(hooks, "pre-receive"), preReceive, { mode: 0o755 });
  await writeFile(join(hooks, "post-receive"), postReceive, { mode: 0o755 });
  return hooks;
}

/** What the hooks need to know about one request. */
export function hookEnvironment(repository: Repository, token: Token, pushLog: string): Record<string, string> {
  return {
    FAKE_PROTECTED_REFS: repository.protectedBranches.map((name) => `refs/heads/${name}`).join(" "),
    FAKE_MAY_CHANGE_WORKFLOWS: token.permissions.workflows === "write" ? "yes" : "no",
    FAKE_PUSH_LOG: pushLog,
  };
}

/** The refs that a finished push moved, from the log of its post-receive hook. */
export async function readPushLog(pushLog: string, repository: Repository, token: Token): Promise<Push[]> {
  const text = await readFile(pushLog, "utf8").catch(() => "");
  const lines = text.split("\n").filter(Boolean);
  return lines.map((line) => {
    const [before = "", after = "", ref = ""] = line.split(" ");
    const triggersWorkflows = token.kind !== "workflow";
    return { repository: repository.fullName, ref, before, after, pusher: token.login, triggersWorkflows };
  });
}
