import { z } from "zod";
import { isAbsolutePath } from "../platform/names.ts";
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
  url: z.url(),
  base: absolutePath,
  config: absolutePath,
  odooCommand: absolutePath,
  series: z.string(),
  service,
  nodeName: z.string(),
});
