import { copyDatabaseSettings } from "../../environment/database-settings.ts";
import { ExpectedError } from "../../platform/errors.ts";
import { DatabaseError, quoteIdent, quoteLiteral, type Session } from "../../platform/postgres.ts";
import type { ApprovedPlan } from "../plan/gate.ts";
import type { Progress, Stage } from "../progress.ts";
import type { Extension, Schema, SchemaObject } from "../schema/model.ts";

const BATCH = 100;

/**
 * Creates the empty database with the encoding and locale of the source, and the settings that staging has today. Returns
 * those of them that it could not get.
 */
export async function createBuildDatabase(
  source: Session,
  maintenance: Session,
  name: string,
  staging: string,
): Promise<string[]> {
  const [row] = await source.query<Record<string, string | null>>(
    `SELECT pg_encoding_to_char(encoding) AS encoding, datcollate AS collate, datctype AS ctype, to_jsonb(d) ->> 'datlocprovider' AS provider,
            coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale') AS locale
       FROM pg_database d WHERE datname = current_database()`,
  );
  const text = (key: string) => quoteLiteral(row?.[key] ?? "");
  const provider = {
    i: ` LOCALE_PROVIDER icu ICU_LOCALE ${text("locale")}`,
    b: ` LOCALE_PROVIDER builtin BUILTIN_LOCALE ${text("locale")}`,
  };
  await maintenance.query(
    `CREATE DATABASE ${quoteIdent(name)} TEMPLATE template0 ENCODING ${text("encoding")} LC_COLLATE ${text("collate")} LC_CTYPE ${text("ctype")}` +
      (provider[row?.provider as "i" | "b"] ?? ""),
  );
  return await copyDatabaseSettings(maintenance, staging, name);
}

/** Makes extensions, types, functions, sequences and tables; no index and no constraint that the load would pay for. */
export async function createTables(target: Session, schema: Schema): Promise<void> {
  await apply(target, schema.schemas);
  for (const extension of schema.extensions) await createExtension(target, extension);
  await apply(target, schema.early);
}

async function createExtension(target: Session, extension: Extension): Promise<void> {
  await target.query(
    `CREATE EXTENSION IF NOT EXISTS ${quoteIdent(extension.name)} SCHEMA ${quoteIdent(extension.schema)}`,
  );
  const rows = await target.query<{ signature: string; volatility: string }>(
    `SELECT format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) AS signature, p.provolatile AS volatility
       FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid JOIN pg_proc p ON p.oid = d.objid JOIN pg_namespace n ON n.oid = p.pronamespace
      WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND e.extname = $1`,
    [extension.name],
  );
  const actual = new Map(rows.map((row) => [row.signature, row.volatility]));
  const words = { i: "IMMUTABLE", s: "STABLE", v: "VOLATILE" };
  for (const { signature, volatility } of extension.functions) {
    // Odoo marks unaccent() immutable by hand; no dump records that, and its indexes need it.
    if (!actual.has(signature) || actual.get(signature) === volatility) continue;
    await target.query(`ALTER FUNCTION ${signature} ${words[volatility]}`).catch((error: unknown) => {
      throw mayNotAlter(signature, words[volatility], error);
    });
  }
}

function mayNotAlter(signature: string, word: string, cause: unknown): unknown {
  if (!(cause instanceof DatabaseError) || cause.sqlState !== "42501") return cause;
  return new ExpectedError(
    {
      code: "extension-function",
      message: `On the source, ${signature} was made ${word}, and the target's role may not do the same; indexes that use it could not be built.`,
      remedy: `Let the target's role own the function (make the extension by that role), or give production an own ${word.toLowerCase()} wrapper function and use it in the indexes.`,
    },
    { cause },
  );
}

/** Runs the statements in batches, as steps of `stage`; when one fails, the error names the object it was to make. */
export async function apply(target: Session, objects: readonly SchemaObject[], stage?: Stage): Promise<void> {
  for (let at = 0; at < objects.length; at += BATCH) {
    const batch = objects.slice(at, at + BATCH);
    const run = () => target.query(batch.map((object) => object.ddl).join(";\n"));
    try {
      await (stage?.step(batch[0]?.key ?? "", run, batch.length) ?? run());
    } catch (error) {
      if (error instanceof DatabaseError && error.sqlState === "57014") throw error;
      await findCulprit(target, batch);
      throw error;
    }
  }
}

async function findCulprit(target: Session, batch: readonly SchemaObject[]): Promise<void> {
  await target.query("BEGIN");
  for (const object of batch) {
    await target.query(object.ddl).catch(async (cause: unknown) => {
      await target.query("ROLLBACK");
      throw new ExpectedError(
        {
          code: "schema-object",
          message: `The copy could not get ${object.key}: ${cause instanceof Error ? cause.message : cause}.`,
          remedy:
            "Compare the versions of PostgreSQL and of the extensions of both servers; then report the object's definition.",
        },
        { cause },
      );
    });
  }
  await target.query("ROLLBACK");
}

/** What comes after the rows and their indexes: constraints, views, foreign keys, triggers, sequences' owners. */
export async function finishSchema(target: Session, schema: Schema, progress: Progress): Promise<void> {
  // Indexes of partitioned parents hold no rows themselves; those of their partitions stand already.
  const partitioned = new Set(schema.tables.filter((table) => table.partitioned).map((table) => table.oid));
  const { ownIndexConstraints, indexAttachments, late, foreignKeys, finishing } = schema;
  const indexes = schema.indexes.filter((index) => partitioned.has(index.table));
  const inOrder = [indexes, ownIndexConstraints, indexAttachments, late, foreignKeys, finishing];
  const stage = progress.stage("constraints, views and triggers made", inOrder.flat().length);
  for (const objects of inOrder) await apply(target, objects, stage);
  await fillViews(target, schema, progress);
}

/** Fills the materialized views from the rows of the copy. */
export async function fillViews(
  target: Session,
  { materializedViews }: Pick<Schema, "materializedViews">,
  progress: Progress,
): Promise<void> {
  if (materializedViews.length === 0) return;
  const stage = progress.stage("materialized views filled", materializedViews.length);
  for (const view of materializedViews) await stage.step(view, () => target.query(`REFRESH MATERIALIZED VIEW ${view}`));
}

/** Brings every sequence to where the source's is; reading them after the snapshot only makes them safer. */
export async function copySequences(
  source: Session,
  target: Session,
  { schema, questions }: Pick<ApprovedPlan, "schema" | "questions">,
): Promise<number> {
  const names = schema.sequences.map((sequence) => `${quoteIdent(sequence.schema)}.${quoteIdent(sequence.name)}`);
  // Sequences that were made since the schema was read are not on the target.
  const all = questions.sequences && (await source.query<SequenceValue>(questions.sequences));
  for (let at = 0; at < names.length; at += BATCH) {
    const batch = names.slice(at, at + BATCH);
    const rows = all
      ? all.filter(({ name }) => batch.includes(name))
      : await source.query<SequenceValue>(batch.map(sequenceValue).join(" UNION ALL "));
    const calls = rows.map(({ name, last, called }) => `setval(${quoteLiteral(name)}, ${BigInt(last)}, ${called})`);
    if (calls.length > 0) await target.query(`SELECT ${calls.join(", ")}`);
  }
  return names.length;
}

/** Where a sequence stands; `name` is qualified and quoted as `quoteIdent` does it. */
interface SequenceValue {
  name: string;
  last: string;
  called: boolean;
}

const sequenceValue = (name: string) =>
  `SELECT ${quoteLiteral(name)} AS name, last_value AS last, is_called AS called FROM ${name}`;
