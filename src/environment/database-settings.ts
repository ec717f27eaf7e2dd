import { messageOf } from "../platform/errors.ts";
import { quoteIdent, quoteLiteral, type Session } from "../platform/postgres.ts";

/** Settings whose value is a list that the catalog keeps quoted already. */
const quotedLists = new Set([
  "search_path",
  "temp_tablespaces",
  "session_preload_libraries",
  "local_preload_libraries",
]);

interface Grant {
  grantee: string | null;
  privilege_type: string;
  is_grantable: boolean;
}

/**
 * Gives one database what CREATE DATABASE ... TEMPLATE leaves behind on the other: settings, grants, limit, comment.
 * Returns what could not be given, since only a superuser may: no reason to stop a deployment or its rollback.
 */
export async function copyDatabaseSettings(session: Session, from: string, to: string): Promise<string[]> {
  const refused: string[] = [];
  const target = quoteIdent(to);
  for (const statement of [
    ...(await settings(session, from, target)),
    ...(await grants(session, from, target)),
    ...(await limits(session, from, target)),
  ])
    await session.query(statement).catch((error: unknown) => refused.push(`${statement}: ${messageOf(error)}`));
  return refused;
}

async function settings(session: Session, from: string, target: string): Promise<string[]> {
  const rows = await session.query<{ setting: string }>(
    `SELECT unnest(s.setconfig) AS setting FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
      WHERE d.datname = $1 AND s.setrole = 0`,
    [from],
  );
  return rows.map(({ setting }) => {
    const [name, value] = [setting.slice(0, setting.indexOf("=")), setting.slice(setting.indexOf("=") + 1)];
    const quotedName = name.split(".").map(quoteIdent).join(".");
    return `ALTER DATABASE ${target} SET ${quotedName} TO ${quotedLists.has(name) ? value : quoteLiteral(value)}`;
  });
}

async function grants(session: Session, from: string, target: string): Promise<string[]> {
  const [database] = await session.query<{ own: boolean }>(
    "SELECT datacl IS NOT NULL AS own FROM pg_database WHERE datname = $1",
    [from],
  );
  if (!database?.own) return [];
  const rows = await session.query<Grant>(
    `SELECT r.rolname AS grantee, a.privilege_type, a.is_grantable
       FROM pg_database d CROSS JOIN LATERAL aclexplode(d.datacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
      WHERE d.datname = $1`,
    [from],
  );
  return [
    `REVOKE ALL ON DATABASE ${target} FROM PUBLIC`,
    ...rows.map(({ grantee, privilege_type, is_grantable }) => {
      const option = is_grantable ? " WITH GRANT OPTION" : "";
      return `GRANT ${privilege_type} ON DATABASE ${target} TO ${grantee ? quoteIdent(grantee) : "PUBLIC"}${option}`;
    }),
  ];
}

async function limits(session: Session, from: string, target: string): Promise<string[]> {
  const [row] = await session.query<{ limit: number; comment: string | null }>(
    `SELECT datconnlimit AS limit, shobj_description(oid, 'pg_database') AS comment FROM pg_database WHERE datname = $1`,
    [from],
  );
  if (!row) return [];
  return [
    `ALTER DATABASE ${target} CONNECTION LIMIT ${row.limit}`,
    ...(row.comment === null ? [] : [`COMMENT ON DATABASE ${target} IS ${quoteLiteral(row.comment)}`]),
  ];
}
