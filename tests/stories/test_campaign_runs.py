"""Campaigns as durable runs: gates, pauses, work handed to another process."""

import subprocess
import time

import pytest
from tests.stories.world import SPEC

from softwright.app import campaign_review as review
from softwright.app import campaigns as use
from softwright.app import runs as durable
from softwright.campaigns.run import pause_campaign
from softwright.campaigns.runs.gates import GATE, open_gates
from softwright.campaigns.runs.kinds import CAMPAIGN, REPOSITORY
from softwright.campaigns.runs.outside import engine_of
from softwright.campaigns.runs.pushing import DELIVERY, PushArgs, Pushing, delivery_args
from softwright.campaigns.runs.station import Station
from softwright.core import InvalidInput
from softwright.engine import ACTIVE, RunState, Start
from softwright.hosts import remote_tip

AUTOMATIC = f"{SPEC}deliver: {{automatic: true}}\n"
CHANGED = {"api", "odd", "pay/core"}
SLOW = SPEC.replace("check: [parse]", "check: [parse, {name: slow, command: [sleep, '2']}]")


def wait_until(true, within_s=60.0):
    """Wait for something to come true."""
    until = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < until, "it did not come true in time"
        time.sleep(0.05)


def tip(world, name):
    """What the remote has on the campaign's branch."""
    return remote_tip(f"file://{world.remote(name)}", "softwright/rename")


def test_a_run_leaves_its_steps_behind(world):
    """A repository's run shows the stages it went through, under its shard and campaign."""
    world.spec.write_text(SLOW.replace("'2'", "'0'"))
    world.run()
    with engine_of(world.house) as engine:
        (campaign,) = engine.runs(under="rename", kinds=[CAMPAIGN])
        repositories = engine.runs(under=campaign.id, kinds=[REPOSITORY])
        assert {run.state for run in repositories} == {RunState.DONE}
        assert {run.id.split("/", 3)[3] for run in repositories} == CHANGED
        assert [s.name for s in engine.steps(repositories[0].id)] == ["check", "prepare", "record"]


def test_what_is_approved_is_pushed_by_whoever_works_next(world):
    """With automatic delivery a change waits at a gate through restarts, and goes out when it is approved."""
    world.spec.write_text(AUTOMATIC)
    world.run()
    with engine_of(world.house) as engine:
        assert set(open_gates(engine, "rename")) == CHANGED
    listed = durable.list_runs(world.house)
    assert (listed.gates, [run.kind for run in listed.runs]) == (len(CHANGED), ["campaign"])
    review.approve(world.house, "rename", globs=["api"])
    assert tip(world, "api") == ""
    world.house = world.fresh_house()
    with Station(world.house, size=1) as station:
        wait_until(lambda: world.states()["api"] == "delivered")
        wait_until(lambda: set(open_gates(station.engine, "rename")) == CHANGED - {"api"})
        assert tip(world, "api") == review.view(world.house, "rename").repo("api").commit
        assert tip(world, "pay/core") == ""
        review.reject(world.house, "rename", globs=["pay/core", "odd"], reason="not now")
        wait_until(lambda: not open_gates(station.engine, "rename"))
    assert tip(world, "pay/core") == ""
    assert world.states()["pay/core"] == "rejected"


def test_a_gate_stays_shut_for_a_repository_that_left_the_fleet(world):
    """Approving it is recorded, and said to push nothing; back in the fleet, approved again, it is pushed."""
    world.spec.write_text(AUTOMATIC)
    world.run()
    fleet = world.root / "fleet.toml"
    whole = fleet.read_text()
    fleet.write_text(whole.replace('name = "api"', 'name = "another"'))
    said = review.approve(world.house, "rename", globs=["api", "odd"])
    assert said.passed_over == (("api", "is approved, but not pushed: left the fleet"),)
    with Station(world.house, size=1) as station:
        wait_until(lambda: tip(world, "odd"))
        assert "api" in open_gates(station.engine, "rename")
        assert tip(world, "api") == ""
        fleet.write_text(whole)
        assert review.approve(world.house, "rename", globs=["api"]).passed_over == ()
        wait_until(lambda: tip(world, "api"))


def test_a_gate_that_an_older_release_began_is_moved_and_pushes(world):
    """It waits through the upgrade; handed on to this version, it pushes what is approved then."""
    world.spec.write_text(AUTOMATIC)
    world.run()
    with engine_of(world.house) as engine:
        assert engine.move(durable.CURRENT, "0") == len(CHANGED)
    with Station(world.fresh_house(), size=1) as station:  # it must not take them up as they are
        assert {run.state for run in station.engine.runs(under="rename", kinds=[GATE])} <= set(ACTIVE)
    (stranded,) = durable.list_runs(world.house).stranded
    assert (stranded.version, stranded.runs) == ("0", len(CHANGED))
    assert durable.move_runs(world.house, "0") == len(CHANGED)
    review.approve(world.house, "rename", globs=["api"])
    with Station(world.fresh_house(), size=1):
        wait_until(lambda: world.states()["api"] == "delivered")
    assert tip(world, "api") == review.view(world.house, "rename").repo("api").commit
    assert tip(world, "odd") == ""


def test_a_gate_that_was_lost_is_made_again_by_the_next_run(world):
    """Stopping a run ends its gates; running again, with nothing to do anew, has the changes wait again."""
    world.spec.write_text(AUTOMATIC)
    world.run()
    with engine_of(world.house) as engine:
        assert engine.cancel(engine.runs(under="rename", kinds=[CAMPAIGN])[0].id) == len(CHANGED)
        assert open_gates(engine, "rename") == {}
    assert world.run().reused == len(world.works)
    review.approve(world.house, "rename", globs=["api"])
    with Station(world.house, size=1) as station:
        assert set(open_gates(station.engine, "rename")) >= CHANGED - {"api"}
        wait_until(lambda: tip(world, "api"))


def test_a_gate_does_not_let_another_change_pass(world):
    """When the change was made anew, its approval does not push the old one, and a new gate waits."""
    world.spec.write_text(AUTOMATIC)
    world.run()
    with engine_of(world.house) as engine:
        before = open_gates(engine, "rename")
    world.spec.write_text(AUTOMATIC.replace("description: Use new", "description: Prefer new"))
    world.run()
    with engine_of(world.house) as engine:
        after = open_gates(engine, "rename")
        assert set(after) == set(before)
        assert not set(after.values()) & set(before.values())


def test_a_paused_campaign_goes_on_where_it_was(world):
    """Paused in the middle of a check, nothing more is begun; resumed, it ends as it would have."""
    world.spec.write_text(SLOW)
    process = subprocess.Popen(
        world.command("campaign", "run", str(world.spec), "--json"),
        env=world.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    rows = world.house.ledger.progress.rows
    wait_until(lambda: any(row.stage == "check" for row in rows("rename")))
    with engine_of(world.house) as engine:
        assert pause_campaign(world.house.ledger, engine, "rename") > 0
    assert process.wait(30) == 130
    assert set(review.view(world.house, "rename").going_on) == {"paused"}
    done = len([row for row in rows("rename") if row.stage == "done"])
    told = []
    report = use.resume_campaign(world.house, "rename", on_progress=told.append)
    assert report.warnings == ()  # nothing about the campaign changed
    assert not report.left
    assert told[0].before == done > 0
    assert world.states()["api"] == "prepared"
    with pytest.raises(InvalidInput, match="not paused"):
        use.resume_campaign(world.house, "rename")


def test_work_is_handed_to_the_process_that_has_the_home(world):
    """While one process works for the home, another that runs a campaign follows it there."""
    with Station(world.house, size=1):
        told = []
        other = world.fresh_house()
        report = use.run_campaign(other, world.spec, on_progress=told.append)
    assert report.counts["prepared"] == len(CHANGED)
    assert told[-1].done == report.total


def test_a_detached_run_waits_for_a_worker(world):
    """Left to workers, the run is only recorded; the first that comes carries it."""
    report = use.run_campaign(world.house, world.spec, detach=True)
    assert report.left
    assert review.view(world.house, "rename").going_on == {"queued": len(report.left)}
    with Station(world.fresh_house(), size=1):
        wait_until(lambda: not world.house.ledger.progress.sums("rename").stages.get("queued"))
        wait_until(lambda: world.house.ledger.progress.sums("rename").stages.get("done") == report.total)
    assert world.states()["api"] == "prepared"
    assert review.view(world.house, "rename").going_on == {}


def test_a_follower_says_that_nobody_works(world):
    """Who follows while no worker runs is told what to start."""
    notes = set()

    def told(progress):
        notes.add(progress.note)
        if progress.note:
            raise KeyboardInterrupt

    report = use.run_campaign(world.house, world.spec, elsewhere=True, on_progress=told)
    assert report.interrupted
    assert any("softwright worker" in note for note in notes)


def test_a_worker_elsewhere_needs_only_the_pack(world):
    """A worker with a home and mirrors of its own, and no rule files, works from the artefact store."""
    world.house.settings.artefacts = str(world.root / "shared-artefacts")
    world.run()
    undisturbed = {name: review.view(world.house, "rename").repo(name).commit for name in ("api", "pay/core")}
    assert all(undisturbed.values())
    elsewhere = world.fresh_house()
    elsewhere.settings.artefacts = str(world.root / "shared-artefacts")
    elsewhere.settings.home = world.root / "home-2"
    elsewhere.settings.rules = ()
    elsewhere.settings.database_url = ""
    elsewhere.__dict__["ledger"] = world.house.ledger
    review.approve(world.house, "rename", globs=["api", "pay/core"])
    done = use.deliver(elsewhere, "rename")
    assert {result.repo: result.state for result in done.results} == {"api": "created", "pay/core": "created"}
    assert {name: tip(world, name) for name in undisturbed} == undisturbed


SLOWLY = f"{SPEC}deliver: {{throttle: {{per_minute: 1}}}}\n"


def half_delivered(world):
    """A delivery stopped by Ctrl-C after the first of three, the next being due in a minute; who went out."""
    world.spec.write_text(SLOWLY)
    world.run()
    review.approve(world.house, "rename", globs=sorted(CHANGED))

    def stop(_result):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        use.deliver(world.house, "rename", on_result=stop)
    out = {name for name in CHANGED if tip(world, name)}
    assert len(out) == 1
    return out


def other_campaign(world):
    """Another campaign is run in the same home."""
    other = world.root / "other.yaml"
    other.write_text(SPEC.replace("name: rename", "name: other"))
    use.run_campaign(world.fresh_house(), other)


def test_a_delivery_that_was_stopped_stays_stopped(world):
    """After Ctrl-C nothing more is pushed, whatever else is run in this home, until it is delivered again."""
    out = half_delivered(world)
    other_campaign(world)
    assert {name for name in CHANGED if tip(world, name)} == out


def test_what_is_rejected_while_its_push_waits_is_not_pushed(world):
    """The push asks once more when its turn has come: between intent and turn people may decide."""
    world.spec.write_text(SLOWLY)
    world.run()
    review.approve(world.house, "rename", globs=sorted(CHANGED))
    with Station(world.house, size=1) as station:
        records = [world.house.ledger.states.get("rename", name) for name in sorted(CHANGED)]
        urls = [f"file://{world.remote(name)}" for name in sorted(CHANGED)]
        args = delivery_args("rename", records, urls)
        station.engine.start(Start(DELIVERY, "rename/deliver-1", args))
        wait_until(lambda: any(tip(world, name) for name in CHANGED))
        wait_until(lambda: sum(state == "delivered" for state in world.states().values()) == 1)
        waiting = sorted(name for name in CHANGED if not tip(world, name))
        review.reject(world.house, "rename", globs=waiting, reason="stop this")
        assert station.engine.ending("rename/deliver-1", timeout_s=30).state is RunState.DONE
    assert not any(tip(world, name) for name in waiting)
    other_campaign(world)
    assert not any(tip(world, name) for name in waiting)
    assert {world.states()[name] for name in waiting} == {"rejected"}


def test_the_push_itself_asks_whether_it_may(world):
    """Even with its turn granted and no run cancelled, a change that was rejected meanwhile is not pushed."""
    world.run()
    review.approve(world.house, "rename", globs=["api"])
    pushing = Pushing(world.house.ledger, world.house.mirrors, lambda record: None)
    commit = review.view(world.house, "rename").repo("api").commit
    task = pushing._intend(PushArgs("rename", "api", commit))
    review.reject(world.house, "rename", globs=["api"], reason="stop this")
    result = pushing._push_now(PushArgs("rename", "api", commit), task)
    assert (result.state, result.reason) == ("withheld", "is rejected now")
    assert tip(world, "api") == ""


def test_nothing_of_a_closed_campaign_is_pushed(world):
    """Closing stops what waits for its turn or for an approval."""
    out = half_delivered(world)
    use.close(world.house, "rename", delete_branches=True)
    other_campaign(world)
    assert not any(tip(world, name) for name in CHANGED)
    assert out


def test_a_push_that_arrives_as_it_is_rejected_is_told(world):
    """The branch is on the remote all the same: the record says so, and closing takes it back."""
    world.run()
    review.approve(world.house, "rename", globs=["api"])
    ledger, mirrors = world.house.ledger, world.house.mirrors
    pushing = Pushing(ledger, mirrors, lambda record: None)
    commit = review.view(world.house, "rename").repo("api").commit
    task = pushing._intend(PushArgs("rename", "api", commit))
    result = pushing._push_now(PushArgs("rename", "api", commit), task)
    review.reject(world.house, "rename", globs=["api"], reason="stop this")
    pushing._record(task, result)
    assert world.states()["api"] == "rejected"
    assert "is on the remote all the same" in world.reason("api")
    use.close(world.house, "rename", delete_branches=True)
    assert tip(world, "api") == ""
