"""Decisions about single edits, examples, rules of shapes, work of proposers, shaped files."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_COUNTER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the tables."""
    _add_decisions()
    _add_rules()
    op.create_table(
        "file_shapes",
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("edits", sa.JSON, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
    )


def _add_decisions() -> None:
    op.create_table(
        "edit_decisions",
        sa.Column("id", _COUNTER, primary_key=True, autoincrement=True),
        sa.Column("campaign", sa.String(100), nullable=False),
        sa.Column("repo", sa.Text, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("edit", sa.String(64), nullable=False),
        sa.Column("shape", sa.String(64), nullable=False),
        sa.Column("decision", sa.String(20), nullable=False),
        sa.Column("correction", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
    )
    op.create_index("edit_decisions_repo", "edit_decisions", ["campaign", "repo"])
    op.create_table(
        "shape_examples",
        sa.Column("id", _COUNTER, primary_key=True, autoincrement=True),
        sa.Column("campaign", sa.String(100), nullable=False),
        sa.Column("repo", sa.Text, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("shape", sa.String(64), nullable=False),
        sa.Column("edit", sa.String(64), nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
    )
    op.create_index("shape_examples_campaign", "shape_examples", ["campaign"])


def _add_rules() -> None:
    op.create_table(
        "shape_rules",
        sa.Column("campaign", sa.String(100), primary_key=True),
        sa.Column("step", sa.String(200), primary_key=True),
        sa.Column("shape", sa.String(64), primary_key=True),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("edits", sa.Integer, nullable=False),
        sa.Column("held_back", sa.Integer, nullable=False),
        sa.Column("inputs", sa.String(64), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
    )
    op.create_table(
        "site_work",
        sa.Column("id", _COUNTER, primary_key=True, autoincrement=True),
        sa.Column("campaign", sa.String(100), nullable=False),
        sa.Column("repo", sa.Text, nullable=False),
        sa.Column("outcome", sa.String(64), nullable=False),
        sa.Column("proposer", sa.Text, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("instead_of", sa.Text, nullable=False),
        sa.Column("sites", sa.Integer, nullable=False),
        sa.Column("files", sa.Integer, nullable=False),
        sa.Column("wall_s", sa.Float, nullable=False),
        sa.Column("skipped", sa.Integer, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
    )
    op.create_index("site_work_repo", "site_work", ["campaign", "repo"])


def downgrade() -> None:
    """Drop the tables."""
    for table in ("edit_decisions", "shape_examples", "shape_rules", "site_work", "file_shapes"):
        op.drop_table(table)
