import { createHash } from "node:crypto";
import type { Schema } from "./model.ts";

/** Differences between two schemas, as sentences; empty when they are equal. */
export function schemaDifferences(source: Schema, copy: Schema): string[] {
  const expected = objectsOf(source);
  const actual = objectsOf(copy);
  // Another major version may print the same definition differently; then only presence is compared.
  const sameMajor = Math.floor(source.serverVersion / 10_000) === Math.floor(copy.serverVersion / 10_000);
  return [
    ...[...expected.keys()].filter((key) => !actual.has(key)).map((key) => `missing in the copy: ${key}`),
    ...[...actual.keys()].filter((key) => !expected.has(key)).map((key) => `only in the copy: ${key}`),
    ...(sameMajor
      ? [...expected]
          .filter(([key, ddl]) => actual.has(key) && settled(actual.get(key) ?? "") !== settled(ddl))
          .map(([key]) => `differs: ${key}`)
      : []),
  ];
}

/** Hash of every definition; equal hashes mean that a copy of one database has the schema of the other. */
export function schemaHash(schema: Schema): string {
  const definitions = [...objectsOf(schema)].map(([key, ddl]) => `${key}\n${ddl}`).sort();
  return createHash("sha256").update(definitions.join("\n\n")).digest("hex");
}

/** Casts of texts and brackets move when PostgreSQL reads back what it printed: `x IN ('a')` is never printed twice alike. */
function settled(ddl: string): string {
  return ddl.replaceAll(/::(?:character varying|text|bpchar)(?:\[\])?/g, "").replaceAll(/[()\s]/g, "");
}

function objectsOf(schema: Schema): Map<string, string> {
  return new Map([
    ...[
      ...schema.schemas,
      ...schema.early,
      ...schema.late,
      ...schema.ownIndexConstraints,
      ...schema.indexAttachments,
      ...schema.foreignKeys,
      ...schema.finishing,
    ].map(({ key, ddl }): [string, string] => [key, ddl]),
    ...schema.indexes.map((index): [string, string] => [index.key, `${index.ddl};${index.constraint ?? ""}`]),
    ...schema.extensions.map(({ name, schema: namespace }): [string, string] => [`extension ${name}`, namespace]),
  ]);
}
