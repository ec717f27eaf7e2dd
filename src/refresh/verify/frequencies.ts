import type { Session } from "../../platform/postgres.ts";

/** How often values stand in a column, by the statistics of the copy. It decides how they are searched, not whether. */
export interface Frequency {
  /** Many rows have a value, and most values stand there several times, so that they are put together first. */
  repeats: boolean;
  /** The values that nearly all rows have, if there are such: they are searched once, the rows for other values only. */
  common: readonly string[];
}

/** By name of the column, as `schema.table.column`. */
export type Frequencies = ReadonlyMap<string, Frequency>;

// Longer lists of common values, or lists for tables of few rows, would take longer to plan than they save.
const MOST_LETTERS = 20_000;
const FEW_ROWS = 5000;
// A share of the rows; what nearly none has is cheaper to look at where it stands than to put together.
const NEARLY_ALL = 0.95;

/** Reads the statistics of the database of the session. */
export async function readFrequencies(session: Session): Promise<Frequencies> {
  const rows = await session.query<{ name: string } & Frequency>(
    `SELECT concat_ws('.', s.schemaname, s.tablename, s.attname) AS name,
            s.null_frac < ${NEARLY_ALL} AND CASE WHEN s.n_distinct < 0 THEN s.n_distinct > -0.3
                 ELSE s.n_distinct < greatest(c.reltuples, 0) * 0.3 END AS repeats,
            CASE WHEN c.reltuples > ${FEW_ROWS} AND t.typcategory = 'S' AND length(s.most_common_vals::text) < ${MOST_LETTERS}
                  AND s.null_frac + (SELECT sum(f) FROM unnest(s.most_common_freqs) AS f) > ${NEARLY_ALL}
                 THEN s.most_common_vals::text::text[] ELSE '{}' END AS common
       FROM pg_stats s JOIN pg_class c ON c.oid = to_regclass(format('%I.%I', s.schemaname, s.tablename))
       JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = s.attname JOIN pg_type t ON t.oid = a.atttypid
      WHERE NOT s.inherited`,
  );
  return new Map(
    rows.map(({ name, repeats, common }) => [name, { repeats: repeats && common.length === 0, common }] as const),
  );
}
