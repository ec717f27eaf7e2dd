import { type Connection, withSession } from "../../../src/platform/postgres.ts";

/** All that the catalogue says of the guard, but object ids. */
export async function guardAt(admin: Connection): Promise<Record<string, unknown>> {
  const rows = await withSession(admin, (session) =>
    session.query<{ name: string; state: unknown }>(`SET search_path = pg_catalog;
     SELECT 'view ' || relname AS name, jsonb_build_array(pg_get_viewdef(c.oid), relowner::regrole, reloptions, obj_description(c.oid, 'pg_class'),
              (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(relacl) a)) AS state
       FROM pg_class c WHERE relnamespace = 'staging_mask'::regnamespace
     UNION ALL SELECT 'schema', jsonb_build_array(nspowner::regrole, nspacl::text, obj_description(oid)) FROM pg_namespace WHERE nspname = 'staging_mask'
     UNION ALL SELECT 'function', jsonb_build_array(pg_get_functiondef(oid), proowner::regrole, proacl::text) FROM pg_proc WHERE pronamespace = 'staging_mask'::regnamespace`),
  );
  return Object.fromEntries(rows.map(({ name, state }) => [name, state]));
}
