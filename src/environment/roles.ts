import { ExpectedError } from "../platform/errors.ts";
import type { Role } from "./pipeline-schema.ts";
import type { Instance } from "./resolve.ts";

type Named = Pick<Instance, "name" | "role">;

/** Throws ExpectedError "other-role" when the caller wants to work on another role than the pipeline file gives the environment. */
export function requireRole({ name, role }: Named, wanted: Role | undefined): void {
  if (wanted === undefined || role === wanted) return;
  throw new ExpectedError({
    code: "other-role",
    message: `This workflow works on ${wanted}, but the pipeline file gives the environment ${name} the role ${role}.`,
    remedy: `Name an environment with role: ${wanted} in the input environment, or call the workflow of ${role}.`,
  });
}

/** Throws ExpectedError "production-protected" for production; `deed` is a past participle, such as "refreshed". */
export function refuseProduction({ name, role }: Named, deed: string): void {
  if (role !== "production") return;
  throw new ExpectedError({
    code: "production-protected",
    message: `${name} has the role production in the pipeline file; production is never ${deed}.`,
    remedy: "Name another environment in the input environment.",
  });
}
