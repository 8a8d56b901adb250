"""The ledger under several processes at once, on SQLite and on PostgreSQL."""

import subprocess
import sys
import threading

import pytest

from softwright.core import Event
from softwright.ledger import Ledger, RepoRecord
from softwright.ledger.database import REVISION


def together(code: str, url: str, names: str) -> None:
    """Run the code once for each name, all at the same time; `url` and the name are its arguments."""
    running = [
        subprocess.Popen([sys.executable, "-c", code, url, name], stderr=subprocess.PIPE, text=True)
        for name in names
    ]
    for process in running:
        _, said = process.communicate()
        assert process.returncode == 0, said


def test_many_may_open_an_empty_database(database_url):
    """Four processes that find no tables make them once, and each can use them."""
    code = (
        "import sys; from softwright.core import Event; from softwright.ledger import Ledger\n"
        "with Ledger.open(sys.argv[1]) as ledger: ledger.events.append(Event('opened', sys.argv[2]))"
    )
    together(code, database_url, "abcd")
    with Ledger.open(database_url) as ledger:
        assert sorted(e.event.repo for e in ledger.events.since()) == ["a", "b", "c", "d"]
        with ledger.read() as connection:
            found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalars()
            assert list(found) == [REVISION]


WRITER = """
import sys
from softwright.core import Event
from softwright.ledger import Ledger, RepoRecord

names = [f"r{n}" for n in range(30)]
if sys.argv[2] == "b":
    names.reverse()
with Ledger.open(sys.argv[1]) as ledger:
    for n in range(20):
        ledger.campaigns.add_run("c", 1.0)
        with ledger.write():
            for name in names:
                ledger.states.put([RepoRecord("c", name, "proposed", reason=sys.argv[2])])
            ledger.events.append(Event(sys.argv[2], run="c", data={"n": n}), Event(sys.argv[2], run="c"))
"""


def test_two_processes_write_at_once(database_url):
    """No run is lost, and nobody is turned away though both touch the same rows in opposite orders."""
    with Ledger.open(database_url) as ledger:
        ledger.campaigns.put("c", description="", spec_path="", spec={})
        together(WRITER, database_url, "ab")
        record = ledger.campaigns.get("c")
        assert record is not None
        assert len(record.run_seconds) == 40
        assert len(ledger.states.history("c", "r7")) == 40
        assert len({r.reason for r in ledger.states.all("c")}) == 1
        for name in "ab":
            happened = [e.event for e in ledger.events.since(run="c") if e.event.kind == name]
            assert [e.data["n"] for e in happened if e.data] == list(range(20))


def test_events_are_seen_in_the_order_of_their_ids(ledger):
    """Who has read up to an event misses none: none with a smaller id appears later."""
    seen: list[int] = []
    done = threading.Event()

    def follow() -> None:
        last = False
        while not last:
            last = done.is_set()
            seen.extend(e.id for e in ledger.events.since(seen[-1] if seen else 0))

    def write(name: str) -> None:
        for _ in range(40):
            with ledger.write():
                ledger.events.append(Event(name))
                ledger.states.put([RepoRecord("c", name, "proposed")])

    follower = threading.Thread(target=follow)
    writers = [threading.Thread(target=write, args=(name,)) for name in "abc"]
    for thread in (follower, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    follower.join()
    assert len(seen) == 120


def test_a_reader_sees_one_state(ledger):
    """What others write while one reads is not seen before the next reading."""
    ledger.states.put([RepoRecord("c", "a", "proposed")])
    with ledger.read() as connection:
        before = connection.exec_driver_sql("SELECT count(*) FROM repo_states").scalar()
        writer = threading.Thread(target=ledger.states.put, args=([RepoRecord("c", "b", "proposed")],))
        writer.start()
        writer.join()
        assert connection.exec_driver_sql("SELECT count(*) FROM repo_states").scalar() == before
    assert len(ledger.states.all("c")) == 2


@pytest.fixture
def ledger(database_url):
    """A fresh ledger on each database."""
    with Ledger.open(database_url) as opened:
        yield opened
