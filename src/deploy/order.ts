import type { Role } from "../environment/pipeline-schema.ts";
import { ExpectedError } from "../platform/errors.ts";

/** How the commit to deploy stands to the one that serves. */
export type Relation = "first" | "same" | "newer" | "older" | "apart";

/**
 * Refuses to put an older commit in the place of a newer one, as a run that is run again would; in production also a
 * commit that lacks what serves. ExpectedError "not-newer"; an explicit rollback says so and is let through.
 */
export function refuseOlder(
  relation: Relation,
  { role, commit, serving }: { role: Role; commit: string; serving: string },
) {
  const lacking = role === "production" && relation === "apart";
  if (relation !== "older" && !lacking) return;
  const [asked, there] = [commit.slice(0, 12), serving.slice(0, 12)];
  throw new ExpectedError({
    code: "not-newer",
    message: lacking
      ? `${asked} does not contain ${there}, which serves now: the deployment would take its changes back.`
      : `${asked} is older than ${there}, which serves now.`,
    remedy:
      "Deploy a commit that contains it, such as a revert; or set the input rollback when going back is what you want.",
  });
}
