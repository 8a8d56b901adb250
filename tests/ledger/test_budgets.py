"""Rates and budgets, on each database: reserve before a call, settle after it."""

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, insert

from softwright.core import InvalidInput
from softwright.ledger import Ledger, Refused, Reservation, Wait, migrations
from softwright.ledger.amounts import from_units, next_start, period_start, to_units
from softwright.ledger.schema import events
from softwright.testing import FakeClock

DAY_S = 86_400


@pytest.fixture
def clock():
    """A clock that begins with the year 2026."""
    return FakeClock()


@pytest.fixture
def ledger(database_url, clock):
    """A fresh ledger whose time stands still."""
    with Ledger.open(database_url, clock=clock) as opened:
        yield opened


@pytest.fixture
def budgets(ledger):
    """The budgets of the ledger, with one bucket and one budget."""
    ledger.budgets.set_bucket("calls", capacity=3, refill_per_s=0.5)
    ledger.budgets.set_budget("month", limit=1, period="month")
    return ledger.budgets


def sums(budgets, name="month"):
    """What is spent and reserved."""
    found = budgets.budget(name)
    return found.spent, found.reserved


def test_a_call_is_reserved_then_charged(budgets):
    """The estimate is reserved at once; settling charges what it was and frees the rest."""
    reserved = budgets.reserve("k", take={"calls": 1}, spend={"month": 0.6}, run="r", step="s")
    assert isinstance(reserved, Reservation)
    assert (reserved.state, reserved.spend, reserved.run) == ("reserved", {"month": Decimal("0.6")}, "r")
    assert sums(budgets) == (0, Decimal("0.6"))
    assert budgets.bucket("calls").level == 2
    settled = budgets.settle("k", {"month": 0.25})
    assert settled.difference == {"month": Decimal("-0.35")}
    assert sums(budgets) == (Decimal("0.25"), 0)
    assert budgets.budget("month").left == Decimal("0.75")
    assert budgets.of_run("r") == [settled]


def test_a_replay_reserves_nothing_anew(budgets):
    """The same key gives the same reservation, whatever else is asked and whatever became of it."""
    first = budgets.reserve("k", take={"calls": 1}, spend={"month": 0.6})
    assert budgets.reserve("k", take={"calls": 3}, spend={"month": 0.9}) == first
    assert sums(budgets) == (0, Decimal("0.6"))
    settled = budgets.settle("k", {"month": 0.5})
    assert budgets.reserve("k", take={"calls": 1}, spend={"month": 0.6}) == settled
    assert budgets.bucket("calls").level == 2


def test_settling_twice_charges_once(budgets):
    """The second call changes nothing and gives the first one's answer."""
    budgets.reserve("k", spend={"month": 0.6})
    first = budgets.settle("k", {"month": 0.1})
    assert budgets.settle("k", {"month": 0.9}) == first
    assert sums(budgets) == (Decimal("0.1"), 0)


def test_a_name_left_out_is_charged_as_estimated(budgets):
    """Without an actual sum the estimate stands."""
    budgets.set_budget("team", limit=5)
    budgets.reserve("k", spend={"month": 0.6, "team": 0.6})
    assert budgets.settle("k", {"team": 0.5}).spent == {"month": Decimal("0.6"), "team": Decimal("0.5")}


def test_a_budget_that_is_used_up_refuses(budgets):
    """The refusal names the budget, what is left and when it begins anew; nothing is reserved anywhere."""
    budgets.reserve("a", spend={"month": 0.75})
    refused = budgets.reserve("b", take={"calls": 1}, spend={"month": 0.3})
    assert refused == Refused(
        "0.3 USD asked of the budget `month`, which has 0.25 of 1 USD left",
        "month",
        datetime(2026, 2, 1, tzinfo=UTC),
    )
    assert budgets.bucket("calls").level == 3
    assert isinstance(budgets.reserve("b", spend={"month": 0.25}), Reservation)


def test_all_or_nothing(budgets):
    """One budget of several that has too little keeps the others untouched."""
    budgets.set_budget("run", limit=0.1)
    assert isinstance(budgets.reserve("k", spend={"month": 0.5, "run": 0.5}), Refused)
    assert sums(budgets) == (0, 0)
    assert sums(budgets, "run") == (0, 0)


def test_an_empty_bucket_says_how_long_to_wait(budgets, clock):
    """The wait is the longest of all buckets, and after it the call goes through."""
    budgets.set_bucket("tokens", capacity=1000, refill_per_s=100)
    assert isinstance(budgets.reserve("a", take={"calls": 3, "tokens": 1000}), Reservation)
    assert budgets.reserve("b", take={"calls": 1, "tokens": 500}) == Wait(5.0, "tokens")
    clock.advance(4.9)
    assert isinstance(budgets.reserve("b", take={"calls": 1, "tokens": 500}), Wait)
    clock.advance(0.1)
    assert isinstance(budgets.reserve("b", take={"calls": 1, "tokens": 500}), Reservation)


def test_a_budget_refuses_before_a_bucket_bids_to_wait(budgets):
    """Nobody waits for a call that will be refused."""
    budgets.reserve("a", take={"calls": 3}, spend={"month": 1})
    assert isinstance(budgets.reserve("b", take={"calls": 1}, spend={"month": 1}), Refused)


def test_more_than_a_bucket_ever_holds_is_refused(budgets):
    """Waiting for it would never end."""
    refused = budgets.reserve("k", take={"calls": 4})
    assert refused == Refused("4 asked of the bucket `calls`, which never holds more than 3", "calls")
    budgets.set_bucket("once", capacity=2, refill_per_s=0)
    budgets.reserve("a", take={"once": 2})
    assert isinstance(budgets.reserve("b", take={"once": 1}), Refused)


def test_what_was_not_used_goes_back_to_the_bucket(budgets):
    """Used less: the rest can be taken again. Used more: it is taken too, down to an empty bucket."""
    budgets.set_bucket("tokens", capacity=100, refill_per_s=0)
    budgets.reserve("a", take={"tokens": 60})
    budgets.settle("a", used={"tokens": 10})
    assert budgets.bucket("tokens").level == 90
    budgets.reserve("b", take={"tokens": 60})
    budgets.settle("b", used={"tokens": 500})
    assert budgets.bucket("tokens").level == 0


def test_a_call_that_was_never_made_is_released(budgets):
    """Everything is as before; releasing again, or what is settled, changes nothing."""
    budgets.reserve("k", take={"calls": 2}, spend={"month": 0.5})
    assert budgets.release("k").state == "released"
    assert budgets.release("k").state == "released"
    assert (sums(budgets), budgets.bucket("calls").level) == ((0, 0), 3)
    budgets.reserve("l", spend={"month": 0.5})
    budgets.settle("l")
    assert budgets.release("l").state == "settled"
    with pytest.raises(InvalidInput, match="`k` was released, so it cannot be settled"):
        budgets.settle("k")


def test_what_is_left_over_is_charged_as_estimated(budgets, clock):
    """Whoever died between reserving and settling has probably spent the money; the truth may come late."""
    budgets.reserve("old", spend={"month": 0.5})
    clock.advance(60)
    budgets.reserve("new", spend={"month": 0.2})
    expired = budgets.expire(older_than=clock.now())
    assert [(r.key, r.state, r.spent) for r in expired] == [("old", "expired", {"month": Decimal("0.5")})]
    assert sums(budgets) == (Decimal("0.5"), Decimal("0.2"))
    assert budgets.expire(older_than=clock.now()) == []
    assert budgets.settle("old", {"month": 0.1}).state == "settled"
    assert sums(budgets) == (Decimal("0.1"), Decimal("0.2"))


def test_a_cost_above_the_estimate_is_the_truth(budgets):
    """Money that is gone is counted, above the limit too; then nothing more is reserved."""
    budgets.reserve("k", spend={"month": 1})
    assert budgets.settle("k", {"month": 1.5}).difference == {"month": Decimal("0.5")}
    assert (budgets.budget("month").spent, budgets.budget("month").left) == (Decimal("1.5"), 0)
    assert isinstance(budgets.reserve("l", spend={"month": 0.01}), Refused)


def test_a_new_period_begins_at_nothing(budgets, clock):
    """Spent is counted by period; a call settled in the next one is charged to the one it began in."""
    budgets.reserve("a", spend={"month": 0.9})
    clock.advance(31 * DAY_S)
    assert budgets.budget("month").since == datetime(2026, 2, 1, tzinfo=UTC)
    assert isinstance(budgets.reserve("b", spend={"month": 0.9}), Reservation)
    budgets.settle("a", {"month": 0.8})
    assert sums(budgets) == (0, Decimal("0.9"))


def test_changing_a_limit_keeps_what_was_used(budgets):
    """Buckets and budgets can be changed at any time; what was taken and spent stays so."""
    budgets.reserve("k", take={"calls": 2}, spend={"month": 0.5})
    assert budgets.set_bucket("calls", capacity=10, refill_per_s=1).level == 8
    assert budgets.set_bucket("calls", capacity=1, refill_per_s=1).level == 0
    changed = budgets.set_budget("month", limit=0.3, period="month")
    assert (changed.reserved, changed.left) == (Decimal("0.5"), 0)


def test_a_clock_that_goes_back_fills_nothing(ledger, budgets, clock):
    """Time that was counted once is not counted again."""
    clock.advance(10)
    budgets.reserve("a", take={"calls": 3})
    clock._now -= timedelta(seconds=10)
    assert budgets.bucket("calls").level == 0
    assert isinstance(budgets.reserve("b", take={"calls": 0}), Reservation)
    clock.advance(10)
    assert budgets.bucket("calls").level == 0


def test_it_joins_a_transaction(ledger, budgets):
    """What happens inside of `write()` is undone with it."""
    with pytest.raises(ZeroDivisionError), ledger.write():
        budgets.reserve("k", take={"calls": 1}, spend={"month": 0.5})
        _ = 1 / 0
    assert (sums(budgets), budgets.bucket("calls").level) == ((0, 0), 3)


WRONG = [
    (lambda b: b.reserve("k", spend={"mont": 1}), "no budget `mont`; did you mean `month`"),
    (lambda b: b.reserve("k", take={"call": 1}), "no bucket `call`; did you mean `calls`"),
    (
        lambda b: b.reserve("k", spend={"month": -1}),
        "what to spend of `month` is `-1`; allowed: a number from 0",
    ),
    (lambda b: b.reserve("k", spend={"month": float("nan")}), "is `nan`; allowed"),
    (lambda b: b.reserve("k", take={"calls": "many"}), "is `many`; allowed"),
    (lambda b: b.reserve("k" * 201, take={"calls": 1}), "has 201 characters; allowed are 200"),
    (lambda b: b.settle("unknown"), "nothing is reserved under `unknown`"),
    (lambda b: b.release("unknown"), "nothing is reserved under `unknown`"),
    (lambda b: b.budget("x"), "no budget `x`; allowed: `month`"),
    (lambda b: b.bucket("x"), "no bucket `x`; allowed: `calls`"),
    (lambda b: b.set_budget("x", limit=1, period="weak"), "`weak` is no period"),
    (lambda b: b.set_budget("x", limit=1e12), "the limit of the budget `x` is `1000000000000.0`"),
    (lambda b: b.set_bucket("x", capacity=1, refill_per_s=-1), "the refill of the bucket `x` is `-1`"),
]


@pytest.mark.parametrize(("ask", "said"), WRONG, ids=[said[:40] for _, said in WRONG])
def test_wrong_input_is_said_so(budgets, ask, said):
    """The message says what was given and what is allowed, and nothing is reserved."""
    with pytest.raises(InvalidInput) as raised:
        ask(budgets)
    assert said in raised.value.message
    assert (sums(budgets), budgets.bucket("calls").level) == ((0, 0), 3)


def test_settling_what_was_not_reserved_is_said_so(budgets):
    """Only names of the reservation can be charged."""
    budgets.reserve("k", take={"calls": 1}, spend={"month": 0.5})
    with pytest.raises(InvalidInput, match="`k` spends nothing of `moth`; did you mean `month`"):
        budgets.settle("k", {"moth": 1})
    with pytest.raises(InvalidInput, match="`k` takes nothing from `x`"):
        budgets.settle("k", used={"x": 1})
    assert sums(budgets) == (0, Decimal("0.5"))


AMOUNTS = st.integers(0, 10**9).map(lambda n: Decimal(n) / 1000) | st.floats(0, 1e6)


@given(st.lists(AMOUNTS, max_size=20))
def test_sums_are_exact(amounts):
    """A thousand small sums add up to the same as one; rounding is up, to a billionth."""
    units = [to_units(amount, "x") for amount in amounts]
    for amount, unit in zip(amounts, units, strict=True):
        assert 0 <= from_units(unit) - Decimal(str(amount)) <= Decimal("1e-9")
    assert from_units(sum(units)) == sum(map(from_units, units))


@given(st.datetimes(timezones=st.just(UTC)), st.sampled_from(["hour", "day", "month"]))
def test_periods_follow_one_another(now, period):
    """Every moment lies between the start of its period and that of the next."""
    if now.year == 9999:
        return
    start = period_start(period, now)
    following = next_start(period, start)
    assert following is not None
    assert start <= now < following
    assert period_start(period, following) == following


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["reserve", "settle", "release", "expire", "wait"]),
        st.integers(0, 5),
        st.integers(0, 60),
    ),
    max_size=25,
)


@pytest.fixture(scope="module")
def lasting(tmp_path_factory):
    """A ledger on SQLite for many examples."""
    clock = FakeClock()
    with Ledger.open(tmp_path_factory.mktemp("l") / "l.db", clock=clock) as opened:
        yield opened, clock, count()


@settings(deadline=None, max_examples=60)
@given(steps=STEPS)
def test_limits_hold_whatever_is_done(lasting, steps):
    """Costs not above their estimates: spent and reserved never pass the limit nor fall below zero, and
    both are exactly the sums over the reservations; a bucket stays between empty and full."""
    ledger, clock, numbers = lasting
    n = next(numbers)
    budget, bucket = f"budget-{n}", f"bucket-{n}"
    budgets = ledger.budgets
    budgets.set_budget(budget, limit=100)
    budgets.set_bucket(bucket, capacity=80, refill_per_s=1)
    keys: dict[str, Reservation] = {}
    for act, number, amount in steps:
        key = f"{n}-{number}"
        if act == "reserve":
            got = budgets.reserve(key, take={bucket: amount}, spend={budget: amount}, run=str(n))
            if isinstance(got, Reservation):
                assert key not in keys or got == keys[key]
                keys[key] = got
        elif act == "settle" and key in keys and keys[key].state != "released":
            keys[key] = budgets.settle(key, {budget: min(amount, keys[key].spend[budget])})
        elif act == "release" and key in keys:
            keys[key] = budgets.release(key)
        elif act == "expire":
            keys |= {r.key: r for r in budgets.expire(older_than=clock.now()) if r.run == str(n)}
        clock.advance(amount / 10 if act == "wait" else 0.001)
        seen = budgets.budget(budget)
        open_ones = [r.spend[budget] for r in keys.values() if r.state == "reserved"]
        assert seen.reserved == sum(open_ones)
        assert seen.spent == sum(r.spent.get(budget, 0) for r in keys.values())
        assert seen.spent + seen.reserved <= 100
        assert 0 <= budgets.bucket(bucket).level <= 80
    assert {r.key: r for r in budgets.of_run(str(n))} == keys


def test_threads_never_pass_the_limits(ledger):
    """64 threads at once, several on one key: exactly as many get through as fit."""
    budgets = ledger.budgets
    budgets.set_budget("all", limit=10)
    budgets.set_bucket("calls", capacity=25, refill_per_s=0)
    together = threading.Barrier(64)

    def work(n: int) -> str:
        together.wait()
        got = budgets.reserve(f"k{n % 32}", take={"calls": 1}, spend={"all": 0.5})
        if isinstance(got, Reservation):
            budgets.settle(got.key, {"all": 0.5})
            return got.key
        assert got.name == "all"
        return ""

    with ThreadPoolExecutor(64) as pool:
        through = set(pool.map(work, range(64))) - {""}
    assert len(through) == 20
    assert sums(budgets, "all") == (10, 0)
    assert budgets.bucket("calls").level == 5


WORKER = """
import random, sys
from softwright.ledger import Ledger, Reservation
who = sys.argv[2]
rng = random.Random(who)
with Ledger.open(sys.argv[1]) as ledger:
    for n in range(25):
        key = rng.choice([f"{who}-{n}", f"shared-{n}"])
        got = ledger.budgets.reserve(key, take={"calls": 1}, spend={"all": 1, who: 1}, run=who)
        if isinstance(got, Reservation) and rng.random() < 0.8 and got.run == who:
            ledger.budgets.settle(key, {"all": 0.5})
"""


def test_processes_never_pass_the_limits(database_url):
    """Four processes at once: the sums are exactly those of the reservations, and within the limits."""
    with Ledger.open(database_url) as ledger:
        budgets = ledger.budgets
        budgets.set_budget("all", limit=20)
        budgets.set_bucket("calls", capacity=60, refill_per_s=0)
        for who in "abcd":
            budgets.set_budget(who, limit=1000)
        command = [sys.executable, "-c", WORKER, database_url]
        running = [subprocess.Popen([*command, who], stderr=subprocess.PIPE, text=True) for who in "abcd"]
        said = [process.communicate()[1] for process in running]
        assert [process.returncode for process in running] == [0] * 4, said
        made = [reservation for who in "abcd" for reservation in budgets.of_run(who)]
        seen = budgets.budget("all")
        assert seen.reserved == sum(r.state == "reserved" for r in made)
        assert seen.spent == sum(r.spent.get("all", 0) for r in made)
        assert 10 < seen.spent + seen.reserved <= 20
        assert budgets.bucket("calls").level == 60 - len(made)


def test_a_server_tells_the_time(postgres):
    """On a server the moments are the server's, whatever the clock of this machine says."""
    with Ledger.open(postgres) as ledger:
        ledger.budgets.set_budget("x", limit=1)
        before = datetime.now(UTC)
        made = ledger.budgets.reserve("k", spend={"x": 1})
        assert isinstance(made, Reservation)
        assert abs(made.at - before) < timedelta(minutes=5)
        assert made.at.utcoffset() == timedelta(0)


def test_an_older_ledger_gets_the_tables(database_url):
    """A ledger of the version before budgets is migrated with what it holds."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.set_main_option("path_separator", "os")
    engine = create_engine(database_url)
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("CREATE SCHEMA softwright")
            connection.exec_driver_sql("SET search_path TO softwright")
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        row = {"at": datetime.now(UTC), "kind": "kept", "run": "", "step": "", "repo": "", "data": {}}
        connection.execute(insert(events).values(**row))
    engine.dispose()
    with Ledger.open(database_url) as ledger:
        assert ledger.budgets.set_budget("x", limit=1).left == 1
        assert [e.event.kind for e in ledger.events.since()] == ["kept"]
