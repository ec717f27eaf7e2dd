import type { Session } from "../../src/platform/postgres.ts";

const firstNames = "Anna Bram Chloé Dirk Elif Farid Greta Hugo Ines Jonas Karima Lotte Milan Nora Oscar Priya".split(
  " ",
);
const lastNames =
  "Aerts Bakker Çelik De-Smet Evers Fontaine Gómez Hendrickx Ilves Janssens Kowalski Lefèvre Müller Novák O'Hara Petit";

/** The invented person number `n`, the same in every run. */
const person = `(${array(firstNames)})[1 + n % 16] || ' ' || (${array(lastNames.split(" "))})[1 + (n / 16) % 16] || ' ' || n`;
const mailbox = "'person' || n || '@customers.example'";
const moment = "timestamp '2026-01-01 08:00' + n * interval '37 seconds'";

/** Each makes `$1` rows, or a whole multiple or fraction of it; later ones refer to the partners of the first. */
const statements: readonly string[] = [
  `WITH new AS (SELECT nextval('res_partner_id_seq')::int AS id, n FROM generate_series(1, $1::int) n)
   INSERT INTO res_partner (id, commercial_partner_id, name, complete_name, email, email_normalized, phone, street, zip, city,
          country_id, lang, type, autopost_bills, ref, comment, active, is_company, partner_share, color, create_uid, write_uid, create_date, write_date)
   SELECT id, id, ${person}, ${person}, ${mailbox}, ${mailbox}, '+32 470 ' || lpad(n::text, 6, '0'), n || ' Station Road',
          (1000 + n % 9000)::text, 'Town ' || n % 500, (SELECT id FROM res_country WHERE code = 'BE'), 'en_US', 'contact', 'ask',
          'inflated-' || n, '<p>Prefers calls after ' || 8 + n % 10 || ' h</p>', true, false, true, 0, 1, 1, ${moment}, ${moment} FROM new`,
  `INSERT INTO mail_message (model, res_id, message_type, subtype_id, author_id, email_from, subject, body, date, message_id,
          is_internal, create_uid, write_uid, create_date, write_date)
   SELECT 'res.partner', p.id, 'comment', (SELECT min(id) FROM mail_message_subtype), p.id, p.email, 'Question ' || n,
          '<p>Hello, this is ' || p.name || ', my number is ' || p.phone || '. ' || repeat('Please call me back. ', n * 3) || '</p>',
          p.create_date, '<inflated-' || n || '-' || p.ref || '@workbench.example>', false, 1, 1, p.create_date, p.create_date
     FROM res_partner p, generate_series(1, 3) n WHERE p.ref LIKE 'inflated-%' AND $1::int > 0`,
  `INSERT INTO crm_lead (name, type, partner_id, contact_name, email_from, phone, description, stage_id, team_id, user_id,
          priority, active, company_id, probability, expected_revenue, create_uid, write_uid, create_date, write_date)
   SELECT 'Order of ' || p.name, 'opportunity', p.id, p.name, p.email, p.phone, '<p>Lives in ' || p.city || '</p>',
          (SELECT min(id) FROM crm_stage), (SELECT min(id) FROM crm_team), 2, '1', true, 1, 20, 100 + p.id % 900,
          1, 1, p.create_date, p.create_date
     FROM res_partner p WHERE p.ref LIKE 'inflated-%' AND p.id % 4 = 0 AND $1::int > 0`,
  `INSERT INTO library_loan (title, borrower_id, due_date, returned, remark, open_days, create_uid, write_uid, create_date, write_date)
   SELECT 'Book ' || p.id % 1000, p.id, (p.create_date + interval '21 days')::date, p.id % 3 = 0,
          p.name || ' reads fast', 21, 1, 1, p.create_date, p.create_date
     FROM res_partner p WHERE p.ref LIKE 'inflated-%' AND $1::int > 0`,
];

/**
 * Adds `rows` partners with three messages and a loan each and a lead for every fourth: the same data in every run.
 * Runs once per database.
 */
export async function inflate(session: Session, { rows }: { rows: number }): Promise<void> {
  for (const statement of statements) await session.query(statement, [rows]);
  await session.query("ANALYZE");
}

function array(words: readonly string[]): string {
  return `ARRAY[${words.map((word) => `'${word.replaceAll("'", "''")}'`).join(",")}]`;
}
