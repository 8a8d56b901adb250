"""The holder of an effect is a run, whose name may be long: it names the campaign and the repository."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let it be of any length."""
    with op.batch_alter_table("effects") as table:
        table.alter_column("holder", existing_type=sa.String(200), type_=sa.Text, existing_nullable=False)


def downgrade() -> None:
    """Back to two hundred characters."""
    with op.batch_alter_table("effects") as table:
        table.alter_column("holder", existing_type=sa.Text, type_=sa.String(200), existing_nullable=False)
