{
    "name": "Library Loans",
    "summary": "Books that partners have borrowed",
    "version": "19.0.1.0.0",
    "category": "Services",
    "author": "Example Library",
    "license": "LGPL-3",
    "depends": ["contacts"],
    "data": [
        "security/ir.model.access.csv",
        "views/library_loan_views.xml",
    ],
    "application": True,
}
