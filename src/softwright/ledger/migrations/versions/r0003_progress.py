"""How far the repositories of a run are."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "progress",
        sa.Column("campaign", sa.String(100), primary_key=True),
        sa.Column("repo", sa.Text, primary_key=True),
        sa.Column("run", sa.String(200), nullable=False),
        sa.Column("stage", sa.String(20), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("sites", sa.Integer, nullable=False),
        sa.Column("reused", sa.Integer, nullable=False),
        sa.Column("worker", sa.Text, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("progress_run", "progress", ["run", "stage", "state"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("progress")
