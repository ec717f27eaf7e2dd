import { type Guarded, statement } from "./neutralize-statement.ts";

const DUMMY_SERVER = "smtp_host = 'invalid'";

/** Mail for which no server is active goes to the one of odoo.conf; hence a dummy that is. */
export function mailServers(): Guarded[] {
  const dummy = (columns: string, values: string) =>
    `INSERT INTO ir_mail_server (name, smtp_port, smtp_host, smtp_encryption, active${columns})
     SELECT 'neutralization - disable emails', 1025, 'invalid', 'none', true${values}
      WHERE NOT EXISTS (SELECT 1 FROM ir_mail_server WHERE ${DUMMY_SERVER})`;
  const columns = "ir_mail_server.smtp_host ir_mail_server.smtp_port ir_mail_server.smtp_encryption";
  return [
    statement(
      "mail servers off",
      "ir_mail_server.active ir_mail_server.smtp_host",
      `UPDATE ir_mail_server SET active = false WHERE active AND ${DUMMY_SERVER} IS NOT TRUE`,
    ),
    {
      ...statement(
        "mail servers off",
        "ir_mail_server.active",
        "UPDATE ir_mail_server SET active = false WHERE active",
      ),
      unless: "ir_mail_server.smtp_host", // OCA's mail_environment takes it away
    },
    // Odoo's script switches the dummy server off and adds another at each run.
    statement(
      "surplus dummy mail servers removed",
      "ir_mail_server.smtp_host",
      `DELETE FROM ir_mail_server WHERE ${DUMMY_SERVER} AND id < (SELECT max(id) FROM ir_mail_server WHERE ${DUMMY_SERVER})`,
    ),
    statement(
      "dummy mail server",
      `${columns} ir_mail_server.smtp_authentication`,
      dummy(", smtp_authentication", ", 'login'"),
    ),
    { ...statement("dummy mail server", columns, dummy("", "")), unless: "ir_mail_server.smtp_authentication" }, // 14
    statement(
      "dummy mail server",
      "ir_mail_server.active ir_mail_server.smtp_host",
      `UPDATE ir_mail_server SET active = true WHERE active IS NOT TRUE AND ${DUMMY_SERVER}`,
    ),
  ];
}
