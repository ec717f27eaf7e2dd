import { notOfExtension, userSchema } from "../schema/scope.ts";

const of = (kind: string, name: string) => `'${kind} ' || ${name}`;
const qualified = (schema: string, name: string) => `format('%I.%I', ${schema}, ${name})`;

/**
 * SQL of rows `(c, s)`: everything in the schema of the connected database in which somebody may have written a value:
 * defaults, conditions of constraints and indexes, bodies of views, rules, functions and triggers, labels of enumerations,
 * statistics and partition bounds.
 */
export const SCHEMA_TEXTS = `
  SELECT ${of("default of", `${qualified("n.nspname", "c.relname")} || '.' || a.attname`)} AS c, pg_get_expr(d.adbin, d.adrelid) AS s
    FROM pg_attrdef d JOIN pg_class c ON c.oid = d.adrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum WHERE ${userSchema("n")}
  UNION ALL
  SELECT ${of("constraint", qualified("n.nspname", "k.conname"))}, pg_get_constraintdef(k.oid)
    FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace WHERE k.contype IN ('c', 'x') AND ${userSchema("n")}
  UNION ALL
  SELECT ${of("index", qualified("n.nspname", "c.relname"))}, pg_get_indexdef(i.indexrelid)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE (i.indpred IS NOT NULL OR i.indexprs IS NOT NULL) AND ${userSchema("n")}
  UNION ALL
  SELECT ${of("view", qualified("n.nspname", "c.relname"))}, pg_get_viewdef(c.oid)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('v', 'm') AND ${userSchema("n")} AND ${notOfExtension("pg_class", "c.oid")}
  UNION ALL
  SELECT ${of("rule", qualified("n.nspname", "r.rulename"))}, pg_get_ruledef(r.oid)
    FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p') AND ${userSchema("n")}
  UNION ALL
  SELECT ${of("function", qualified("n.nspname", "p.proname"))}, pg_get_functiondef(p.oid)
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
   WHERE p.prokind <> 'a' AND ${userSchema("n")} AND ${notOfExtension("pg_proc", "p.oid")}
  UNION ALL
  SELECT ${of("trigger", qualified("n.nspname", "g.tgname"))}, pg_get_triggerdef(g.oid)
    FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE NOT g.tgisinternal AND ${userSchema("n")}
  UNION ALL
  SELECT ${of("enumeration", qualified("n.nspname", "t.typname"))}, e.enumlabel::text
    FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid JOIN pg_namespace n ON n.oid = t.typnamespace WHERE ${userSchema("n")}
  UNION ALL
  SELECT ${of("default of domain", qualified("n.nspname", "t.typname"))}, t.typdefault
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
   WHERE t.typtype = 'd' AND t.typdefault IS NOT NULL AND ${userSchema("n")} AND ${notOfExtension("pg_type", "t.oid")}
  UNION ALL
  SELECT ${of("partition", qualified("n.nspname", "c.relname"))}, pg_get_expr(c.relpartbound, c.oid)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relpartbound IS NOT NULL AND ${userSchema("n")}`;

/** SQL: how many comments there are on objects of the schema; none is copied, since anybody may have written anything. */
export const COMMENTS = `
  SELECT count(*)::int AS count FROM pg_description d JOIN pg_class c ON d.classoid = 'pg_class'::regclass AND d.objoid = c.oid
    JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${userSchema("n")} AND ${notOfExtension("pg_class", "c.oid")}`;
