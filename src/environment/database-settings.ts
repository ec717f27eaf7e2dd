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

/** What one statement gives; `told` is what of it may stand in a log, without values: a setting may be a secret. */
interface Gift {
  sql: string;
  told: string;
}

/**
 * Gives one database what CREATE DATABASE ... TEMPLATE leaves behind on the other: settings (those that roles have in it
 * too), grants, limit, comment. Returns a line for each thing that could not be given, since only a superuser may: no
 * reason to stop a deployment, its rollback or a refresh, but its caller has to tell it.
 */
export async function copyDatabaseSettings(session: Session, from: string, to: string): Promise<string[]> {
  const refused: string[] = [];
  const target = quoteIdent(to);
  for (const { sql, told } of [
    ...(await settings(session, from, to)),
    ...(await grants(session, from, target)),
    ...(await limits(session, from, target)),
  ])
    await session.query(sql).catch((error: unknown) => {
      refused.push(
        `Database ${to} did not get what ${from} has, a superuser has to give it: ${told}: ${messageOf(error)}`,
      );
    });
  return refused;
}

/** Settings of the database for everybody and for single roles, but not those that the other has already. */
async function settings(session: Session, from: string, to: string): Promise<Gift[]> {
  const rows = await session.query<{ role: string | null; setting: string }>(
    `SELECT r.rolname AS role, u.setting
       FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase LEFT JOIN pg_roles r ON r.oid = s.setrole
            CROSS JOIN unnest(s.setconfig) WITH ORDINALITY AS u (setting, place)
      WHERE d.datname = $1 AND (s.setrole = 0 OR r.oid IS NOT NULL)
        AND NOT EXISTS (SELECT FROM pg_db_role_setting o JOIN pg_database t ON t.oid = o.setdatabase
                         WHERE t.datname = $2 AND o.setrole = s.setrole AND u.setting = ANY (o.setconfig))
      ORDER BY r.rolname NULLS FIRST, u.place`,
    [from, to],
  );
  return rows.map(({ role, setting }) => {
    const [name, value] = [setting.slice(0, setting.indexOf("=")), setting.slice(setting.indexOf("=") + 1)];
    const database = `DATABASE ${quoteIdent(to)}`;
    const whose = role === null ? `ALTER ${database}` : `ALTER ROLE ${quoteIdent(role)} IN ${database}`;
    const told = `${whose} SET ${name.split(".").map(quoteIdent).join(".")}`;
    return { told, sql: `${told} TO ${quotedLists.has(name) ? listItems(value) : quoteLiteral(value)}` };
  });
}

/** A list as SQL; what the catalog shows as "" would be no name there. */
function listItems(value: string): string {
  return value.replace(/"(?:[^"]|"")*"/g, (item) => (item === '""' ? "''" : item));
}

async function grants(session: Session, from: string, target: string): Promise<Gift[]> {
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
    shown(`REVOKE ALL ON DATABASE ${target} FROM PUBLIC`),
    ...rows.map(({ grantee, privilege_type, is_grantable }) => {
      const option = is_grantable ? " WITH GRANT OPTION" : "";
      return shown(
        `GRANT ${privilege_type} ON DATABASE ${target} TO ${grantee ? quoteIdent(grantee) : "PUBLIC"}${option}`,
      );
    }),
  ];
}

const shown = (sql: string): Gift => ({ sql, told: sql });

async function limits(session: Session, from: string, target: string): Promise<Gift[]> {
  const [row] = await session.query<{ limit: number; comment: string | null }>(
    `SELECT datconnlimit AS limit, shobj_description(oid, 'pg_database') AS comment FROM pg_database WHERE datname = $1`,
    [from],
  );
  if (!row) return [];
  const told = `COMMENT ON DATABASE ${target}`;
  return [
    shown(`ALTER DATABASE ${target} CONNECTION LIMIT ${row.limit}`),
    ...(row.comment === null ? [] : [{ told, sql: `${told} IS ${quoteLiteral(row.comment)}` }]),
  ];
}
