import { z } from "zod";
import { isNameBeside } from "../environment/databases.ts";
import { instanceSchema, replaceableInstanceSchema } from "../environment/instance-schema.ts";
import { isRefreshId } from "../environment/run-ids.ts";
import { isDatabaseName } from "../platform/names.ts";
import type { RefreshRequest } from "./request.ts";

const columns = z.string();

/** Only what a run of such an id leaves is cleaned up by the next one. */
export const refreshId = z
  .string()
  .refine(isRefreshId, "must be <run id>-<attempt> of the workflow run, such as 101-1");

/** What the host program accepts as the request of a refresh. */
export const refreshRequestSchema: z.ZodType<RefreshRequest> = z.object({
  id: refreshId,
  source: instanceSchema,
  target: replaceableInstanceSchema,
  connection: z
    .object({
      ...{ host: z.string(), port: z.int(), user: z.string(), database: z.string() },
      password: z.string().exactOptional(),
      tls: z
        .object({
          mode: z.enum(["disable", "require", "verify-ca", "verify-full"]),
          ca: z.string().exactOptional(),
          serverName: z.string().exactOptional(),
        })
        .exactOptional(),
    })
    .exactOptional(),
  from: z.enum(["production", "golden"]).exactOptional(),
  branchDatabase: z
    .object({
      name: z
        .string()
        .refine(isDatabaseName, "is no name of a database")
        .refine((name) => !isNameBeside(name), "is a name as the pipeline gives to databases that it drops by itself"),
      expiresAt: z.iso.datetime(),
    })
    .exactOptional(),
  rules: z.array(
    z.union([
      z.strictObject({ columns, mask: z.string() }),
      z.strictObject({ columns, keep: z.string() }),
      z.strictObject({ columns, empty: z.literal(true) }),
    ]),
  ),
  leaveOut: z.array(z.strictObject({ object: z.string(), reason: z.string() })).exactOptional(),
  activate: z.enum(["now", "with-deployment"]),
  codeFollows: z.boolean().exactOptional(),
  stagingPassword: z.string().min(1),
  dryRun: z.boolean(),
  signingKey: z.string().exactOptional(),
  manifestPublicKey: z.string().exactOptional(),
  options: z
    .object({
      jobs: z.int().min(1).max(16).exactOptional(),
      validateForeignKeys: z.boolean().exactOptional(),
      largeObjects: z.enum(["skip", "refuse"]).exactOptional(),
      oauth: z.enum(["off", "keep"]).exactOptional(),
      maxBlockMs: z.int().positive().exactOptional(),
      maxSnapshotMs: z
        .int()
        .positive()
        .max(2 ** 31 - 1)
        .exactOptional(),
      lockTimeoutMs: z.int().positive().exactOptional(),
      allowedDomains: z.array(z.string()).exactOptional(),
      mode: z.enum(["auto", "full", "delta"]).exactOptional(),
      verify: z.enum(["counts", "hash"]).exactOptional(),
      trustStatistics: z.boolean().exactOptional(),
      requireEnforced: z.boolean().exactOptional(),
      goldenMs: z.int().nonnegative().exactOptional(),
      keepPrevious: z.int().nonnegative().exactOptional(),
    })
    .exactOptional(),
});
