from odoo import api, fields, models


class LibraryLoan(models.Model):
    _name = "library.loan"
    _description = "Loan of a book"
    _order = "due_date, id"
    _rec_name = "title"

    title = fields.Char(required=True)
    borrower_id = fields.Many2one("res.partner", required=True, index=True)
    due_date = fields.Date(required=True, default=fields.Date.context_today)
    returned = fields.Boolean()
    remark = fields.Text()
    open_days = fields.Integer(compute="_compute_open_days", store=True)

    @api.depends("due_date", "create_date", "returned")
    def _compute_open_days(self):
        for loan in self:
            start = fields.Date.to_date(loan.create_date) or fields.Date.today()
            loan.open_days = 0 if loan.returned else max((loan.due_date - start).days, 0)
