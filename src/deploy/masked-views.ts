import {
  dropMaskedViews,
  GUARD_SCHEMA,
  type MaskedView,
  maskedViews,
  restoreMaskedViews,
} from "../environment/masked-views.ts";
import { messageOf } from "../platform/errors.ts";
import { type Connection, withSession } from "../platform/postgres.ts";

/**
 * Does `update` while the masked views that the refresh reads are out of its way, and makes them again. When the update
 * fails, or we are killed meanwhile, they are left away in the copy that was updated; the old database has them all the time.
 */
export async function withoutMaskedViews<T>(
  connection: Connection,
  update: () => Promise<T>,
  warn: (message: string) => void,
): Promise<T> {
  const views = await withSession(connection, maskedViews);
  if (views.length === 0) return await update();
  await withSession(connection, (session) => dropMaskedViews(session, views)).catch((error: unknown) =>
    warn(theyStay(connection.user, messageOf(error))),
  );
  const result = await update();
  const lost = await withSession(connection, (session) => restoreMaskedViews(session, views));
  if (lost.length > 0) warn(theyAreGone(lost, views));
  return result;
}

const theyStay = (role: string, why: string) =>
  `The masked views in schema ${GUARD_SCHEMA} stay while the modules are updated, since role ${role} cannot drop them and make them again (${why}). If the update has to change the type of a column that they show, or to drop it or its table, it fails and is taken back. Run the newest guard.sql of generate-guard as a superuser, which gives the views to the owner of Odoo's tables; or drop the schema before such an update.`;

const SHOWN = 10;

function theyAreGone(lost: readonly string[], views: readonly MaskedView[]): string {
  const names = lost.length > SHOWN ? `${lost.slice(0, SHOWN).join(", ")} and others` : lost.join(", ");
  return `${lost.length} of ${views.length} masked views in schema ${GUARD_SCHEMA} do not fit the updated database and are gone: ${names}. The refresh refuses the masked views until an administrator has run a new guard.sql: run refresh-staging-db with generate-guard.`;
}
