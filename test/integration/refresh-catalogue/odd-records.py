# Run in Odoo's shell: records of which the copies that Odoo stores are not simply those of the originals.
env["res.users"].create(
    {"login": "portal@odd.example", "name": "Portal Person", "password": "her own", "group_ids": [env.ref("base.group_portal").id]}
)
Partner = env["res.partner"]
company = Partner.create({"name": "Odd Company", "is_company": True, "email": "a@odd.example, b@odd.example"})
person = Partner.create({"name": "Parent Person", "phone": "no number", "email": "no address"})
odd = [
    {"name": "Employee", "parent_id": company.id, "phone": "+32 2 290 34 90", "email": '"E" <E@ODD.example>'},
    {"type": "delivery", "parent_id": company.id, "street": "Somewhere 1"},
    {"type": "invoice", "parent_id": person.id},
    {"name": "Child of a person", "parent_id": person.id},
    {"name": "Branch", "parent_id": company.id, "is_company": True},
    {"name": "From a form", "company_name": "Typed Company", "email": " "},
    {"name": "Colleague of the own company", "parent_id": env.company.partner_id.id},
]
partners = Partner.create(odd)
accounts = ["BE43 0689 9999 9501", "be16-0689-9999-9602", "BE86.0689.9999.9703", "770123456-7", "FR7630006700011234567890181"]
env["res.partner.bank"].create(
    [{"acc_number": account, "partner_id": partner.id} for account, partner in zip(accounts, partners)]
)
for partner in partners:
    env["crm.lead"].create({"name": "A lead", "partner_id": partner.id, "type": "opportunity"})
env["crm.lead"].create({"name": "Nobody's", "email_from": "X <x@y.example>", "phone": "0032475123456"})
for partner in partners + company + person:
    env["account.move"].create({"move_type": "out_invoice", "partner_id": partner.id})
env["account.move"].create({"move_type": "in_invoice", "invoice_source_email": "who@odd.example"})
env.cr.commit()
