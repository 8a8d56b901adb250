"""Deliveries one after the other, and what keeps each of them apart from those before."""

import time

import pytest

from softwright.app import campaign_review as review
from softwright.app import campaigns as use
from softwright.campaigns import deliver as delivering
from softwright.campaigns.runs.outside import engine_of
from softwright.campaigns.runs.pushing import DELIVERY
from softwright.core import OutsideFault
from softwright.engine import RunState
from softwright.hosts import remote_tip


def tip(world, name):
    """What the remote has on the campaign's branch."""
    return remote_tip(f"file://{world.remote(name)}", "softwright/rename")


def delivered(world, name):
    """One repository approved and delivered; the results."""
    review.approve(world.house, "rename", globs=[name])
    return [(result.repo, result.state) for result in use.deliver(world.house, "rename").results]


def deliveries(engine):
    """The runs of deliveries, the oldest first."""
    return engine.runs(under="rename", kinds=[DELIVERY], newest_first=False)


def test_a_delivery_is_never_taken_for_one_before(world):
    """When the older of two deliveries is forgotten, the next is a new one and pushes."""
    world.run()
    assert delivered(world, "api") == [("api", "created")]
    with engine_of(world.house) as engine:
        (first,) = deliveries(engine)
    time.sleep(1.1)  # files tell moments in whole seconds
    assert delivered(world, "odd") == [("odd", "created")]
    with engine_of(world.house) as engine:
        assert engine.delete(ended_before=deliveries(engine)[1].created) >= 1
        assert first.id not in [run.id for run in deliveries(engine)]
    assert delivered(world, "pay/core") == [("pay/core", "created")]
    assert tip(world, "pay/core") == review.view(world.house, "rename").repo("pay/core").commit


def test_deliveries_are_numbered_on_from_the_newest(world):
    """Those of earlier releases, numbered alone, and runs that somebody named otherwise do not disturb."""
    world.run()
    assert delivered(world, "api")
    with engine_of(world.house) as engine:
        (first,) = deliveries(engine)
        engine.fork(first.id, "rename/deliver-7")
        engine.cancel("rename/deliver-7")
        engine.fork(first.id, "rename/deliver-again")
        engine.cancel("rename/deliver-again")
    assert delivered(world, "odd")
    with engine_of(world.house) as engine:
        assert deliveries(engine)[-1].id.startswith("rename/deliver-8-")
        assert deliveries(engine)[-1].state is RunState.DONE


def test_a_delivery_that_cannot_begin_says_so(world, monkeypatch):
    """A run of its id that is there already is not followed as if it were this one."""
    world.run()
    assert delivered(world, "api")
    monkeypatch.setattr(delivering, "_next_id", lambda engine, campaign: deliveries(engine)[0].id)
    with pytest.raises(OutsideFault, match="is there already"):
        delivered(world, "odd")
    assert tip(world, "odd") == ""
