import type { MaskName } from "../../environment/mask-names.ts";
import type { MaskContext } from "./masks.ts";
import { textValue } from "./values.ts";

// Languages and company ids may stay as keys; any other key may be a person's.
const LANGUAGE = "'^[a-z]{2,3}(_[A-Z][a-z]{3})?(_([A-Z]{2}|[0-9]{3}))?(@(latin|Cyrl|valencia|euro))?$'";
const COMPANY = "'^[0-9]{1,7}$'"; // a number of more digits may be a telephone's

/** SQL of a masked json or jsonb (`value`): which keys and values survive depends on what the document is. */
export function jsonMask(mask: MaskName, value: string, context: MaskContext): string {
  const empty = `CASE WHEN ${value} IS NOT NULL THEN '{}' END`;
  if (context.column.baseType === "json") return empty; // reading its keys may throw
  const rebuilt = (item: string, keys: string) =>
    `CASE WHEN jsonb_typeof(${value}) = 'object'
          THEN coalesce((SELECT jsonb_object_agg(k, ${item}) FROM jsonb_each(${value}) e(k, v) WHERE ${keys}), '{}'::jsonb)
          WHEN ${value} IS NOT NULL THEN '{}'::jsonb END`;
  const text = `to_jsonb((${textValue(mask, "(v #>> '{}')", context)})::text)`;
  const byType = (whenText: string) =>
    `CASE jsonb_typeof(v) WHEN 'number' THEN v WHEN 'boolean' THEN v WHEN 'string' THEN ${whenText} ELSE 'null'::jsonb END`;
  switch (mask) {
    case "json":
    case "file":
      return `CASE WHEN jsonb_typeof(${value}) = 'array' THEN '[]'::jsonb WHEN ${value} IS NOT NULL THEN '{}'::jsonb END`;
    case "properties":
      return rebuilt(byType("'null'::jsonb"), "k ~ '^[0-9a-f]{16}$'");
    case "company-dependent":
      return rebuilt(byType(text), `k ~ ${COMPANY}`);
    default:
      return rebuilt(
        `CASE WHEN jsonb_typeof(v) = 'string' THEN ${text} ELSE 'null'::jsonb END`,
        `k ~ ${LANGUAGE} OR k ~ ${COMPANY}`,
      );
  }
}
