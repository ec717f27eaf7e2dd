import { z } from "zod";
import { isAbsolutePath } from "../platform/names.ts";
import { ROLES } from "./pipeline-schema.ts";
import type { Instance } from "./resolve.ts";

/** An absolute path on the host. */
export const absolutePath = z.string().refine(isAbsolutePath, { error: "must be an absolute path" });

const service = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("systemd"), unit: z.string() }),
  z.object({ kind: z.literal("custom"), command: z.array(z.string()).min(1) }),
]);

/** An instance as it comes in a request to the host program. */
export const instanceSchema: z.ZodType<Instance> = z.object({
  name: z.string(),
  role: z.enum(ROLES),
  url: z.url(),
  base: absolutePath,
  config: absolutePath,
  odooCommand: absolutePath,
  series: z.string(),
  service,
  nodeName: z.string(),
});

/** The same for an instance whose database is refreshed, neutralized or swapped: production's never is. */
export const replaceableInstanceSchema = instanceSchema.refine(({ role }) => role !== "production", {
  error: "is production, which is never refreshed, neutralized or swapped",
});
