import { DatabaseError, quoteIdent, type Session } from "../platform/postgres.ts";

/** The schema on production through which a guarded role reads masked rows; never copied. */
export const GUARD_SCHEMA = "staging_mask";
/** How every comment of that schema begins when the script of `generate-guard` made it. */
export const GUARD_MARK = "odoo-release-pipeline";

/** A masked view, and the SQL that makes it as it stands: its definition, options, owner, comment and grants. */
export interface MaskedView {
  name: string;
  sql: string;
}

// A definition names everything in full, since the search_path is pg_catalog alone.
const VIEWS = `
  SELECT c.relname AS name, concat_ws(E';\\n',
           format('CREATE VIEW %s%s AS %s', v.quoted, ' WITH (' || array_to_string(c.reloptions, ', ') || ')',
                  rtrim(pg_get_viewdef(c.oid), '; ')),
           format('ALTER VIEW %s OWNER TO %I', v.quoted, pg_get_userbyid(c.relowner)),
           format('COMMENT ON VIEW %s IS %L', v.quoted, obj_description(c.oid, 'pg_class')),
           (SELECT string_agg(format('GRANT %s ON %s TO %s%s', a.privilege_type, v.quoted, coalesce(quote_ident(r.rolname), 'PUBLIC'),
                              CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' END), E';\\n')
              FROM aclexplode(c.relacl) AS a LEFT JOIN pg_roles r ON r.oid = a.grantee WHERE a.grantee <> c.relowner)) AS sql
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, LATERAL (SELECT format('%I.%I', n.nspname, c.relname) AS quoted) AS v
   WHERE n.nspname = '${GUARD_SCHEMA}' AND c.relkind = 'v' AND starts_with(obj_description(n.oid, 'pg_namespace'), '${GUARD_MARK}')
   ORDER BY c.oid`;

/** The masked views of a database, oldest first; none where there is no schema of ours. */
export function maskedViews(session: Session): Promise<MaskedView[]> {
  return inTransaction(session, () => session.query<MaskedView>(VIEWS));
}

/**
 * Drops the views, which an update of Odoo would stumble over, or drop itself. What could not be put back is not taken
 * away: DatabaseError, and all of them stand, when the role may not drop or make them or when other views read them.
 */
export function dropMaskedViews(session: Session, views: readonly MaskedView[]): Promise<void> {
  const drop = `DROP VIEW ${views.map(({ name }) => `${GUARD_SCHEMA}.${quoteIdent(name)}`).join(", ")}`;
  return inTransaction(session, async () => {
    await session.query(drop);
    await session.query(views.map(({ sql }) => sql).join(";\n"));
    await session.query(drop);
  });
}

/** Makes those of the views that are missing as they were; returns the names of those that the database does not allow now. */
export function restoreMaskedViews(session: Session, views: readonly MaskedView[]): Promise<string[]> {
  return inTransaction(session, async () => {
    const present = new Set((await session.query<MaskedView>(VIEWS)).map(({ name }) => name));
    const missing = views.filter(({ name }) => !present.has(name));
    const refused: string[] = [];
    for (const { name, sql } of missing) {
      await session.query("SAVEPOINT masked_view");
      try {
        await session.query(sql);
      } catch (error) {
        if (!(error instanceof DatabaseError)) throw error;
        await session.query("ROLLBACK TO SAVEPOINT masked_view");
        refused.push(name);
      }
      await session.query("RELEASE SAVEPOINT masked_view");
    }
    return refused;
  });
}

async function inTransaction<T>(session: Session, work: () => Promise<T>): Promise<T> {
  await session.query("BEGIN; SET LOCAL search_path = pg_catalog");
  try {
    const result = await work();
    await session.query("COMMIT");
    return result;
  } catch (error) {
    await session.query("ROLLBACK").catch(() => undefined);
    throw error;
  }
}
