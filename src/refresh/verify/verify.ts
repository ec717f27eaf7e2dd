import { lookForDangers } from "../../odoo/neutralize-checks.ts";
import { ExpectedError } from "../../platform/errors.ts";
import type { Session } from "../../platform/postgres.ts";
import type { CopiedTable } from "../copy/copy.ts";
import type { Plan } from "../plan/plan.ts";
import type { Progress } from "../progress.ts";
import { schemaDifferences } from "../schema/compare.ts";
import type { Schema } from "../schema/model.ts";
import { readSchema } from "../schema/read.ts";
import { qualifiedName } from "../schema/tables.ts";
import { COMMENTS } from "./schema-texts.ts";

/** One thing that was looked at on the finished copy. */
export interface Check {
  name: string;
  outcome: "passed" | "failed" | "not measured";
  /** What was found, without a value of any row. */
  detail: string;
}

/** Does the copy have every object of the source, and is every index valid? To be asked before neutralizing. */
export async function verifySchema(target: Session, source: Schema): Promise<Check[]> {
  const differences = schemaDifferences(source, await readSchema(target));
  const invalid = await target.query<{ name: string }>(
    "SELECT indexrelid::regclass::text AS name FROM pg_index WHERE NOT indisvalid AND indrelid >= 16384",
  );
  return [
    check(
      "same schema as production",
      differences.length === 0,
      firstFew(differences, "objects compared, no difference"),
    ),
    check(
      "indexes valid",
      invalid.length === 0,
      firstFew(
        invalid.map((row) => row.name),
        "all valid",
      ),
    ),
  ];
}

/** Are the rows all there, and none where none should be? */
export async function verifyRows(
  target: Session,
  plan: Plan,
  { copied, progress }: { copied: readonly CopiedTable[]; progress: Progress },
): Promise<Check[]> {
  const expected = new Map(copied.map((table) => [table.name, table.rows]));
  const stage = progress.stage("tables counted", plan.tables.length);
  const wrong: string[] = [];
  for (let at = 0; at < plan.tables.length; at += 100) {
    const batch = plan.tables.slice(at, at + 100);
    const counts = batch.map(
      ({ table }, i) => `SELECT ${i} AS i, count(*)::float8 AS count FROM ONLY ${qualifiedName(table)}`,
    );
    const query = () => target.query<{ i: number; count: number }>(counts.join(" UNION ALL "));
    for (const { i, count } of await stage.step(batch[0]?.name ?? "", query, batch.length)) {
      const name = batch[i]?.name ?? "";
      const wanted = expected.get(name) ?? 0;
      if (count !== wanted) wrong.push(`${name} has ${count} rows instead of ${wanted}`);
    }
  }
  return [check("row counts", wrong.length === 0, firstFew(wrong, `${plan.tables.length} tables counted`))];
}

/** Would this copy, when started, leave the outside world alone? By policy these providers may be enabled. */
export async function verifyHarmless(target: Session, keptProviders: readonly number[] = []): Promise<Check[]> {
  const looks = await lookForDangers(target, keptProviders);
  return looks.map(({ name, table, rows, allowed }) => {
    const found = rows === 0 ? `${table} looked at` : `${rows} row(s) of ${table}`;
    return check(name, rows === 0, allowed === undefined ? found : `${found}; ${allowed}`);
  });
}

/** A hash of `database.uuid`, which is enough to compare, as SQL. */
export const IDENTITY =
  "SELECT encode(sha256(convert_to(value, 'UTF8')), 'hex') AS uuid FROM public.ir_config_parameter WHERE key = 'database.uuid'";

/** Has the copy an identity of its own? `ask` is what the source is asked, by which a guard answers. */
export async function verifyIdentity(source: Session, target: Session, ask = IDENTITY): Promise<Check[]> {
  const [production] = await source.query<{ uuid: string }>(ask);
  const [copy] = await target.query<{ uuid: string }>(IDENTITY);
  const differs = copy !== undefined && copy.uuid !== production?.uuid;
  return [check("own database.uuid", differs, differs ? "differs from production's" : "is production's, or missing")];
}

/** Comments are not copied: anybody may have written anything there. */
export async function verifyComments(target: Session): Promise<Check> {
  const [row] = await target.query<{ count: number }>(COMMENTS);
  return check("no comments copied", row?.count === 0, `${row?.count ?? "no answer about"} comment(s)`);
}

/** Throws ExpectedError "verification-failed" unless every check passed. */
export function requirePassed(checks: readonly Check[]): void {
  const bad = checks.filter((item) => item.outcome !== "passed");
  if (bad.length === 0) return;
  throw new ExpectedError({
    code: "verification-failed",
    message: `The copy did not pass its verification: ${bad.map((item) => `${item.name} (${item.outcome}: ${item.detail})`).join("; ")}.`,
    remedy: "Staging was left as it was. Repair what the checks name, then run again.",
  });
}

/** A check with its outcome. */
export function check(name: string, passed: boolean, detail: string): Check {
  return { name, outcome: passed ? "passed" : "failed", detail };
}

function firstFew(items: readonly string[], ifNone: string): string {
  if (items.length === 0) return ifNone;
  const more = items.length > 5 ? ` and ${items.length - 5} more` : "";
  return items.slice(0, 5).join("; ") + more;
}
