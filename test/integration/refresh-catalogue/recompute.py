# Run in Odoo's shell: every stored computed text of every row is computed anew and compared with what is stored.
import json

differences = {}
for name in sorted(env.registry.models):
    model = env[name].sudo().with_context(active_test=False)
    if model._abstract or model._transient or not model._auto:
        continue
    for field in model._fields.values():
        if not (field.store and field.compute and field.column_type and field.type in ("char", "text", "html")):
            continue
        records = model.search([])
        stored = {record.id: record[field.name] or "" for record in records}
        try:
            env.add_to_compute(field, records)
            for record in records:
                fresh = record[field.name] or ""
                if fresh != stored[record.id]:
                    found = differences.setdefault(f"{model._table}.{field.name}", {})
                    found[record.id] = [stored[record.id], fresh]
        except Exception as error:
            differences[f"{model._table}.{field.name}"] = {0: ["error", repr(error)]}
        env.cr.rollback()
        env.invalidate_all()
print("RESULT " + json.dumps(differences))
