"""The history of the ledger's tables, run by alembic when an older database is opened."""
