"""Forks of runs, and runs with ids that nobody expects: campaigns go on beside them."""

import pytest
from tests.stories.world import SPEC

from softwright.app import campaign_review as review
from softwright.app import runs as use
from softwright.campaigns.runs.gates import GATE, open_gates
from softwright.campaigns.runs.kinds import CAMPAIGN, REPOSITORY
from softwright.campaigns.runs.outside import engine_of
from softwright.campaigns.runs.station import Station
from softwright.campaigns.runs.stopping import stop_pushes
from softwright.core import InvalidInput
from softwright.engine import RunState

AUTOMATIC = f"{SPEC}deliver: {{automatic: true}}\n"
CHANGED = {"api", "odd", "pay/core"}


def the_run(world, kind=CAMPAIGN):
    """The newest run of a kind."""
    with engine_of(world.house) as engine:
        return engine.runs(under="rename", kinds=[kind], limit=1)[0].id


def anew(world, text):
    """The campaign has something to do again, and does it."""
    world.spec.write_text(text)
    report = world.run()
    assert report.done == report.total
    assert report.reused < report.total


def test_a_forked_campaign_runs_and_the_next_run_goes_on(world):
    """As the help shows it, taken up or stopped again: the campaign counts on from its own last run."""
    world.run()
    first = the_run(world)
    use.fork_run(world.house, first, "rename/again", step=2)
    anew(world, SPEC.replace("Use new", "Prefer new"))
    second = the_run(world)
    assert (first[:9], second[:9]) == ("rename/1-", "rename/2-")
    use.fork_run(world.house, second, "rename/once-more")
    use.cancel_run(world.house, "rename/once-more")
    anew(world, SPEC.replace("Use new", "Take new"))
    assert the_run(world).startswith("rename/3-")


def test_a_fork_is_carried_by_the_next_worker(world):
    """Nobody asks for the campaign: whoever works takes the fork up."""
    world.run()
    use.fork_run(world.house, the_run(world), "rename/again", step=2)
    with Station(world.fresh_house(), size=1) as station:
        assert station.engine.ending("rename/again", timeout_s=60).state is RunState.DONE


@pytest.mark.parametrize("new", ["foo", "x y", "other/again", "rename/a/b", "rename/", "rename/x y"])
def test_a_fork_belongs_to_the_campaign_of_its_original(world, new):
    """Any other id is refused, with one that would do."""
    world.run()
    with pytest.raises(InvalidInput, match="rename/again") as refused:
        use.fork_run(world.house, the_run(world), new)
    assert new in refused.value.message


def test_a_part_of_a_run_is_not_forked(world):
    """Its fork would be in no campaign's hands: the way to do it again is told."""
    world.spec.write_text(SPEC.replace("[parse]", "[parse, {name: slow, command: 'true'}]"))
    world.run()
    part = the_run(world, REPOSITORY)
    with pytest.raises(InvalidInput, match="is a part of") as refused:
        use.fork_run(world.house, part, "rename/again")
    assert the_run(world) in refused.value.hint


def test_gates_and_pushes_of_unknown_form_disturb_nobody(world):
    """Approving, rejecting, running and closing look past them."""
    world.spec.write_text(AUTOMATIC)
    world.run()
    with engine_of(world.house) as engine:
        gate = engine.runs(under="rename", kinds=[GATE], limit=1)[0].id
        for odd in ("rename/odd", "rename/x/y", f"{gate}/again", "rename/1/2/3", "rename"):
            engine.fork(gate, odd)
        assert set(open_gates(engine, "rename")) == CHANGED
        assert stop_pushes(engine, "rename", ["nobody"]) == 0
    review.approve(world.house, "rename", globs=["api"])
    review.reject(world.house, "rename", globs=["odd"], reason="no")
    anew(world, AUTOMATIC.replace("Use new", "Prefer new"))
    with engine_of(world.house) as engine:
        assert set(open_gates(engine, "rename")) >= CHANGED - {"odd"}
        assert stop_pushes(engine, "rename") > 0
        assert engine.runs(under="rename", kinds=[GATE], states=[RunState.QUEUED]) == []
