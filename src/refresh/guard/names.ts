import { createHash } from "node:crypto";
import { GUARD_SCHEMA } from "../../environment/masked-views.ts";
import { quoteIdent } from "../../platform/postgres.ts";

const MOST_BYTES = 63;
// What can neither be cut nor be mistaken for a name with a hash.
const PLAIN = /^[A-Za-z0-9_]+$/;

/**
 * Name of the view of a table: the table's own where that is plain and in schema public, else its beginning and a hash of
 * all of it, so that no two tables meet. `purpose` is for a second view of the same table.
 */
export function viewName({ schema, name }: { schema: string; name: string }, purpose?: string): string {
  const whole = [...(purpose ? [purpose] : []), ...(schema === "public" ? [] : [schema]), name].join(".");
  if (schema === "public" && PLAIN.test(name) && Buffer.byteLength(whole) <= MOST_BYTES) return whole;
  const hash = createHash("sha256")
    .update(JSON.stringify([purpose, schema, name]))
    .digest("hex")
    .slice(0, 16);
  return `${firstBytes(whole, MOST_BYTES - hash.length - 1)}~${hash}`;
}

/** Qualified, quoted name of something in the guard's schema. */
export function inGuard(name: string): string {
  return `${GUARD_SCHEMA}.${quoteIdent(name)}`;
}

function firstBytes(text: string, most: number): string {
  let kept = "";
  let bytes = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > most) break;
    kept += character;
  }
  return kept;
}
