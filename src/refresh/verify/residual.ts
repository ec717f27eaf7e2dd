import { pipeline } from "node:stream/promises";
import { quoteIdent, quoteLiteral, type Session } from "../../platform/postgres.ts";
import type { Plan, PlannedColumn, PlannedTable } from "../plan/plan.ts";
import { qualifiedName } from "../schema/tables.ts";

/** A column of the copy in which a detector saw what should not be there; values are never told. */
export interface Finding {
  table: string;
  column: string;
  detector: "known e-mail" | "e-mail" | "password hash" | "private key";
  rows: number;
}

/** What the scan of the copy found. */
export interface ResidualScan {
  columns: number;
  findings: Finding[];
  /** E-mail addresses in columns that are kept with a reason and belong to nobody we know: told, not refused. */
  explained: Finding[];
  /** E-mail addresses of production that were looked for. */
  knownAddresses: number;
}

const SEEN = "_pipeline.seen";
const EMAIL = `[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\\.[A-Za-z0-9-]+)*\\.[A-Za-z]{2,}`;
// Reserved by RFC 2606 and 6761: nobody can have an address there.
const RESERVED_DOMAINS = ["example.com", "example.org", "example.net", "invalid", "localhost"];
const domainPattern = (domains: readonly string[]) =>
  `[@.](${domains.map((d) => d.replaceAll(".", "\\.")).join("|")})$`;

/**
 * Brings the hashes of production's personal e-mail addresses into the copy, for the scan only: keyed with a key that is
 * thrown away, read through the columns that are masked as e-mail or login. Runs inside the snapshot.
 */
export async function collectKnownAddresses(
  source: Session,
  target: Session,
  { plan, ownPartners }: { plan: Plan; ownPartners: readonly number[] },
  key: string,
): Promise<void> {
  await target.query(
    `CREATE SCHEMA IF NOT EXISTS _pipeline; DROP TABLE IF EXISTS ${SEEN}; CREATE UNLOGGED TABLE ${SEEN} (hash text)`,
  );
  await source.query("SELECT set_config('odoo_pipeline.scan_key', $1, false)", [key]);
  const own =
    ownPartners.length > 0
      ? `SELECT lower(btrim(p.email)) FROM public.res_partner p WHERE p.email IS NOT NULL AND p.id IN (${ownPartners.join(", ")})`
      : "SELECT ''";
  for (const planned of plan.tables.filter((t) => !t.emptiedBecause && !t.table.empty)) {
    for (const { column } of planned.columns.filter(holdsAddresses)) {
      const value = `lower(btrim(t.${quoteIdent(column.name)}::text))`;
      const hash = `encode(sha256(convert_to(current_setting('odoo_pipeline.scan_key') || ${value}, 'UTF8')), 'hex')`;
      await pipeline(
        source.copyOut(
          `COPY (SELECT DISTINCT ${hash} FROM ONLY ${qualifiedName(planned.table)} AS t WHERE ${value} LIKE '%_@_%._%'
             AND ${value} !~ ${quoteLiteral(domainPattern(RESERVED_DOMAINS))} AND ${value} NOT IN (${own})) TO STDOUT`,
        ),
        target.copyIn(`COPY ${SEEN} FROM STDIN`),
      );
    }
  }
  await target.query(`CREATE INDEX ON ${SEEN} (hash); ANALYZE ${SEEN}`);
}

function holdsAddresses({ treatment, column }: PlannedColumn): boolean {
  return treatment.kind === "mask" && ["email", "login"].includes(treatment.mask) && isSearchable(column);
}

const isSearchable = (column: { baseType: string }) =>
  /^(?:text|varchar|bpchar|citext|name|jsonb?|xml|_text|_varchar)$/.test(column.baseType);

/** Scans every text and json column of the copy; only counts leave the server. */
export async function scanCopy(
  target: Session,
  plan: Plan,
  { key, allowedDomains }: { key: string; allowedDomains: readonly string[] },
): Promise<ResidualScan> {
  const scan: ResidualScan = { columns: 0, findings: [], explained: [], knownAddresses: 0 };
  const [known] = await target.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${SEEN}`);
  scan.knownAddresses = known?.count ?? 0;
  await target.query("SELECT set_config('odoo_pipeline.scan_key', $1, false)", [key]);
  for (const planned of plan.tables.filter((t) => !t.emptiedBecause && !t.table.empty)) {
    const columns = planned.columns.filter(({ column }) => isSearchable(column));
    if (columns.length === 0) continue;
    scan.columns += columns.length;
    await scanTable(target, planned, columns, allowedDomains, scan);
  }
  await target.query(`DROP TABLE ${SEEN}`);
  return scan;
}

async function scanTable(
  target: Session,
  planned: PlannedTable,
  columns: readonly PlannedColumn[],
  allowedDomains: readonly string[],
  scan: ResidualScan,
): Promise<void> {
  const domains = domainPattern([...RESERVED_DOMAINS, ...allowedDomains]);
  const counts = columns.flatMap(({ column }, index) => {
    const value = `t.${quoteIdent(column.name)}::text`;
    const count = (condition: string, name: string) => `count(*) FILTER (WHERE ${condition})::int AS ${name}${index}`;
    return [
      count(`${value} LIKE '%@%'`, "at"),
      count(`${value} ~ '\\$(pbkdf2-sha512|2[aby]|6|argon2id?)\\$'`, "hash"),
      count(`${value} LIKE '%-----BEGIN%PRIVATE KEY-----%'`, "pem"),
    ];
  });
  const [row] = await target.query<Record<string, number>>(
    `SELECT ${counts.join(", ")} FROM ONLY ${qualifiedName(planned.table)} AS t`,
  );
  for (const [index, planColumn] of columns.entries()) {
    const found = (detector: Finding["detector"], rows: number) => ({
      table: planned.name,
      column: planColumn.column.name,
      detector,
      rows,
    });
    if (row?.[`hash${index}`] && !isPasswordColumn(planned, planColumn)) {
      scan.findings.push(found("password hash", row[`hash${index}`] ?? 0));
    }
    if (row?.[`pem${index}`]) scan.findings.push(found("private key", row[`pem${index}`] ?? 0));
    if (!row?.[`at${index}`]) continue;
    const addresses = await countAddresses(target, planned, planColumn, domains);
    if (addresses.known > 0) scan.findings.push(found("known e-mail", addresses.known));
    if (addresses.foreign === 0) continue;
    (planColumn.asIs ? scan.explained : scan.findings).push(found("e-mail", addresses.foreign));
  }
}

/** The one column in which we put a hash ourselves: the staging password's. */
function isPasswordColumn(planned: PlannedTable, { column }: PlannedColumn): boolean {
  return planned.name === "res_users" && column.name === "password";
}

async function countAddresses(target: Session, planned: PlannedTable, { column }: PlannedColumn, domains: string) {
  const value = `t.${quoteIdent(column.name)}::text`;
  const hash = "encode(sha256(convert_to(current_setting('odoo_pipeline.scan_key') || lower(m[1]), 'UTF8')), 'hex')";
  const [row] = await target.query<{ known: number; foreign: number }>(
    `SELECT count(*) FILTER (WHERE EXISTS (SELECT 1 FROM ${SEEN} s WHERE s.hash = ${hash}))::int AS known,
            count(*) FILTER (WHERE lower(m[1]) !~ ${quoteLiteral(domains)})::int AS foreign
       FROM ONLY ${qualifiedName(planned.table)} AS t, regexp_matches(${value}, '(${EMAIL})', 'g') AS m WHERE ${value} LIKE '%@%'`,
  );
  return { known: row?.known ?? 0, foreign: row?.foreign ?? 0 };
}
