import { createHash } from "node:crypto";
import { placeholders } from "../../odoo/filestore.ts";
import { quoteLiteral } from "../../platform/postgres.ts";

// Images that belong to configuration and goods, never to a person; only when they are the value of a field, since what
// people attach in the chatter of a product is theirs.
const FIELD_MODELS = [
  "delivery.carrier",
  "gamification.badge",
  "ir.module.category",
  "ir.module.module",
  "ir.ui.menu",
  "payment.method",
  "payment.provider",
  "pos.category",
  "product.category",
  "product.image",
  "product.product",
  "product.public.category",
  "product.template",
  "res.country",
  "res.lang",
  "website",
];

const list = (items: readonly string[]) => items.map(quoteLiteral).join(", ");

/** SQL condition on `t`: this attachment is public or configuration, and its file may be copied. */
const SHIPPED = `(t.res_field IS NULL AND t.id IN (SELECT d.res_id FROM public.ir_model_data d
    WHERE d.model = 'ir.attachment' AND d.module NOT LIKE '\\_\\_%'))`;
const WEBSITE = `(t.public IS TRUE AND t.res_model = 'ir.ui.view')`;
const STATIC = `(t.url ~ '^/(_custom|[a-z0-9_]+/static)/')`;
const FIELD_VALUE = `(t.res_field IS NOT NULL AND t.res_model IN (${list(FIELD_MODELS)}))`;
const KEPT = `coalesce(${SHIPPED} OR ${WEBSITE} OR ${STATIC} OR ${FIELD_VALUE}, false)`;

/** Tables that the expressions read besides the row itself. */
export const ATTACHMENT_READS = ["ir_model_data"];

/** SQL condition on `t`: the row is copied at all; asset bundles are made anew for the code of staging. */
export const COPIED_ATTACHMENT = `(t.url IS NULL OR t.url NOT LIKE '/web/assets/%' AND t.url NOT LIKE '/web/content/%assets%')`;

const KIND = `CASE WHEN t.mimetype LIKE 'image/%' THEN 'png' WHEN t.mimetype = 'application/pdf' THEN 'pdf' ELSE 'empty' END`;

const files = () =>
  Object.entries(placeholders()).map(([kind, content]) => ({
    kind,
    content,
    sha1: createHash("sha1").update(content).digest("hex"),
  }));

function byKind(value: (placeholder: { content: Buffer; sha1: string }) => string): string {
  const branches = files().map(({ kind, ...file }) => `WHEN ${quoteLiteral(kind)} THEN ${value(file)}`);
  return `CASE ${KIND} ${branches.join(" ")} END`;
}

/**
 * SQL expressions for the columns of ir_attachment: rows on the allow-list keep their file, every other row points at
 * one placeholder per kind of file. Columns that are not named here follow their own treatment.
 */
export function attachmentExpressions(): Record<string, string> {
  const hasFile = "(t.store_fname IS NOT NULL OR t.db_datas IS NOT NULL OR t.type NOT IN ('binary', 'url'))";
  const masked = (expression: string, otherwise = "NULL") =>
    `CASE WHEN ${hasFile} THEN ${expression} ELSE ${otherwise} END`;
  const unlessKept = (column: string, expression: string) =>
    `CASE WHEN ${KEPT} THEN t.${column} ELSE ${expression} END`;
  return {
    name: `CASE WHEN t.res_field IS NOT NULL THEN t.res_field WHEN ${KEPT} THEN t.name ELSE 'attachment-' || t.id END`,
    // What lies in a bucket of production must not be reachable from staging.
    type: unlessKept("type", "CASE WHEN t.type = 'url' THEN 'url' ELSE 'binary' END"),
    url: unlessKept("url", "CASE WHEN t.type = 'url' THEN 'https://example.invalid/' || t.id END"),
    store_fname: unlessKept("store_fname", masked(byKind(({ sha1 }) => `'${sha1.slice(0, 2)}/${sha1}'`))),
    checksum: unlessKept("checksum", masked(byKind(({ sha1 }) => `'${sha1}'`))),
    file_size: unlessKept(
      "file_size",
      masked(
        byKind(({ content }) => String(content.length)),
        "t.file_size",
      ),
    ),
    mimetype: unlessKept("mimetype", `CASE WHEN t.mimetype LIKE 'image/%' THEN 'image/png' ELSE t.mimetype END`),
    db_datas: unlessKept("db_datas", "NULL"),
  };
}

/** Patterns of what stands in these columns for a file that is not kept. */
export function attachmentShapes(): Record<string, string> {
  const one = (values: string[]) => `^(${values.join("|")})$`;
  return {
    name: "^attachment-[0-9]+$",
    store_fname: one(files().map(({ sha1 }) => `${sha1.slice(0, 2)}/${sha1}`)),
    checksum: one(files().map(({ sha1 }) => sha1)),
  };
}
