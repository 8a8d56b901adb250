"""The ledger, on SQLite and on PostgreSQL."""

import sqlite3
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from softwright.core import Cost, Event, Evidence, InvalidInput, Outcome, OutsideFault, Verdict
from softwright.ledger import (
    Approval,
    Delivery,
    Ledger,
    RepoRecord,
    verdict_from_json,
    verdict_to_json,
)
from softwright.ledger.database import REVISION
from softwright.ledger.schema import metadata


@pytest.fixture
def ledger(database_url):
    """A fresh ledger on each database."""
    with Ledger.open(database_url) as opened:
        yield opened


VERDICT = Verdict(
    "types",
    Outcome.FAIL,
    "1 new diagnostic",
    evidence=(Evidence("no such name", "a.py", 3, "unresolved", "long"),),
    known=(Evidence("old trouble"),),
    cost=Cost(1.0, 0.5),
)


def test_migrations_make_exactly_the_schema(ledger):
    """The migrated tables and the tables in the code are the same, and so is the newest revision."""
    with ledger.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == REVISION


def test_sqlite_is_in_wal_mode(tmp_path):
    """Readers do not wait for the writer."""
    with Ledger.open(tmp_path / "l.db") as ledger, ledger.read() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 1


def test_events_come_back_in_order(ledger):
    """Events keep their order and their content, and can be read from an id on."""
    ledger.events.append(
        Event("repo.synced", "a", run="c", data={"n": 1}), Event("repo.synced", "b", run="c")
    )
    ledger.events.append(Event("repo.pushed", "a", run="c"))
    found = ledger.events.since(run="c")
    assert [(e.event.kind, e.event.repo) for e in found] == [
        ("repo.synced", "a"),
        ("repo.synced", "b"),
        ("repo.pushed", "a"),
    ]
    assert found[0].event.data == {"n": 1}
    assert found[0].at.tzinfo is not None
    assert [e.event.kind for e in ledger.events.since(found[1].id)] == ["repo.pushed"]


def test_states_replace_and_keep_history(ledger):
    """The last state is the present one, every earlier one stays in the history."""
    ledger.states.put([RepoRecord("c", "a", "proposed", sites=2, detail={"x": [1]})])
    ledger.states.put([RepoRecord("c", "a", "held", "types: 1 new"), RepoRecord("c", "b", "failed", "gone")])
    assert [(r.repo, r.state, r.reason) for r in ledger.states.all("c")] == [
        ("a", "held", "types: 1 new"),
        ("b", "failed", "gone"),
    ]
    assert [h.state for h in ledger.states.history("c", "a")] == ["proposed", "held"]
    assert ledger.states.counts("c") == {"held": 1, "failed": 1}


def test_a_transaction_is_kept_whole_or_not_at_all(ledger):
    """An error inside `write()` leaves nothing of it behind."""
    with pytest.raises(ZeroDivisionError), ledger.write():
        ledger.states.put([RepoRecord("c", "a", "proposed")])
        ledger.events.append(Event("x"))
        _ = 1 / 0
    assert ledger.states.all("c") == []
    assert ledger.events.since() == []


def test_the_newest_decision_counts(ledger):
    """Decisions are only added; the last about a repository is the one in force."""
    ledger.approvals.add([Approval("c", "a", "d1", "approved", who="lee")])
    ledger.approvals.add([Approval("c", "a", "d2", "rejected", "wrong scope", "lee")])
    latest = ledger.approvals.latest("c")["a"]
    assert (latest.decision, latest.shown, latest.reason) == ("rejected", "d2", "wrong scope")


def test_an_intended_commit_counts_as_ours(ledger):
    """A commit whose push was only intended is known as the campaign's own, and nobody else's."""
    ledger.deliveries.add(Delivery("c", "a", "u", "b", "sha1", "intended"))
    ledger.deliveries.add(Delivery("d", "a", "u", "b2", "sha2", "created"))
    ledger.deliveries.add(Delivery("d", "other", "u", "b2", "sha3", "created"))
    assert ledger.deliveries.ours("c", "a") == {"sha1"}
    assert ledger.deliveries.ours("d", "a") == {"sha2"}
    assert ledger.deliveries.campaign_of("a", "sha2") == "d"
    assert ledger.deliveries.campaign_of("a", "sha3") == ""
    assert [d.state for d in ledger.deliveries.of("c", "a")] == ["intended"]


def test_verdicts_survive_a_round_trip(ledger):
    """A cached verdict is equal to the one that was put in; the first one under a key stays."""
    assert verdict_from_json(verdict_to_json(VERDICT)) == VERDICT
    ledger.verdicts.put("k", VERDICT)
    ledger.verdicts.put("k", Verdict("types", Outcome.PASS, "later"))
    assert ledger.verdicts.get("k") == VERDICT
    assert ledger.verdicts.get("other") is None


def test_campaign_keeps_its_birthday(ledger):
    """Putting a campaign again changes what it says, not when it began; runs are added up."""
    first = ledger.campaigns.put("c", description="a", spec_path="x", spec={"name": "c"})
    ledger.campaigns.add_run("c", 1.5)
    ledger.campaigns.close("c")
    again = ledger.campaigns.put("c", description="b", spec_path="x", spec={"name": "c"})
    assert (again.created_at, again.description, again.status) == (first.created_at, "b", "open")
    assert again.run_seconds == (1.5,)


def test_another_process_reads_while_one_writes(ledger, database_url):
    """Inside a write transaction, another process still reads the state before it."""
    ledger.states.put([RepoRecord("c", "a", "proposed")])
    code = (
        "import sys; from softwright.ledger import Ledger\n"
        "print([r.state for r in Ledger.open(sys.argv[1]).states.all('c')])"
    )
    with ledger.write():
        ledger.states.put([RepoRecord("c", "a", "held")])
        shown = subprocess.run(
            [sys.executable, "-c", code, database_url],
            capture_output=True,
            text=True,
            check=True,
        )
    assert shown.stdout.strip() == "['proposed']"


def test_a_locked_database_is_said_so(tmp_path):
    """A writer that waits in vain is told that another process holds the file."""
    Ledger.open(tmp_path / "l.db").close()
    other = sqlite3.connect(tmp_path / "l.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with (
        Ledger.open(tmp_path / "l.db", busy_s=0.05) as blocked,
        pytest.raises(OutsideFault, match="locked") as raised,
    ):
        blocked.events.append(Event("x"))
    assert "another process" in raised.value.hint
    other.close()


def test_a_corrupt_database_is_said_so(tmp_path):
    """A damaged file is named, with the cure, and is not overwritten."""
    (tmp_path / "l.db").write_bytes(b"this is no database, " * 100)
    with pytest.raises(OutsideFault, match="not a database") as raised:
        Ledger.open(tmp_path / "l.db")
    assert str(tmp_path / "l.db") in raised.value.where
    assert (tmp_path / "l.db").read_bytes().startswith(b"this is no database")


def test_a_newer_database_is_refused(ledger, database_url):
    """A database of a later version is left alone, and the cure is to upgrade."""
    with ledger.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(OutsideFault, match="newer") as raised:
        Ledger.open(database_url)
    assert "upgrade" in raised.value.hint


@pytest.mark.parametrize(
    ("url", "said"), [("what://ever://", "not a database URL"), ("oracles://x/y", "no driver")]
)
def test_a_wrong_url_is_invalid_input(url, said):
    """Something that is no URL of a database is the user's to mend."""
    with pytest.raises(InvalidInput, match=said):
        Ledger.open(url)


def test_moments_come_back_in_utc(database_url):
    """Whatever zone the clock speaks, moments come back in UTC."""

    class Fixed:
        def now(self) -> datetime:
            return datetime.fromisoformat("2026-05-01T12:00:00+02:00")

        def monotonic(self) -> float:
            return 0.0

    with Ledger.open(database_url, clock=Fixed()) as opened:
        opened.events.append(Event("x"))
        found = opened.events.since()[0].at
        assert (found, found.tzinfo) == (datetime(2026, 5, 1, 10, tzinfo=UTC), UTC)


def test_text_that_no_database_keeps_is_replaced(ledger):
    """A NUL in a tool's output or a name that is no text does not stop the record; JSON keeps both."""
    ledger.states.put([RepoRecord("c", "a", "held", "a\0b caf\udce9 é", detail={"said": "a\0b\udce9"})])
    found = ledger.states.get("c", "a")
    assert found is not None
    assert found.reason == "a␀b caf? é"
    assert found.detail == {"said": "a\0b\udce9"}


def test_a_full_disk_is_said_so(tmp_path):
    """When the database cannot grow, the message says so and what was recorded is still there."""
    with Ledger.open(tmp_path / "l.db") as opened:
        opened.events.append(Event("kept"))
        with opened.read() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(OutsideFault, match="full"):
            opened.events.append(Event("x", data={"filler": "y" * 1_000_000}))
        assert [e.event.kind for e in opened.events.since()] == ["kept"]
