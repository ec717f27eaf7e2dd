import { z } from "zod";
import { manifestProblem, newestManifest } from "../../environment/copy-manifest.ts";
import { databaseExists, databaseNameFor } from "../../environment/databases.ts";
import { replaceableInstanceSchema } from "../../environment/instance-schema.ts";
import { readOdooConfig } from "../../odoo/config.ts";
import { ExpectedError } from "../../platform/errors.ts";
import { type Session, withSession } from "../../platform/postgres.ts";
import type { RefreshRequest } from "../request.ts";
import { refreshId } from "../request-schema.ts";
import { activateNow } from "./activate.ts";
import { lockTarget } from "./recovery.ts";

const activation = z.object({
  id: refreshId,
  target: replaceableInstanceSchema,
  options: z.object({ keepPrevious: z.int().nonnegative().exactOptional() }).exactOptional(),
  /** Of the pipeline file; where it is given, the copy's manifest must be signed by its other half. */
  manifestPublicKey: z.string().exactOptional(),
});

/** The host program's command `activate`: makes the copy staging that a refresh of this id left ready. */
export async function activateCommand(request: unknown): Promise<Awaited<ReturnType<typeof activateNow>>> {
  const { manifestPublicKey, ...swap } = activation.parse(request);
  const { id, ...asked }: Pick<RefreshRequest, "id" | "target" | "options"> = swap;
  const target = await readOdooConfig(asked.target.config);
  return await withSession({ ...target.connection, database: "postgres" }, async (maintenance) => {
    await lockTarget(maintenance, target.dbName);
    const built = databaseNameFor(target.dbName, "ready", id);
    if (!(await databaseExists(maintenance, built))) throw notReady(built);
    await withSession({ ...target.connection, database: built }, (copy) =>
      requireClean(copy, built, manifestPublicKey),
    );
    return activateNow({ maintenance, request: { id, ...asked }, target, built });
  });
}

/** The proof was written before the copy was called ready; one without it, whoever made it, never becomes staging. */
async function requireClean(copy: Session, name: string, publicKey: string | undefined): Promise<void> {
  const problem = manifestProblem(await newestManifest(copy), publicKey);
  if (problem === undefined) return;
  throw new ExpectedError({
    code: "unclean-copy",
    message: `The database ${name} ${problem}.`,
    remedy: "Run the refresh again.",
  });
}

function notReady(name: string): ExpectedError {
  return new ExpectedError({
    code: "no-ready-copy",
    message: `There is no finished copy ${name} to put in the place of staging.`,
    remedy: "Something has taken or dropped it meanwhile; run the refresh again.",
  });
}
