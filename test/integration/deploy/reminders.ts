import type { TestInstance } from "./instance.ts";

/** A module that brings what reaches somebody outside. */
export const reminders = {
  "addons/library_reminders/__init__.py": "",
  "addons/library_reminders/__manifest__.py":
    "{'name': 'Library reminders', 'version': '19.0.1.0.0', 'depends': ['mail', 'library_loans'], 'data': ['data/outside.xml'], 'license': 'LGPL-3'}\n",
  "addons/library_reminders/data/outside.xml": `<odoo>
  <record id="remind" model="ir.cron">
    <field name="name">Remind</field>
    <field name="model_id" ref="library_loans.model_library_loan"/>
    <field name="state">code</field>
    <field name="code">pass</field>
    <field name="interval_number">1</field>
    <field name="interval_type">days</field>
    <field name="active" eval="True"/>
  </record>
  <record id="server" model="ir.mail_server">
    <field name="name">Reminders</field>
    <field name="smtp_host">mail.library.test</field>
    <field name="smtp_user">reminders</field>
    <field name="smtp_pass">secret</field>
  </record>
  <record id="inbox" model="fetchmail.server">
    <field name="name">Answers</field>
    <field name="server_type">imap</field>
    <field name="server">imap.library.test</field>
    <field name="active" eval="True"/>
  </record>
  <record id="hook" model="ir.actions.server">
    <field name="name">Tell</field>
    <field name="model_id" ref="library_loans.model_library_loan"/>
    <field name="state">webhook</field>
    <field name="webhook_url">https://hook.library.test</field>
  </record>
</odoo>
`,
};

/** What that module brought, as it is in the database. */
export async function broughtByReminders(odoo: TestInstance) {
  const rows = await odoo.query<{ model: string; id: number }>(
    "SELECT model, res_id AS id FROM ir_model_data WHERE module = 'library_reminders'",
  );
  const idOf = (model: string) => rows.find((row) => row.model === model)?.id ?? 0;
  return await odoo.query(
    `SELECT (SELECT active FROM ir_cron WHERE id = ${idOf("ir.cron")}) AS cron,
            (SELECT ARRAY[active::text, smtp_user, smtp_pass] FROM ir_mail_server WHERE id = ${idOf("ir.mail_server")}) AS "mailServer",
            (SELECT ARRAY[active::text, server] FROM fetchmail_server WHERE id = ${idOf("fetchmail.server")}) AS inbox,
            (SELECT webhook_url FROM ir_act_server WHERE id = ${idOf("ir.actions.server")}) AS hook`,
  );
}
