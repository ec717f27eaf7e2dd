import { GUARD_SCHEMA } from "../../environment/masked-views.ts";

/** The schema in which the pipeline keeps its own records; never copied. */
export const PIPELINE_SCHEMA = "_pipeline";

/** SQL condition: the namespace `alias` is the team's, not the server's. */
export const userSchema = (alias: string): string =>
  `${alias}.nspname !~ '^pg_' AND ${alias}.nspname NOT IN ('information_schema', '${PIPELINE_SCHEMA}', '${GUARD_SCHEMA}')`;

/** SQL condition: the object is not a member of an extension (which brings it along). */
export const notOfExtension = (catalogue: string, oid: string): string =>
  `NOT EXISTS (SELECT 1 FROM pg_depend e WHERE e.classid = '${catalogue}'::regclass AND e.objid = ${oid} AND e.deptype = 'e')`;
