"""An artefact store that does not give what it was given, for a moment or for good."""

import time

import pytest
from tests.stories.test_campaign_runs import SLOW, wait_until

from softwright.app import campaigns as use
from softwright.campaigns.run import mark_of
from softwright.campaigns.runs import kinds
from softwright.campaigns.runs.kinds import CAMPAIGN, REPOSITORY, SHARD
from softwright.campaigns.runs.outside import engine_of
from softwright.campaigns.runs.station import Station
from softwright.core import OutsideFault
from softwright.engine import ACTIVE, RunState


def tasks_of(world):
    """The files of the artefacts that are not there before a run was started, the campaign's pack aside."""
    root = world.root / "home" / "artefacts"
    with engine_of(world.house) as engine:
        (run,) = engine.runs(under="rename", kinds=[CAMPAIGN])
    files = [path for path in root.rglob("*") if path.is_file() and len(path.name) > 30]
    return [path for path in files if mark_of(f"sha256:{path.name}") not in run.id]


def test_a_store_that_is_away_for_a_moment_costs_nothing(world):
    """The run waits for its tasks and goes on."""
    use.run_campaign(world.house, world.spec, detach=True)
    (tasks,) = tasks_of(world)
    away = tasks.rename(world.root / "away")
    with Station(world.fresh_house(), size=1) as station:
        wait_until(lambda: station.engine.runs(under="rename", kinds=[SHARD], states=[RunState.RUNNING]))
        time.sleep(1)
        away.rename(tasks)
        wait_until(lambda: not station.engine.runs(under="rename", states=ACTIVE))
        assert {run.state for run in station.engine.runs(under="rename")} == {RunState.DONE}
    assert world.states()["api"] == "prepared"


def test_a_campaign_one_of_whose_shards_failed_has_failed(world, monkeypatch):
    """It says why, and is done by the next run."""
    monkeypatch.setattr(kinds, "_TRIES", 2)
    use.run_campaign(world.house, world.spec, detach=True)
    (tasks,) = tasks_of(world)
    tasks.unlink()
    with pytest.raises(OutsideFault, match="is missing"):
        world.run()
    with engine_of(world.house) as engine:
        assert engine.runs(under="rename", kinds=[CAMPAIGN])[0].state is RunState.FAILED
    report = world.run()
    assert (report.done, report.left) == (report.total, ())
    assert world.states()["api"] == "prepared"


def test_what_a_failed_shard_began_does_not_go_on_beside_the_next_run(world):
    """Runs of repositories whose campaign's run has ended are stopped before it runs again."""
    world.spec.write_text(SLOW)
    world.run()
    with engine_of(world.house) as engine:
        begun = engine.runs(under="rename", kinds=[REPOSITORY], limit=1)[0]
        engine.fork(begun.id, "rename/1-00000000/0000/api")
    world.spec.write_text(SLOW.replace("Use new", "Prefer new"))
    world.run()
    with engine_of(world.house) as engine:
        assert engine.info("rename/1-00000000/0000/api").state is RunState.CANCELLED
