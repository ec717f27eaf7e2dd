/** Rows that the bench adds to one table: its own rows repeated, with some values put in. */
export interface InflatedTable {
  name: string;
  /** Rows for each partner. */
  each: number;
  /** SQL expressions on `n` (1, 2, ...) and `t`, the row that is repeated; columns that are not named keep its values. */
  values: Record<string, string>;
}

const WORDS =
  "the order delivery invoice please we you have not yet received with regards team meeting tomorrow price offer contract date change number of question about customer service address bank account payment term reminder second first transport office project planning colleague answer before after because which would could several boxes damaged missing return credit note attached document signed copy version agreement discount quantity product colour size warehouse driver arrived late morning afternoon call back soon thank your message".split(
    " ",
  );
const COUNT = 4000;

/** What the tables below take their texts and their references from. */
export const PARAGRAPHS = `
  CREATE TABLE bench_base (name text PRIMARY KEY, base bigint, rows bigint);
  CREATE TABLE bench_paragraph (id int PRIMARY KEY, text text);
  INSERT INTO bench_paragraph SELECT p, string_agg(('{${WORDS.join(",")}}'::text[])[1 + abs(hashint4(p * 1009 + w)) % ${WORDS.length}], ' ')
    FROM generate_series(0, ${COUNT - 1}) p, generate_series(1, 40 + p % 50) w GROUP BY p; ANALYZE bench_paragraph`;

const paragraph = (salt: number) => `(SELECT text FROM bench_paragraph WHERE id = (n * ${salt} % ${COUNT}))`;
const paragraphs = (count: number) =>
  `(SELECT string_agg('<p>' || p.text || '</p>', '') FROM generate_series(1, ${count}) s JOIN bench_paragraph p ON p.id = (n * s * 13 + s) % ${COUNT})`;
/** Chatter as it is: much of it short, some of it a page, a little of it long enough for TOAST. */
const html = `CASE WHEN n % 10 < 6 THEN '<p>Hello, this is Person ' || n || ', my number is +32 470 ' || n || '.</p><p>' || ${paragraph(7)} || '</p>'
   WHEN n % 10 < 9 THEN ${paragraphs(3)} ELSE ${paragraphs(9)} END`;
/** The id of a row that was added to `table`; the same for the same value of `which`. */
const ref = (table: string, which = "n") =>
  `((SELECT base FROM bench_base WHERE name = '${table}') + 1 + (${which})::bigint % (SELECT rows FROM bench_base WHERE name = '${table}'))`;
/** A number as Odoo's sequences write it: five digits, and more when there are more. */
const counted = (number: string) => `lpad((${number})::text, greatest(5, length((${number})::text)), '0')`;
const own = (table: string) => `(SELECT base FROM bench_base WHERE name = '${table}') + n`;

const partner = ref("res_partner", "n::bigint * 7919");
/** As Odoo writes the sender of a message: that partner's name and address. */
const numbered = `(1 + n::bigint * 7919 % (SELECT rows FROM bench_base WHERE name = 'res_partner'))`;
const sender = `(SELECT '"Person ' || k || '" <person' || k || '@customers.example>' FROM (SELECT ${numbered} AS k) AS numbered)`;
const email = (prefix: string) => `'${prefix}' || n || '@customers.example'`;
const moment = "timestamp '2025-01-01 08:00' + n * interval '37 seconds'";
const written = { create_date: moment, write_date: moment };

/** In this order: later ones refer to earlier ones. About 35 kB for each partner, indexes included. */
export const INFLATED: readonly InflatedTable[] = [
  {
    name: "res_partner",
    each: 1,
    values: {
      ...written,
      id: own("res_partner"),
      commercial_partner_id: own("res_partner"),
      parent_id: "NULL",
      user_id: "NULL",
      type: "'contact'",
      name: "'Person ' || n",
      complete_name: "'Person ' || n",
      email: email("person"),
      email_normalized: email("person"),
      phone: "'+32 470 ' || lpad(n::text, 6, '0')",
      phone_sanitized: "'+32470' || lpad(n::text, 6, '0')",
      street: "n || ' Station Road'",
      zip: "(1000 + n % 9000)::text",
      city: "'Town ' || n % 500",
      vat: "CASE WHEN n % 3 = 0 THEN 'BE0' || 100000000 + n END",
      ref: "'C' || n",
      barcode: "NULL",
      comment: `CASE WHEN n % 4 = 0 THEN ${paragraph(3)} END`,
    },
  },
  {
    name: "mail_message",
    each: 8,
    values: {
      ...written,
      id: own("mail_message"),
      parent_id: "NULL",
      model: "'res.partner'",
      res_id: partner,
      author_id: partner,
      message_type: "CASE n % 4 WHEN 0 THEN 'email' WHEN 1 THEN 'notification' ELSE 'comment' END",
      email_from: sender,
      subject: "CASE WHEN n % 3 = 0 THEN 'Question ' || n END",
      message_id: "'<' || n || '.1735718400.123456789-openerp-' || n % 999 || '-res.partner@mail.example>'",
      body: html,
      date: moment,
    },
  },
  {
    name: "mail_tracking_value",
    each: 6,
    values: {
      ...written,
      id: own("mail_tracking_value"),
      mail_message_id: ref("mail_message"),
      old_value_char: "'Stage ' || n % 7",
      new_value_char: "'Person ' || n",
    },
  },
  {
    name: "mail_notification",
    each: 4,
    values: {
      id: own("mail_notification"),
      mail_message_id: ref("mail_message"),
      res_partner_id: partner,
      author_id: partner,
      mail_mail_id: "NULL",
      sms_id_int: "NULL",
      letter_id: "NULL",
      mail_email_address: sender,
      failure_reason: "NULL",
    },
  },
  {
    name: "mail_followers",
    each: 4,
    values: {
      id: own("mail_followers"),
      res_model: "'res.partner'",
      res_id: ref("res_partner"),
      partner_id: ref("res_partner", "n::bigint * 31 + n / (SELECT rows FROM bench_base WHERE name = 'res_partner')"),
    },
  },
  {
    name: "mail_followers_mail_message_subtype_rel",
    each: 4,
    values: { mail_followers_id: ref("mail_followers") },
  },
  {
    name: "mail_message_res_partner_rel",
    each: 4,
    values: { mail_message_id: ref("mail_message"), res_partner_id: partner },
  },
  {
    name: "ir_attachment",
    each: 1.5,
    values: {
      ...written,
      id: own("ir_attachment"),
      name: "'Invoice of person ' || n || '.pdf'",
      res_model: "'res.partner'",
      res_id: partner,
      res_field: "NULL",
      type: "'binary'",
      url: "NULL",
      public: "false",
      mimetype: "'application/pdf'",
      checksum: "left(encode(sha256(convert_to(n::text, 'UTF8')), 'hex'), 40)",
      store_fname: "'00/' || left(encode(sha256(convert_to(n::text, 'UTF8')), 'hex'), 40)",
      index_content: `CASE WHEN n % 2 = 0 THEN ${paragraphs(6)} END`,
      db_datas: "NULL",
      original_id: "NULL",
      description: "NULL",
    },
  },
  {
    name: "message_attachment_rel",
    each: 1.5,
    values: { message_id: ref("mail_message"), attachment_id: ref("ir_attachment") },
  },
  {
    name: "crm_lead",
    each: 0.5,
    values: {
      ...written,
      id: own("crm_lead"),
      name: "'Order of Person ' || n",
      partner_id: partner,
      contact_name: "'Person ' || n",
      partner_name: "'Company ' || n",
      email_from: email("person"),
      email_normalized: email("person"),
      phone: "'+32 470 ' || lpad(n::text, 6, '0')",
      phone_sanitized: "'+32470' || lpad(n::text, 6, '0')",
      description: paragraphs(2),
    },
  },
  {
    name: "sale_order",
    each: 2,
    values: {
      ...written,
      id: own("sale_order"),
      name: `'S' || ${counted("n")}`,
      partner_id: partner,
      partner_invoice_id: partner,
      partner_shipping_id: partner,
      access_token: "md5(n::text)",
      client_order_ref: "CASE WHEN n % 5 = 0 THEN 'PO ' || n END",
      note: `CASE WHEN n % 6 = 0 THEN ${paragraph(5)} END`,
      date_order: moment,
    },
  },
  {
    name: "sale_order_line",
    each: 5,
    values: { ...written, id: own("sale_order_line"), order_id: ref("sale_order", "n / 3"), order_partner_id: partner },
  },
  {
    name: "account_move",
    each: 2.5,
    values: {
      ...written,
      id: own("account_move"),
      name: `'INV/2025/' || ${counted(own("account_move"))}`,
      sequence_prefix: "'INV/2025/'",
      sequence_number: "n",
      partner_id: partner,
      commercial_partner_id: partner,
      partner_shipping_id: partner,
      invoice_partner_display_name: "'Person ' || n",
      access_token: "NULL",
      narration: `CASE WHEN n % 5 = 0 THEN ${paragraph(11)} END`,
      payment_reference: "'INV/2025/' || n",
      invoice_origin: "'S' || n",
    },
  },
  {
    name: "account_move_line",
    each: 8,
    values: {
      ...written,
      id: own("account_move_line"),
      move_id: ref("account_move", "n / 4"),
      partner_id: partner,
      move_name: `'INV/2025/' || ${counted("n / 4")}`,
    },
  },
  {
    name: "stock_picking",
    each: 1.5,
    values: {
      ...written,
      id: own("stock_picking"),
      name: `'WH/OUT/' || ${own("stock_picking")}`,
      origin: "'S' || n",
      partner_id: partner,
    },
  },
  {
    name: "stock_move",
    each: 4,
    values: {
      ...written,
      id: own("stock_move"),
      picking_id: ref("stock_picking", "n / 3"),
      partner_id: partner,
      origin: "'S' || n / 3",
      reference: "'WH/OUT/' || n / 3",
    },
  },
  {
    name: "stock_move_line",
    each: 4,
    values: {
      ...written,
      id: own("stock_move_line"),
      move_id: ref("stock_move"),
      picking_id: ref("stock_picking", "n / 3"),
    },
  },
  {
    name: "library_loan",
    each: 1,
    values: {
      ...written,
      id: own("library_loan"),
      title: "'Book ' || n % 1000",
      borrower_id: partner,
      remark: "'Person ' || n || ' reads fast'",
    },
  },
  {
    name: "mail_mail",
    each: 0.2,
    values: {
      ...written,
      id: own("mail_mail"),
      mail_message_id: ref("mail_message"),
      body_html: html,
      email_to: email("person"),
      headers: "'{}'",
    },
  },
  { name: "bus_bus", each: 0.5, values: { ...written, id: own("bus_bus"), message: paragraph(17) } },
  { name: "ir_logging", each: 0.5, values: { ...written, id: own("ir_logging"), message: paragraph(19) } },
];
