import { z } from "zod";

/** The two scripts for an administrator of production, as the host program answers them. */
export const generatedGuardSchema = z.object({
  database: z.string(),
  role: z.string(),
  sql: z.string(),
  remove: z.string(),
  /** Of the plan; absent while the role cannot be asked what Odoo is: after this script the command is to be run again. */
  planSha256: z.string().exactOptional(),
});

/** What `generate-guard` answers. */
export type GeneratedGuard = z.output<typeof generatedGuardSchema>;
