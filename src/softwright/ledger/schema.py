"""The tables of the ledger, in words that SQLite and PostgreSQL share.

Text keys, UTC moments, JSON documents; no type that only one of the two has. A change here needs a
migration in `migrations/versions`, and a test compares the two.
"""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)
from sqlalchemy.engine import Dialect


class Moment(TypeDecorator[datetime]):
    """A timezone-aware moment, kept in UTC (SQLite itself keeps no zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The moment in UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The moment in UTC again: SQLite gives it without a zone, PostgreSQL in that of the session."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Words(TypeDecorator[str]):
    """Text of any length; what a database refuses is replaced: NUL by its symbol, bytes of no text by `?`."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """The text as it can be kept."""
        if value is None or (value.isascii() and "\0" not in value):
            return value
        return value.replace("\0", "\N{SYMBOL FOR NULL}").encode("utf-8", "replace").decode()


metadata = MetaData()

# SQLite counts rows by itself only for a primary key of type INTEGER.
_Counter = BigInteger().with_variant(Integer, "sqlite")

events = Table(
    "events",
    metadata,
    Column("id", _Counter, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False),
    Column("kind", String(80), nullable=False),
    Column("run", String(200), nullable=False),
    Column("step", String(200), nullable=False),
    Column("repo", Words, nullable=False),
    Column("data", JSON, nullable=False),
    Index("events_run", "run", "repo"),
)

campaigns = Table(
    "campaigns",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("description", Words, nullable=False),
    Column("status", String(20), nullable=False),  # open, closed
    Column("spec_path", Words, nullable=False),
    Column("spec", JSON, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("run_seconds", JSON, nullable=False),  # wall seconds of every run, in order
)

repo_states = Table(
    "repo_states",
    metadata,
    Column("campaign", String(100), primary_key=True),
    Column("repo", Words, primary_key=True),
    Column("state", String(20), nullable=False),
    Column("reason", Words, nullable=False),
    Column("inputs", String(128), nullable=False),  # digest of everything the outcome depends on
    Column("base_commit", String(64), nullable=False),
    Column("base_tree", String(64), nullable=False),
    Column("base_branch", Words, nullable=False),
    Column("shown", String(64), nullable=False),  # digest of exactly the edits a reviewer sees
    Column("commit_sha", String(64), nullable=False),
    Column("sites", Integer, nullable=False),
    Column("detail", JSON, nullable=False),
    Column("updated_at", Moment, nullable=False),
)

state_history = Table(
    "state_history",
    metadata,
    Column("id", _Counter, primary_key=True, autoincrement=True),
    Column("campaign", String(100), nullable=False),
    Column("repo", Words, nullable=False),
    Column("state", String(20), nullable=False),
    Column("reason", Words, nullable=False),
    Column("shown", String(64), nullable=False),
    Column("commit_sha", String(64), nullable=False),
    Column("at", Moment, nullable=False),
    Index("state_history_repo", "campaign", "repo"),
)

approvals = Table(
    "approvals",
    metadata,
    Column("id", _Counter, primary_key=True, autoincrement=True),
    Column("campaign", String(100), nullable=False),
    Column("repo", Words, nullable=False),
    Column("shown", String(64), nullable=False),
    Column("decision", String(20), nullable=False),  # approved, rejected
    Column("reason", Words, nullable=False),
    Column("who", Words, nullable=False),
    Column("at", Moment, nullable=False),
    Index("approvals_repo", "campaign", "repo"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", _Counter, primary_key=True, autoincrement=True),
    Column("campaign", String(100), nullable=False),
    Column("repo", Words, nullable=False),
    Column("url", Words, nullable=False),
    Column("branch", Words, nullable=False),
    Column("commit_sha", String(64), nullable=False),
    Column("state", String(20), nullable=False),  # intended, then what the remote said
    Column("answer", Words, nullable=False),
    Column("at", Moment, nullable=False),
    Index("deliveries_repo", "campaign", "repo"),
)

verdict_cache = Table(
    "verdict_cache",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("verdict", JSON, nullable=False),
    Column("at", Moment, nullable=False),
)

# Amounts are whole billionths, see `amounts`.

buckets = Table(
    "buckets",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("capacity", BigInteger, nullable=False),
    Column("refill_per_s", BigInteger, nullable=False),
    Column("level", BigInteger, nullable=False),  # what was there at the moment `at`
    Column("at", Moment, nullable=False),
    CheckConstraint("level >= 0 AND level <= capacity", "buckets_level"),
)

budgets = Table(
    "budgets",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("unit", String(20), nullable=False),
    Column("ceiling", BigInteger, nullable=False),
    Column("period", String(20), nullable=False),  # "", hour, day, month
)

budget_periods = Table(
    "budget_periods",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("start", Moment, primary_key=True),
    Column("spent", BigInteger, nullable=False),
    Column("reserved", BigInteger, nullable=False),
    CheckConstraint("spent >= 0 AND reserved >= 0", "budget_periods_sums"),
)

reservations = Table(
    "reservations",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("state", String(20), nullable=False),  # reserved, settled, released, expired
    Column("take", JSON, nullable=False),  # bucket -> amount
    Column("spend", JSON, nullable=False),  # budget -> [amount, start of its period]
    Column("spent", JSON, nullable=False),  # budget -> amount charged in the end
    Column("run", String(200), nullable=False),
    Column("step", String(200), nullable=False),
    Column("at", Moment, nullable=False),
    Index("reservations_run", "run"),
    Index("reservations_state", "state", "at"),
)

progress = Table(
    "progress",
    metadata,
    Column("campaign", String(100), primary_key=True),
    Column("repo", Words, primary_key=True),
    Column("run", String(200), nullable=False),
    Column("stage", String(20), nullable=False),  # queued, propose, check, prepare, done
    Column("state", String(20), nullable=False),  # the repository's state once done
    Column("reason", Words, nullable=False),
    Column("sites", Integer, nullable=False),
    Column("reused", Integer, nullable=False),
    Column("worker", Words, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Index("progress_run", "run", "stage", "state"),
)

# What people decide about single edits, and what shapes are made of.

edit_decisions = Table(
    "edit_decisions",
    metadata,
    Column("id", _Counter, primary_key=True, autoincrement=True),
    Column("campaign", String(100), nullable=False),
    Column("repo", Words, nullable=False),
    Column("path", Words, nullable=False),
    Column("edit", String(64), nullable=False),  # digest of exactly the edit that was shown
    Column("shape", String(64), nullable=False),
    Column("decision", String(20), nullable=False),  # accepted, rejected, corrected, undecided
    Column("correction", Words, nullable=False),  # what is to stand there instead, when corrected
    Column("reason", Words, nullable=False),
    Column("who", Words, nullable=False),
    Column("at", Moment, nullable=False),
    Index("edit_decisions_repo", "campaign", "repo"),
)

shape_examples = Table(
    "shape_examples",
    metadata,
    Column("id", _Counter, primary_key=True, autoincrement=True),
    Column("campaign", String(100), nullable=False),
    Column("repo", Words, nullable=False),
    Column("path", Words, nullable=False),
    Column("kind", String(20), nullable=False),  # negative: an edit was rejected, positive: one was corrected
    Column("shape", String(64), nullable=False),
    Column("edit", String(64), nullable=False),
    Column("before", Words, nullable=False),  # the whole file
    Column("after", Words, nullable=False),  # the whole file as people want it
    Column("at", Moment, nullable=False),
    Index("shape_examples_campaign", "campaign"),
)

shape_rules = Table(
    "shape_rules",
    metadata,
    Column("campaign", String(100), primary_key=True),
    Column("step", String(200), primary_key=True),  # the step whose accepted edits it does
    Column("shape", String(64), primary_key=True),
    Column("rule", Words, nullable=False),  # the text of its file, "" when none could be made
    Column("reason", Words, nullable=False),  # why there is none
    Column("edits", Integer, nullable=False),  # accepted edits it was made from
    Column("held_back", Integer, nullable=False),  # accepted edits it was checked on besides
    Column("inputs", String(64), nullable=False),  # digest of the accepted edits
    Column("at", Moment, nullable=False),
)

site_work = Table(
    "site_work",
    metadata,
    Column("id", _Counter, primary_key=True, autoincrement=True),
    Column("campaign", String(100), nullable=False),
    Column("repo", Words, nullable=False),
    Column("outcome", String(64), nullable=False),  # the inputs of the outcome that the work was done for
    Column("proposer", Words, nullable=False),
    Column("kind", String(20), nullable=False),  # rule, shape, command, python
    Column("instead_of", Words, nullable=False),  # of a shape's rule: the step it was tried before
    Column("sites", Integer, nullable=False),
    Column("files", Integer, nullable=False),
    Column("wall_s", Float, nullable=False),
    Column("skipped", Integer, nullable=False),  # 1: a costly step that had nothing left to do
    Column("at", Moment, nullable=False),
    Index("site_work_repo", "campaign", "repo"),
)

file_shapes = Table(
    "file_shapes",
    metadata,
    Column("key", String(200), primary_key=True),  # of both contents of a file, and how shapes are made
    Column("edits", JSON, nullable=False),
    Column("at", Moment, nullable=False),
)

effects = Table(
    "effects",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("kind", String(30), nullable=False),  # change-request, comment, mail
    Column("target", Words, nullable=False),
    Column("digest", String(64), nullable=False),  # of what is to be there
    Column("state", String(20), nullable=False),  # intended, done, failed
    Column("receipt", Words, nullable=False),  # address or id at the far side
    Column("reason", Words, nullable=False),  # why it failed
    Column("seen", JSON, nullable=False),  # what the far side showed of it last
    Column("holder", Words, nullable=False),  # the run that is at it
    Column("campaign", String(100), nullable=False),
    Column("repo", Words, nullable=False),
    Column("intended_at", Moment, nullable=False),
    Column("settled_at", Moment, nullable=True),
    Index("effects_campaign", "campaign", "kind"),
)
