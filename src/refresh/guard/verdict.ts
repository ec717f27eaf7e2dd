import { GUARD_MARK } from "../../environment/masked-views.ts";
import { ExpectedError } from "../../platform/errors.ts";
import type { InstalledGuard, Protection } from "./protection.ts";
import { type GuardView, viewHash } from "./views.ts";

/** Whether production's server itself keeps real values from the role, or only the plan does. */
export type ProtectedBy = "server" | "plan";

/** By whom the copy is protected: by the server only when the role can read nothing but the guard. */
export function protectedBy({ guard, readable }: Protection): ProtectedBy {
  return guard && readable.length === 0 ? "server" : "plan";
}

const FEW = 5;

/** Throws ExpectedError "not-enforced" when the role can read more than the guard. */
export function requireEnforced(protection: Protection): void {
  if (protectedBy(protection) === "server") return;
  const { role, readable, guard } = protection;
  const more = readable.length > FEW ? ` and ${readable.length - FEW} more` : "";
  const can = readable.length > 0 ? `can read ${readable.slice(0, FEW).join(", ")}${more} of production` : "";
  const lacks = guard ? "" : "finds no masked views that it may read";
  throw new ExpectedError({
    code: "not-enforced",
    message: `refresh.require_enforced is true, but role ${role} ${[can, lacks].filter(Boolean).join(" and ")}.`,
    remedy:
      "Run the action with generate-guard, let an administrator run what it makes, and read production with that role; take away every other right of it, those of PUBLIC included.",
  });
}

/** Comment of the guard's schema. */
export const schemaComment = (planSha256: string) => `${GUARD_MARK} plan ${planSha256}`;
/** Comment of a view. */
export const viewComment = (view: GuardView) => `${GUARD_MARK} ${viewHash(view)}`;

/** Views that should be there and are not, or show something else; one line each, with the table and its columns. */
export function staleViews(expected: readonly GuardView[], { views }: InstalledGuard): string[] {
  const found = new Map(views.map((view) => [view.name, view]));
  return expected.flatMap((view) => difference(view, found.get(view.name)) ?? []);
}

function difference(view: GuardView, found: InstalledGuard["views"][number] | undefined): string | undefined {
  if (!found) return `${view.label}: has no view`;
  if (found.comment === viewComment(view)) return undefined;
  const added = view.columns?.filter((name) => !found.columns.includes(name)) ?? [];
  const gone =
    view.columns && found.columns.filter((name) => !["ctid", "xmin", ...(view.columns ?? [])].includes(name));
  const what = [
    ...(added.length > 0 ? [`new column ${added.join(", ")}`] : []),
    ...(gone && gone.length > 0 ? [`no column ${gone.join(", ")} any more`] : []),
  ];
  return `${view.label}: ${what.join("; ") || "shows other values than the plan says"}`;
}

const SHOWN = 50;

/** Throws ExpectedError "guard-outdated" when the guard is not what the plan of now would make. */
export function requireUpToDate(expected: readonly GuardView[], guard: InstalledGuard, planSha256: string): void {
  const wanted = new Set(expected.map(({ name }) => name));
  const left = guard.views.filter(({ name }) => !wanted.has(name)).map(({ name }) => `${name}: is not copied any more`);
  const differences = [...staleViews(expected, guard), ...left];
  if (differences.length > 0) throw guardOutdated(differences);
  if (guard.comment !== schemaComment(planSha256)) {
    throw guardOutdated(["a table that is not copied came or went, or the views were made by hand"]);
  }
}

/** The error that lists what is different. */
export function guardOutdated(differences: readonly string[]): ExpectedError {
  const shown = differences.slice(0, SHOWN).map((line) => `  ${line}`);
  if (differences.length > SHOWN) shown.push(`  and ${differences.length - SHOWN} more`);
  return new ExpectedError({
    code: "guard-outdated",
    message: ["The masked views on production are not what the plan of now would make:", ...shown].join("\n"),
    remedy: "Run the action with generate-guard again, and let an administrator of production run what it makes.",
  });
}
