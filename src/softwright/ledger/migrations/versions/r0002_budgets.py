"""Buckets, budgets and what is reserved from them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_NAME = sa.String(200)
_MOMENT = sa.DateTime(timezone=True)


def _units(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "buckets",
        sa.Column("name", _NAME, primary_key=True),
        _units("capacity"),
        _units("refill_per_s"),
        _units("level"),
        sa.Column("at", _MOMENT, nullable=False),
        sa.CheckConstraint("level >= 0 AND level <= capacity", "buckets_level"),
    )
    op.create_table(
        "budgets",
        sa.Column("name", _NAME, primary_key=True),
        sa.Column("unit", sa.String(20), nullable=False),
        _units("ceiling"),
        sa.Column("period", sa.String(20), nullable=False),
    )
    op.create_table(
        "budget_periods",
        sa.Column("name", _NAME, primary_key=True),
        sa.Column("start", _MOMENT, primary_key=True),
        _units("spent"),
        _units("reserved"),
        sa.CheckConstraint("spent >= 0 AND reserved >= 0", "budget_periods_sums"),
    )
    op.create_table(
        "reservations",
        sa.Column("key", _NAME, primary_key=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("take", sa.JSON(), nullable=False),
        sa.Column("spend", sa.JSON(), nullable=False),
        sa.Column("spent", sa.JSON(), nullable=False),
        sa.Column("run", _NAME, nullable=False),
        sa.Column("step", _NAME, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
    )
    op.create_index("reservations_run", "reservations", ["run"])
    op.create_index("reservations_state", "reservations", ["state", "at"])
