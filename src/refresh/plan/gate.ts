import { ExpectedError } from "../../platform/errors.ts";
import type { Session } from "../../platform/postgres.ts";
import * as catalogue from "../classification/catalogue/index.ts";
import { classify, ruleName, type Unclassified } from "../classification/classify.ts";
import { readFacts } from "../classification/facts.ts";
import { type OdooQueries, odooQueries } from "../classification/odoo-queries.ts";
import { parseRules, suggestedRule } from "../classification/rules.ts";
import type { InstalledGuard } from "../guard/protection.ts";
import { guardOutdated, requireUpToDate, staleViews } from "../guard/verdict.ts";
import {
  guardedOdooQueries,
  type Questions,
  questionsOf,
  supportViews,
  tableViews,
  throughGuard,
} from "../guard/views.ts";
import type { RefreshRequest } from "../request.ts";
import type { Schema } from "../schema/model.ts";
import { readSchema } from "../schema/read.ts";
import { lintChecks, lintPlan } from "./lint.ts";
import { type Plan, type PlanProblem, planCopy, planHash } from "./plan.ts";
import { describeSample, NOT_MEASURED, sampleTable } from "./sample.ts";
import { suggestFor } from "./suggest.ts";

/** A plan that may be carried out. */
export interface ApprovedPlan {
  schema: Schema;
  plan: Plan;
  sha256: string;
  isOdoo: boolean;
  /** Partners of the own companies and of Odoo itself; their addresses are nobody's secret. */
  ownPartners: number[];
  /** What is asked of the source beside its rows. */
  questions: Questions;
  warnings: string[];
}

/** The gate: every column decided, everything copyable, every mask fitting; or an ExpectedError that says what to write. */
export async function approvePlan(
  source: Session,
  { rules, leaveOut }: Pick<RefreshRequest, "rules" | "leaveOut">,
  guard?: InstalledGuard,
): Promise<ApprovedPlan> {
  const schema = await readSchema(source, leaveOut);
  const support = guard ? supportViews(schema) : [];
  const stale = guard ? staleViews(support, guard) : [];
  if (stale.length > 0) throw guardOutdated(stale);
  const queries = guard ? guardedOdooQueries() : odooQueries(schema);
  const resolved = await resolvePlan(source, { rules, schema, queries });
  const { sha256, ownPartners, facts } = resolved;
  if (guard) requireUpToDate([...support, ...tableViews(resolved.plan, ownPartners)], guard, sha256);
  const plan = guard ? throughGuard(resolved.plan) : resolved.plan;
  const violations = await lintChecks(source, plan, facts);
  if (violations.length > 0) throw misfit(violations);
  const questions = questionsOf(plan, ownPartners, guard !== undefined);
  const { warnings } = resolved;
  return { schema, plan, sha256, isOdoo: facts.isOdoo, ownPartners, questions, warnings };
}

/** What a plan is made of: the team's rules, and the schema as it is on the source. */
interface PlanGround extends Pick<RefreshRequest, "rules"> {
  schema: Schema;
  queries: OdooQueries;
}

/** The plan that production's catalogue and the rules give, before any row of a table is looked at. */
export async function resolvePlan(source: Session, { schema, queries, ...request }: PlanGround) {
  if (schema.unsupported.length > 0) throw unsupported(schema.unsupported);
  const facts = await readFacts(source, schema, queries);
  const rules = parseRules(request.rules);
  const { tables, unclassified } = classify(facts, rules, catalogue);
  if (unclassified.length > 0) throw unclassifiedColumns(await lookAt(source, unclassified, schema));
  const plan = planCopy(tables, facts);
  const problems = [...plan.problems, ...lintPlan(plan, facts)];
  if (problems.length > 0) throw misfit(problems);
  const columns = schema.tables.flatMap((t) => t.columns.map((c) => ({ table: t.name, column: c.name })));
  return {
    plan,
    facts,
    sha256: planHash(plan),
    ownPartners: facts.reserved.namedPartners,
    warnings: [
      ...rules.unused(columns).map((pattern) => `The rule "${pattern}" matches no column of production.`),
      ...schema.unusedLeaveOut.map((object) => `refresh.leave_out names "${object}", which production does not have.`),
      ...schema.leftOut.map(({ what, reason }) => `Left out of the copy: ${what} (${reason}).`),
    ],
  };
}

const SHOWN = 200;

/** An unclassified column, and what the detectors see in it. */
type LookedAt = Unclassified & { seen?: string };

/** Counts what is in the columns that nobody has decided about, and lets the proposed mask follow from it. */
async function lookAt(source: Session, columns: readonly Unclassified[], schema: Schema): Promise<LookedAt[]> {
  const tables = new Map(schema.tables.map((table) => [ruleName(table), table]));
  const lookedAt: LookedAt[] = [];
  for (const [name, ofTable] of Map.groupBy(columns, (column) => column.table)) {
    const table = tables.get(name);
    const shown = ofTable.slice(0, SHOWN).map(({ column }) => column);
    const wanted = table?.columns.filter((column) => shown.includes(column.name)) ?? [];
    const samples = table ? await sampleTable(source, table, wanted) : [];
    for (const one of ofTable) {
      const column = wanted.find((candidate) => candidate.name === one.column);
      const sample = samples.find((candidate) => candidate.column === one.column);
      const suggestion = column ? suggestFor(column, one.suggestion, sample) : one.suggestion;
      const seen = sample ? describeSample(sample) : NOT_MEASURED;
      lookedAt.push({ ...one, suggestion, ...(table?.empty ? {} : { seen }) });
    }
  }
  return lookedAt;
}

function unclassifiedColumns(columns: readonly LookedAt[]): ExpectedError {
  const lines = columns
    .slice(0, SHOWN)
    .map((c) => `  ${c.table}.${c.column}  ${c.type}  (${c.label})${c.seen ? `: ${c.seen}` : ""}`);
  const rules = columns.slice(0, SHOWN).map((c) => suggestedRule(c.table, c.column, c.suggestion));
  const more = columns.length > SHOWN ? [`  and ${columns.length - SHOWN} more`] : [];
  return new ExpectedError({
    code: "unclassified-columns",
    message: [`Nobody has decided what happens to ${columns.length} column(s) of production:`, ...lines, ...more].join(
      "\n",
    ),
    remedy: [
      "Decide about each in the pipeline file: mask it, or keep it with a reason. The masks proposed here are guesses.",
      "refresh:",
      "  rules:",
      ...rules,
      '    # or: { columns: "table.column", keep: "why nobody is recognised by it" }',
    ].join("\n"),
  });
}

function unsupported(what: readonly string[]): ExpectedError {
  return new ExpectedError({
    code: "unsupported-objects",
    message: `Production's database has ${what.length} object(s) that the refresh cannot copy: ${what.slice(0, 20).join("; ")}.`,
    remedy: [
      "Drop them in production if nothing needs them, or leave them out in the pipeline file, with the reason why staging does without:",
      "refresh:",
      "  leave_out:",
      ...what.slice(0, 20).map((object) => `    - { object: ${JSON.stringify(object)}, reason: "..." }`),
    ].join("\n"),
  });
}

function misfit(problems: readonly PlanProblem[]): ExpectedError {
  const lines = problems.slice(0, SHOWN).map((p) => `  ${p.table}.${p.column}: ${p.problem}`);
  return new ExpectedError({
    code: "plan-misfit",
    message: [`${problems.length} mask(s) do not fit the database:`, ...lines].join("\n"),
    remedy: "Write a rule with another mask for each of these columns in refresh.rules of the pipeline file.",
  });
}
