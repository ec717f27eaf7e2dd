import { type Connection, withSession } from "../../../src/platform/postgres.ts";
import { run } from "../../../src/platform/process.ts";
import { guardFor } from "../../../src/refresh/guard/generate-command.ts";
import type { GeneratedGuard } from "../../../src/refresh/guard/generated.ts";
import { refreshDatabase } from "../../../src/refresh/refresh.ts";
import type { RefreshOptions, RefreshRequest } from "../../../src/refresh/request.ts";
import { type OneServer, quietDeps, requestFor } from "../refresh/ground.ts";

const PASSWORD = "guarded-password";

/** Runs SQL as an administrator would, with psql; what it says on standard error comes back, a failure is thrown. */
export async function psql({ host, port, user, password, database }: Connection, sql: string): Promise<string> {
  const args = [
    "-X",
    "-q",
    "-v",
    "ON_ERROR_STOP=1",
    "-f",
    "-",
    "-h",
    host,
    "-p",
    String(port),
    "-U",
    user,
    "-d",
    database,
  ];
  const env = { ...process.env, PGPASSWORD: password ?? "" };
  const { stderr } = await run("psql", args, { stdin: sql, env });
  return stderr;
}

/** Makes the guard as the owner of the tables sees the database, installs it as the superuser, and lets the role log in. */
export async function installGuard(
  owner: Connection,
  admin: Connection,
  rules: RefreshRequest["rules"],
  role = "guarded",
): Promise<{ guard: GeneratedGuard; guarded: Connection }> {
  const guard = await guardFor(owner, { rules }, role);
  await psql({ ...admin, database: owner.database }, guard.sql);
  const guarded = { ...owner, user: role, password: PASSWORD };
  await withSession(admin, (session) => session.query(`ALTER ROLE "${role}" LOGIN PASSWORD '${PASSWORD}'`));
  return { guard, guarded };
}

/** A production that is read through its masked views only, and its staging. */
export async function guardedPair(one: OneServer, name: string, sql: string, rules: RefreshRequest["rules"]) {
  const { production, staging, source, target } = await one.pair(name, sql);
  const role = `${name}_reader`;
  const { guarded: connection } = await installGuard(production, one.server.admin, rules, role);
  let runs = 0;
  const refresh = (now = rules, more: { dryRun?: boolean } & RefreshOptions = {}) => {
    const { dryRun = false, ...options } = more;
    runs += 1;
    const asked = { id: `${runs}-1`, rules: now, connection, dryRun };
    return refreshDatabase(
      requestFor(source, target, { ...asked, options: { requireEnforced: true, verify: "hash", ...options } }),
      quietDeps(),
    );
  };
  return { production, staging, connection, role, refresh };
}

/** The names of all relations outside the guard that hold or show rows, quoted. */
export async function relations(admin: Connection): Promise<string[]> {
  const rows = await withSession(admin, (session) =>
    session.query<{ name: string }>(
      `SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 't') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'staging_mask')
          AND (n.nspname <> 'pg_toast' OR c.oid >= 16384)`,
    ),
  );
  return rows.map(({ name }) => name);
}
