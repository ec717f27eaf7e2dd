import type { Treatment } from "../treatment.ts";

// Columns that mean the same on every table, of modules that we do not know as well. They may mask, never keep.
const PATTERNS: readonly [RegExp, Treatment][] = [
  [/^(.+_)?access_token$/, { kind: "mask", mask: "token" }],
  [/^(.+_)?(password|secret|private_key|api_key)$/, { kind: "mask", mask: "secret" }],
  [/^email_normalized$/, { kind: "mask", mask: "email" }],
  [/^phone_sanitized$/, { kind: "mask", mask: "phone" }],
  [/^website_meta_(title|description|keywords)$/, { kind: "mask", mask: "translated" }],
  [/^(website_meta_og_img|seo_name)$/, { kind: "null" }],
  [/^cover_properties$/, { kind: "mask", mask: "json" }],
];

/** The treatment of a column that every table may have, or undefined. */
export function commonTreatment(column: string): Treatment | undefined {
  return PATTERNS.find(([pattern]) => pattern.test(column))?.[1];
}
