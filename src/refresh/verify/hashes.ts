import type { Session } from "../../platform/postgres.ts";
import { type Plan, type PlannedTable, readingOf, whereOf } from "../plan/plan.ts";
import { MASK_KEY_SETTING } from "../plan/row.ts";
import type { Progress } from "../progress.ts";
import { qualifiedName } from "../schema/tables.ts";
import { type Check, check } from "./verify.ts";

// Types whose hash depends on the value alone, the same in every version; the others are compared as text.
const HASHABLE = /^(?:int[248]|bool|text|varchar|bpchar|float[48]|date|timestamp|timestamptz|uuid|oid|bytea)$/;

/**
 * Compares sums of hashes of all masked rows on both sides: the source computes them through the masks, the copy has them
 * stored. The source's session is inside the snapshot; values of rows leave neither server.
 */
export async function verifyHashes(
  source: Session,
  target: Session,
  plan: Plan,
  { maskKey, progress }: { maskKey: string; progress: Progress },
): Promise<Check> {
  await source.query("SELECT set_config($1, $2, false)", [MASK_KEY_SETTING, maskKey]);
  const tables = plan.tables.filter((planned) => planned.columns.length > 0);
  const stage = progress.stage("tables compared by hash", tables.length);
  const wrong: string[] = [];
  for (const planned of tables) {
    const both = () =>
      Promise.all([
        hashOf(source, planned),
        hashOf(target, { ...planned, view: qualifiedName(planned.table) }), // masked rows, like a view's
      ]);
    const [expected, actual] = await stage.step(planned.name, both);
    if (expected !== actual) wrong.push(planned.name);
  }
  const found =
    wrong.length > 0 ? `other rows in ${wrong.slice(0, 10).join(", ")}` : `${tables.length} tables compared`;
  return check("hashes of masked rows", wrong.length === 0, found);
}

async function hashOf(session: Session, planned: PlannedTable): Promise<string> {
  const { from, values } = readingOf(planned);
  const comparable = planned.columns.map(({ column }, at) =>
    HASHABLE.test(column.baseType) ? values[at] : `(${values[at]})::text`,
  );
  // A NULL at the beginning of a row would not count, hence the constant.
  const [row] = await session.query<{ hash: string }>(
    `SELECT count(*) || ' ' || coalesce(sum(hash_record_extended(ROW(1, ${comparable.join(", ")}), 0)), 0) AS hash
       FROM ${from}${whereOf(planned)}`,
  );
  return row?.hash ?? "";
}
