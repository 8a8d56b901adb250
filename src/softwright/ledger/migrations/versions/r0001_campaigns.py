"""Events, campaigns, states, approvals, deliveries and cached verdicts."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_NAME = sa.String(100)
_SHA = sa.String(64)
_MOMENT = sa.DateTime(timezone=True)


def _text(name: str, kind: sa.types.TypeEngine[str] | None = None) -> sa.Column[str]:
    return sa.Column(name, kind or sa.Text(), nullable=False)


def _counter() -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column("id", kind, primary_key=True, autoincrement=True)


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, _MOMENT, nullable=False)


def _document(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.JSON(), nullable=False)


def upgrade() -> None:
    """Create the first tables."""
    op.create_table(
        "events",
        _counter(),
        _moment("at"),
        _text("kind", sa.String(80)),
        _text("run", sa.String(200)),
        _text("step", sa.String(200)),
        _text("repo"),
        _document("data"),
    )
    op.create_index("events_run", "events", ["run", "repo"])
    op.create_table(
        "campaigns",
        sa.Column("name", _NAME, primary_key=True),
        _text("description"),
        _text("status", sa.String(20)),
        _text("spec_path"),
        _document("spec"),
        _moment("created_at"),
        _moment("updated_at"),
        _document("run_seconds"),
    )
    op.create_table(
        "repo_states",
        sa.Column("campaign", _NAME, primary_key=True),
        sa.Column("repo", sa.Text(), primary_key=True),
        _text("state", sa.String(20)),
        _text("reason"),
        _text("inputs", sa.String(128)),
        _text("base_commit", _SHA),
        _text("base_tree", _SHA),
        _text("base_branch"),
        _text("shown", _SHA),
        _text("commit_sha", _SHA),
        sa.Column("sites", sa.Integer(), nullable=False),
        _document("detail"),
        _moment("updated_at"),
    )
    _rows("state_history", ("state", "reason", "shown", "commit_sha"))
    _rows("approvals", ("shown", "decision", "reason", "who"))
    _rows("deliveries", ("url", "branch", "commit_sha", "state", "answer"))
    op.create_table(
        "verdict_cache",
        sa.Column("key", sa.String(200), primary_key=True),
        _document("verdict"),
        _moment("at"),
    )


_SIZES = {"state": sa.String(20), "decision": sa.String(20), "shown": _SHA, "commit_sha": _SHA}


def _rows(table: str, columns: tuple[str, ...]) -> None:
    op.create_table(
        table,
        _counter(),
        _text("campaign", _NAME),
        _text("repo"),
        *(_text(name, _SIZES.get(name)) for name in columns),
        _moment("at"),
    )
    op.create_index(f"{table}_repo", table, ["campaign", "repo"])
