import type { LeaveOut } from "../../environment/pipeline-schema.ts";
import { ExpectedError } from "../../platform/errors.ts";
import type { Session } from "../../platform/postgres.ts";

/** An object of the source's catalogue that a rule may leave out of the copy. */
export interface CatalogueObject {
  /** Kind and name, as messages show it and rules write it: "foreign table public.rates". */
  what: string;
  /** Oid of its system catalogue, null for a property of a table. */
  classid: number | null;
  objid: number | null;
}

/** An object that stays behind, and why. */
export interface LeftOut extends CatalogueObject {
  reason: string;
}

/** What the rules leave out, and the rules that match nothing: probably a typing error. */
export function matchLeftOut(
  objects: readonly CatalogueObject[],
  rules: readonly LeaveOut[],
): { leftOut: LeftOut[]; unused: string[] } {
  const leftOut = objects.flatMap((object) => {
    const rule = rules.find((one) => one.object === object.what);
    return rule ? [{ ...object, reason: rule.reason }] : [];
  });
  const unused = rules.filter((rule) => !objects.some(({ what }) => what === rule.object)).map((rule) => rule.object);
  return { leftOut, unused };
}

// Dependencies inside the set, a view's own rule and what belongs to an object ("i", "a") go with the object.
const NEEDED = `
  WITH gone AS (SELECT * FROM unnest($1::oid[], $2::oid[]) AS g(classid, objid)),
  refs AS (
    SELECT classid, objid FROM gone
    UNION SELECT 'pg_type'::regclass::oid, t.oid FROM gone g
            JOIN pg_type r ON g.classid = 'pg_class'::regclass AND r.typrelid = g.objid
            JOIN pg_type t ON t.oid IN (r.oid, r.typarray))
  SELECT DISTINCT coalesce(pg_describe_object('pg_class'::regclass, w.ev_class, 0), pg_describe_object(d.classid, d.objid, 0)) AS dependent,
          pg_describe_object(g.classid, g.objid, 0) AS required
    FROM pg_depend d JOIN refs g ON g.classid = d.refclassid AND g.objid = d.refobjid
    LEFT JOIN pg_rewrite w ON d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid
   WHERE d.deptype = 'n' AND d.classid <> 'pg_user_mapping'::regclass
     AND (d.classid, d.objid) NOT IN (SELECT classid, objid FROM refs)
     AND NOT EXISTS (SELECT FROM gone v WHERE v.classid = 'pg_class'::regclass AND v.objid = w.ev_class)
   ORDER BY 1, 2`;

const SHOWN = 20;

/** ExpectedError "left-out-needed" when something of the copy cannot be made without an object that is left out. */
export async function refuseNeeded(session: Session, leftOut: readonly LeftOut[]): Promise<void> {
  const objects = leftOut.filter(({ objid }) => objid !== null);
  if (objects.length === 0) return;
  const rows = await session.query<{ dependent: string; required: string }>(NEEDED, [
    objects.map(({ classid }) => classid),
    objects.map(({ objid }) => objid),
  ]);
  if (rows.length === 0) return;
  const lines = rows.slice(0, SHOWN).map(({ dependent, required }) => `  ${dependent} needs ${required}`);
  throw new ExpectedError({
    code: "left-out-needed",
    message: [`refresh.leave_out names ${rows.length} object(s) that the copy needs:`, ...lines].join("\n"),
    remedy: "Leave out the view or function that needs it as well, or drop the dependency in production.",
  });
}
