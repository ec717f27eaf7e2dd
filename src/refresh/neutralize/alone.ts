import { z } from "zod";
import { instanceSchema, replaceableInstanceSchema } from "../../environment/instance-schema.ts";

/** What the host program accepts as the request to neutralize a database that is there. */
export const neutralizeAloneSchema = z.object({
  target: replaceableInstanceSchema,
  /** Production, where it is on the same node: its database is never touched, whatever the target's odoo.conf says. */
  source: instanceSchema.exactOptional(),
  stagingPassword: z.string().min(1),
  /** What becomes of single sign-on (default off). */
  oauth: z.enum(["off", "keep"]).exactOptional(),
});

/** A database to neutralize, without a refresh. */
export type NeutralizeAlone = z.infer<typeof neutralizeAloneSchema>;

/** What neutralizing alone did. */
export const neutralizedSchema = z.object({
  database: z.string(),
  /** Modules whose own neutralize.sql ran. */
  modules: z.array(z.string()),
  /** Rows changed by our own statements, by what they do. */
  changed: z.record(z.string(), z.number()),
  warnings: z.array(z.string()),
  checks: z.array(
    z.object({ name: z.string(), outcome: z.enum(["passed", "failed", "not measured"]), detail: z.string() }),
  ),
});

/** See {@link neutralizedSchema}. */
export type Neutralized = z.infer<typeof neutralizedSchema>;
