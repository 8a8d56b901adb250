"""What is to happen outside once, and what came of it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "effects",
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("receipt", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("seen", sa.JSON, nullable=False),
        sa.Column("holder", sa.String(200), nullable=False),
        sa.Column("campaign", sa.String(100), nullable=False),
        sa.Column("repo", sa.Text, nullable=False),
        sa.Column("intended_at", _MOMENT, nullable=False),
        sa.Column("settled_at", _MOMENT, nullable=True),
    )
    op.create_index("effects_campaign", "effects", ["campaign", "kind"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("effects")
