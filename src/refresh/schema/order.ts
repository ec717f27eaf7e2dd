import { ExpectedError } from "../../platform/errors.ts";
import type { Session } from "../../platform/postgres.ts";
import type { Node } from "./types.ts";

/** "`dependent` cannot be made before `required`"; both are node ids. */
export interface Edge {
  dependent: string;
  required: string;
}

// What belongs to a table (default, check, rewrite rule, row type) speaks for the table. Foreign keys and the ownership
// of sequences come later and must not order anything.
const EDGES = `
  WITH owner(classid, objid, node) AS (
    SELECT 'pg_class'::regclass, c.oid, 'c' || c.oid FROM pg_class c WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S')
    UNION ALL SELECT 'pg_proc'::regclass, p.oid, 'p' || p.oid FROM pg_proc p
    UNION ALL SELECT 'pg_attrdef'::regclass, d.oid, 'c' || d.adrelid FROM pg_attrdef d
    UNION ALL SELECT 'pg_rewrite'::regclass, r.oid, 'c' || r.ev_class FROM pg_rewrite r WHERE r.rulename = '_RETURN'
    UNION ALL SELECT 'pg_constraint'::regclass, o.oid, CASE WHEN o.conrelid <> 0 THEN 'c' || o.conrelid ELSE 't' || o.contypid END
                FROM pg_constraint o WHERE o.contype IN ('c', 'n')
    UNION ALL SELECT 'pg_class'::regclass, c.oid, 't' || c.reltype FROM pg_class c WHERE c.relkind = 'c'
    UNION ALL SELECT 'pg_type'::regclass, t.oid,
                     CASE WHEN e.oid IS NOT NULL AND ec.relkind IN ('r', 'p', 'v', 'm') THEN 'c' || e.typrelid
                          WHEN e.oid IS NOT NULL THEN 't' || e.oid
                          WHEN tc.relkind IN ('r', 'p', 'v', 'm') THEN 'c' || t.typrelid ELSE 't' || t.oid END
                FROM pg_type t LEFT JOIN pg_class tc ON tc.oid = t.typrelid
                LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typcategory = 'A' LEFT JOIN pg_class ec ON ec.oid = e.typrelid)
  SELECT DISTINCT a.node AS dependent, b.node AS required
    FROM pg_depend d JOIN owner a ON a.classid = d.classid AND a.objid = d.objid
    JOIN owner b ON b.classid = d.refclassid AND b.objid = d.refobjid
    LEFT JOIN pg_class s ON d.classid = 'pg_class'::regclass AND s.oid = d.objid AND s.relkind = 'S'
   WHERE d.deptype IN ('n', 'a') AND s.oid IS NULL AND a.node <> b.node AND d.objid >= 16384`;

/** Which object needs which other one, as the server records it. */
export function readDependencies(session: Session): Promise<Edge[]> {
  return session.query<{ dependent: string; required: string }>(EDGES);
}

/**
 * Sorts nodes so that each comes after what it requires, keeping the given order otherwise. Edges to nodes outside the
 * list are ignored. ExpectedError when objects depend on each other in a circle.
 */
export function inDependencyOrder<T extends Node>(nodes: readonly T[], edges: readonly Edge[]): T[] {
  const byId = new Map(nodes.map((node) => [node.node, node]));
  const required = Map.groupBy(
    edges.filter((edge) => byId.has(edge.dependent) && byId.has(edge.required)),
    (edge) => edge.dependent,
  );
  const state = new Map<string, "open" | "done">();
  const sorted: T[] = [];
  const visit = (node: T, path: readonly string[]): void => {
    if (state.get(node.node) === "done") return;
    if (state.get(node.node) === "open") throw circle([...path, node.key]);
    state.set(node.node, "open");
    for (const edge of required.get(node.node) ?? []) {
      const next = byId.get(edge.required);
      if (next) visit(next, [...path, node.key]);
    }
    state.set(node.node, "done");
    sorted.push(node);
  };
  for (const node of nodes) visit(node, []);
  return sorted;
}

/** The given ids and everything that requires one of them, directly or not. */
export function withDependents(ids: Iterable<string>, edges: readonly Edge[]): Set<string> {
  const dependents = Map.groupBy(edges, (edge) => edge.required);
  const found = new Set<string>(ids);
  const queue = [...found];
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    for (const { dependent } of dependents.get(id) ?? []) {
      if (!found.has(dependent)) queue.push(dependent);
      found.add(dependent);
    }
  }
  return found;
}

function circle(path: readonly string[]): ExpectedError {
  return new ExpectedError({
    code: "schema-circle",
    message: `The source's schema has objects that need each other: ${path.join(" -> ")}.`,
    remedy: "Break the circle in production, for example by dropping the function's use of the table's row type.",
  });
}
