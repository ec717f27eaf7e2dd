import { z } from "zod";
import { isAbsolutePath } from "../platform/names.ts";
import type { RefreshRequest } from "./request.ts";

const absolutePath = z.string().refine(isAbsolutePath, { error: "must be an absolute path" });

const service = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("systemd"), unit: z.string() }),
  z.object({ kind: z.literal("custom"), command: z.array(z.string()).min(1) }),
]);

const instance = z.object({
  name: z.string(),
  url: z.url(),
  base: absolutePath,
  config: absolutePath,
  odooCommand: absolutePath,
  series: z.string(),
  service,
  nodeName: z.string(),
});

const columns = z.string();

/** What the host program accepts as the request of a refresh. */
export const refreshRequestSchema: z.ZodType<RefreshRequest> = z.object({
  id: z.string().regex(/^[0-9a-z][0-9a-z-]{0,35}$/),
  source: instance,
  target: instance,
  rules: z.array(
    z.union([
      z.strictObject({ columns, mask: z.string() }),
      z.strictObject({ columns, keep: z.string() }),
      z.strictObject({ columns, empty: z.literal(true) }),
    ]),
  ),
  activate: z.enum(["now", "with-deployment"]),
  stagingPassword: z.string().min(1),
  dryRun: z.boolean(),
  options: z
    .object({
      jobs: z.int().min(1).max(16).exactOptional(),
      maxBlockMs: z.int().positive().exactOptional(),
      lockTimeoutMs: z.int().positive().exactOptional(),
      allowedDomains: z.array(z.string()).exactOptional(),
    })
    .exactOptional(),
});
