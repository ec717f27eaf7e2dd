# Run in Odoo's shell: which users can log in, and who they are then.
import json

from odoo.exceptions import AccessDenied

result = {}
for user in env["res.users"].with_context(active_test=False).search([]):
    credential = {"type": "password", "login": user.login, "password": "staging-password"}
    try:
        uid = env["res.users"].authenticate(credential, {"interactive": False})["uid"]
        result[user.login] = [uid == user.id, user.share, user.name]
    except AccessDenied:
        result[user.login] = ["denied", user.share, user.name]
print("RESULT " + json.dumps(result))
