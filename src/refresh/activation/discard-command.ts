import { z } from "zod";
import { databaseExists, databaseNameFor, dropDatabase } from "../../environment/databases.ts";
import { replaceableInstanceSchema } from "../../environment/instance-schema.ts";
import { readOdooConfig } from "../../odoo/config.ts";
import { withSession } from "../../platform/postgres.ts";
import { refreshId } from "../request-schema.ts";
import { lockTarget } from "./recovery.ts";

const discarded = z.object({ id: refreshId, target: replaceableInstanceSchema });

/**
 * The host program's command `discard`: drops the copy that a refresh of this id left ready, and that will serve nobody.
 * Tells whether it was there; one that became staging meanwhile has another name by then.
 */
export async function discardCommand(request: unknown): Promise<boolean> {
  const { id, target: instance } = discarded.parse(request);
  const target = await readOdooConfig(instance.config);
  return await withSession({ ...target.connection, database: "postgres" }, async (maintenance) => {
    await lockTarget(maintenance, target.dbName);
    const ready = databaseNameFor(target.dbName, "ready", id);
    const there = await databaseExists(maintenance, ready);
    await dropDatabase(maintenance, ready);
    return there;
  });
}
