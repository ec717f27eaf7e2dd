import { createHash } from "node:crypto";
import { pipeline } from "node:stream/promises";
import type { MaskName } from "../../environment/mask-names.ts";
import { quoteIdent, quoteLiteral, type Session } from "../../platform/postgres.ts";
import { isText } from "../classification/column-types.ts";
import { WorkQueue } from "../copy/queue.ts";
import type { PlannedColumn, PlannedTable } from "../plan/plan.ts";
import type { Progress } from "../progress.ts";
import { qualifiedName } from "../schema/tables.ts";
import { formsOf, type KnownKind } from "./tokens.ts";

/** Where the hashes stand on the copy, for as long as the scan lasts. */
export const SEEN = "_pipeline.seen";

const KIND_OF_MASK: Partial<Record<MaskName, KnownKind>> = {
  email: "e-mail",
  login: "e-mail",
  phone: "phone",
  "bank-account": "account",
  identifier: "identifier",
  vat: "identifier",
  name: "name",
  secret: "secret",
  token: "secret",
};

const SECRET_NAME = /passw|pwd|secret|token|(?:^|_)(?:key|pass|credentials?|certificate)(?:_|$)/;

// Where a name is a person's or a customer's; elsewhere it is that of a campaign, a stage, a document.
const PEOPLE =
  /^(res_partner|res_users|hr_employee|hr_applicant|hr_candidate|mailing_contact|event_registration|mail_guest|crm_lead)$/;
const NAME_OF_PERSON =
  /(?:partner|contact|customer|author|employee|holder|common|signed_by|commercial_company)(?:_[a-z]+)*_name$|^signed_by$|_partner_name/;

/** What the values of a column are looked for as, or undefined when they tell nothing by themselves. */
export function knownKind(table: string, { column, treatment, asIs }: PlannedColumn): KnownKind | undefined {
  if (asIs || !isText(column.baseType)) return undefined;
  if (treatment.kind === "mask") {
    const kind = KIND_OF_MASK[treatment.mask];
    const nobody =
      kind === "name" && !(PEOPLE.test(table) && column.name !== "title") && !NAME_OF_PERSON.test(column.name);
    return nobody ? undefined : kind;
  }
  return treatment.kind === "null" && SECRET_NAME.test(column.name) ? "secret" : undefined;
}

/** Gives a session the throw-away key (hex) of the scan, in settings, so that it stands in no statement. */
export async function setScanKey(session: Session, key: string): Promise<void> {
  const seed = createHash("sha256").update(`seed/${key}`).digest().readBigInt64BE().toString();
  await session.query(
    "SELECT set_config('odoo_pipeline.scan_key', $1, false), set_config('odoo_pipeline.scan_seed', $2, false)",
    [key, seed],
  );
}

/** SQL of the key of the session, to be put in FROM; a look-up hash is cheap, a full one decides. */
export const KEY = `(SELECT current_setting('odoo_pipeline.scan_key') AS key, current_setting('odoo_pipeline.scan_seed')::bigint AS seed OFFSET 0) AS k`;
/** SQL of both hashes of a form `f`. */
export const QUICK_HASH = "hashtextextended(f.form || '/' || f.value, k.seed)";
export const FULL_HASH =
  "encode(sha256(convert_to(k.key || f.form || '/' || f.value, getdatabaseencoding()::name)), 'hex')";

/** What is collected: columns of a table, a condition on `t` for rows, and the kind under which the hashes stand. */
interface Collected {
  planned: PlannedTable;
  /** SQL expressions on `t`. */
  values: string[];
  kind: KnownKind;
  label: string;
  where?: string | undefined;
}

/**
 * Brings keyed hashes of production's personal and secret values beside the copy, for the scan only; the key is thrown
 * away. The sources are inside the snapshot; hashes alone leave them. What belongs to the own companies and to Odoo itself
 * is nobody's secret, and is left out.
 */
export async function collectKnownValues(
  pairs: readonly { source: Session; target: Session }[],
  queries: readonly string[],
  { key, progress }: { key: string; progress: Progress },
): Promise<void> {
  const first = pairs[0]?.target;
  if (!first) throw new Error("collecting known values needs a session");
  await first.query(
    `CREATE SCHEMA IF NOT EXISTS _pipeline; DROP TABLE IF EXISTS ${SEEN};
     CREATE UNLOGGED TABLE ${SEEN} (kind text, quick bigint, hash text)`,
  );
  const queue = new WorkQueue(queries);
  const stage = progress.stage("questions about known values answered", queries.length);
  const work = async ({ source, target }: { source: Session; target: Session }) => {
    await setScanKey(source, key);
    await queue.drain((query) =>
      stage.step("production's values", () =>
        pipeline(source.copyOut(`COPY (${query}) TO STDOUT`), target.copyIn(`COPY ${SEEN} FROM STDIN`)),
      ),
    );
  };
  await Promise.all(pairs.map(work));
  progress.now(() => "the known values are put in order for the search");
  await first.query(
    `DELETE FROM ${SEEN} WHERE hash IN (SELECT hash FROM ${SEEN} WHERE kind = 'own');
     CREATE INDEX ON ${SEEN} (quick); ANALYZE ${SEEN}`,
  );
}

/** What is asked of the source for one table, as SQL with the columns `kind`, `quick` and `hash`. */
export function knownQueries(planned: PlannedTable, ownPartners: readonly number[]): string[] {
  return whatToCollect(planned, ownPartners).map(hashesOf);
}

function whatToCollect(planned: PlannedTable, ownPartners: readonly number[]): Collected[] {
  if (planned.emptiedBecause || planned.table.empty) return [];
  const kinds = Map.groupBy(planned.columns, (planColumn) => knownKind(planned.name, planColumn));
  const collected = [...kinds].flatMap(([kind, columns]): Collected[] => {
    const values = columns.map(({ column }) => `t.${quoteIdent(column.name)}::text`);
    return kind ? [{ planned, values, kind, label: kind }] : [];
  });
  if (planned.name === "ir_config_parameter" && planned.filter) {
    const where = `NOT (${planned.filter.condition})`;
    collected.push({ planned, values: ["t.value::text"], kind: "secret", label: "secret", where });
  }
  if (planned.name !== "res_partner" || ownPartners.length === 0) return collected;
  const own = `t.id IN (${ownPartners.join(", ")})`;
  return [...collected, ...collected.map((one) => ({ ...one, label: "own", where: own }))];
}

// What is the same in several rows, columns or spellings is hashed once.
function hashesOf({ planned, values, kind, label, where = "true" }: Collected): string {
  return `SELECT ${quoteLiteral(label)} AS kind, ${QUICK_HASH} AS quick, ${FULL_HASH} AS hash
    FROM (SELECT DISTINCT f.form, f.value
            FROM (SELECT DISTINCT c.v FROM ONLY ${qualifiedName(planned.table)} AS t,
                         LATERAL (VALUES (${values.join("), (")})) AS c (v) WHERE c.v <> '' AND ${where} OFFSET 0) AS s,
                 LATERAL (${formsOf(kind, "s.v")}) AS f OFFSET 0) AS f, ${KEY}`;
}

/** How many different values of each kind are known: a value may stand in several tables. */
export async function countKnown(target: Session): Promise<Record<string, number>> {
  const rows = await target.query<{ kind: string; count: number }>(
    `SELECT kind, count(*)::float8 AS count FROM (SELECT DISTINCT kind, quick FROM ${SEEN}) AS s GROUP BY kind ORDER BY kind`,
  );
  return Object.fromEntries(rows.map(({ kind, count }) => [kind, count]));
}
