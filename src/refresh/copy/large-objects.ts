import { ExpectedError } from "../../platform/errors.ts";
import type { Schema } from "../schema/model.ts";

/** Warnings about large objects, which are never copied: nothing says whose they are. ExpectedError when the team refuses. */
export function judgeLargeObjects({ largeObjects }: Pick<Schema, "largeObjects">, policy = "skip"): string[] {
  if (largeObjects === 0) return [];
  const found = `Production has ${largeObjects} large object(s), which a masked copy cannot have: no column tells what is in them.`;
  if (policy === "skip") return [`${found} They were left out; columns that point at them point at nothing.`];
  throw new ExpectedError({
    code: "large-objects",
    message: found,
    remedy:
      "Remove them from production (vacuumlo finds those that nothing points at), or let the refresh leave them out.",
  });
}
