"""What is to happen outside once, in the record."""

from datetime import datetime

import pytest

from softwright.core import Event
from softwright.ledger import Intent, Ledger
from softwright.ledger.effects import DONE, FAILED, HELD_S, INTENDED
from softwright.testing import FakeClock

INTENT = Intent("comment:1", "comment", "api 1", "d1", "rename", "api")


@pytest.fixture
def clock() -> FakeClock:
    """Time as the test wants it."""
    return FakeClock()


@pytest.fixture
def ledger(database_url: str, clock: FakeClock):
    """A ledger on each kind of database."""
    with Ledger.open(database_url, clock=clock) as ledger:
        yield ledger


def test_an_intent_belongs_to_who_began_it(ledger, clock):
    """Another run finds it held, until the first one has been silent for long; the first may go on."""
    assert ledger.effects.begin(INTENT, holder="run/1").holder == "run/1"
    assert ledger.effects.begin(INTENT, holder="run/2").holder == "run/1"
    assert ledger.effects.begin(INTENT, holder="run/1").holder == "run/1"
    clock.advance(HELD_S + 1)
    assert ledger.effects.begin(INTENT, holder="run/2").holder == "run/2"


def test_a_holder_may_have_a_long_name(ledger):
    """Runs are named after campaign and repository."""
    name = f"{'c' * 100}/deliver-1/{'group/' * 33}api"
    assert ledger.effects.begin(INTENT, holder=name).holder == name


def test_what_is_done_is_not_begun_again(ledger, clock):
    """Unless something else is to be there; what was known of it stays known."""
    row = ledger.effects.begin(INTENT, holder="run/1")
    done = ledger.effects.settle(row, DONE, receipt="https://x/1", seen={"number": 1})
    assert (done.holder, done.settled_at) == ("", clock.now())
    assert ledger.effects.begin(INTENT, holder="run/2") == done
    other = Intent(INTENT.key, INTENT.kind, INTENT.target, "d2", "rename", "api")
    begun = ledger.effects.begin(other, holder="run/2")
    assert (begun.state, begun.receipt, begun.seen, begun.digest) == (
        INTENDED,
        "https://x/1",
        {"number": 1},
        "d2",
    )


def test_what_failed_may_be_tried_by_anybody(ledger):
    """A failure has a reason, and belongs to nobody."""
    row = ledger.effects.begin(INTENT, holder="run/1")
    assert ledger.effects.settle(row, FAILED, reason="401").reason == "401"
    again = ledger.effects.begin(INTENT, holder="run/2")
    assert again.holder == "run/2"
    assert ledger.effects.settle(again, DONE).reason == ""


def test_who_was_overtaken_ends_nothing(ledger, clock):
    """A holder that slept finds that somebody else took it up, its own run's other life included."""
    for other in ("run/2", "run/1"):
        slept = ledger.effects.begin(INTENT, holder="run/1")
        clock.advance(HELD_S + 1)
        taken = ledger.effects.begin(INTENT, holder=other)
        assert ledger.effects.renew(slept) is None
        assert ledger.effects.settle(slept, FAILED, reason="late") == taken
        clock.advance(1)
        held = ledger.effects.renew(taken)
        assert held is not None and held.intended_at == clock.now()
        assert ledger.effects.settle(held, FAILED).state == FAILED


def test_what_the_far_side_shows_is_added(ledger):
    """Single things seen are brought up to date, others stay."""
    row = ledger.effects.begin(INTENT, holder="run/1")
    ledger.effects.settle(row, DONE, seen={"number": 1, "state": "open"})
    ledger.effects.note(INTENT.key, {"state": "merged"})
    assert ledger.effects.get(INTENT.key).seen == {"number": 1, "state": "merged"}
    assert ledger.effects.get("comment:2") is None


def test_effects_of_a_campaign(ledger, clock):
    """By campaign, kind and repository, in the order of their intents."""
    for number, (kind, repo) in enumerate([("comment", "b"), ("mail", ""), ("comment", "a")]):
        ledger.effects.begin(Intent(f"{kind}:{number}", kind, "t", "d", "rename", repo), holder="r")
        clock.advance(1)
    assert [row.repo for row in ledger.effects.of("rename", kind="comment")] == ["b", "a"]
    assert [row.kind for row in ledger.effects.of("rename", repo="a")] == ["comment"]
    assert ledger.effects.of("other") == []
    assert all(isinstance(row.intended_at, datetime) for row in ledger.effects.of("rename"))


def test_events_are_counted(ledger):
    """By kind, of one run."""
    ledger.events.append(Event("campaign.reopened", run="a"), Event("campaign.closed", run="a"))
    ledger.events.append(Event("campaign.reopened", run="b"))
    assert ledger.events.count("campaign.reopened", run="a") == 1
