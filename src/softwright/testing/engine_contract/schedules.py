"""Runs that are started by the clock."""

import time
from datetime import datetime

from softwright.core import InvalidInput
from softwright.engine import RunState
from softwright.testing.engine_contract.rig import (
    PATIENCE_S,
    EngineRig,
    Parcel,
    Stranger,
    fresh,
    refused,
    restart,
    until,
)

EVERY_SECOND = "* * * * * *"
NEVER_NOW = "0 3 29 2 *"


class SchedulesContract:
    """What schedules must do."""

    def test_a_schedule_starts_runs(self, rig: EngineRig) -> None:
        """One a moment, with the arguments given, in the kind's queue, until it is taken away."""
        name, args = fresh("every-second"), {"who": (Parcel("a"),)}
        rig.engine.schedule(name, "tick", EVERY_SECOND, args)
        try:
            until(lambda: len(_ticks(rig, name)) >= 2, "the second tick")
            restart(rig)
            before = len(_ticks(rig, name))
            until(lambda: len(_ticks(rig, name)) > before, "a tick after the restart")
        finally:
            assert rig.engine.unschedule(name)
        runs = _ticks(rig, name)
        assert len(set(runs)) == len(runs)
        for run in runs:
            moment = datetime.fromisoformat(run.removeprefix(f"sched-{name}-"))
            assert moment.utcoffset() is not None
        info = rig.engine.info(runs[0])
        assert info is not None
        assert (info.kind, info.queue) == ("tick", "open")
        assert rig.engine.ending(runs[0], timeout_s=PATIENCE_S).state is RunState.DONE
        assert all(told == args for run, told in rig.plays.ticks if run in runs)
        fired = _runs(rig, name)
        until(lambda: _is_quiet(rig, name), "quiet")
        assert len(_runs(rig, name)) - len(fired) <= 3

    def test_the_same_name_again_changes_the_schedule(self, rig: EngineRig) -> None:
        """Names are unique; the list is in their order."""
        one, other = fresh("a-schedule"), fresh("b-schedule")
        rig.engine.schedule(other, "tick", NEVER_NOW)
        rig.engine.schedule(one, "tick", NEVER_NOW, 1)
        rig.engine.schedule(one, "tick", NEVER_NOW, 1)
        rig.engine.schedule(one, "play", "@yearly", (2,))
        found = [schedule for schedule in rig.engine.schedules() if schedule.name in (one, other)]
        assert [(s.name, s.kind, s.cron, s.args) for s in found] == [
            (one, "play", "@yearly", (2,)),
            (other, "tick", NEVER_NOW, None),
        ]
        assert rig.engine.unschedule(one)
        assert not rig.engine.unschedule(one)
        assert one not in {schedule.name for schedule in rig.engine.schedules()}
        rig.engine.unschedule(other)

    def test_says_why_a_schedule_cannot_be(self, rig: EngineRig) -> None:
        """Wrong and impossible times, unknown kinds, queues with partitions, values that cannot be kept."""
        name = fresh("bad")
        for cron in ("", "often", "61 * * * *", "* * * *", "0 0 30 2 *"):
            with refused(InvalidInput, f"`{cron}`", "0 3 * * *"):
                rig.engine.schedule(name, "tick", cron)
        with refused(InvalidInput, "tock", "did you mean `tick`?"):
            rig.engine.schedule(name, "tock", NEVER_NOW)
        with refused(InvalidInput, name, "hosts", "partition"):
            rig.engine.schedule(name, "hosted", NEVER_NOW)
        with refused(InvalidInput, "Stranger"):
            rig.engine.schedule(name, "tick", NEVER_NOW, Stranger())
        for wrong in ("", "a/b", " "):
            with refused(InvalidInput, f"`{wrong}`"):
                rig.engine.schedule(wrong, "tick", NEVER_NOW)
        assert name not in {schedule.name for schedule in rig.engine.schedules()}


def _ticks(rig: EngineRig, name: str) -> list[str]:
    """Runs of the schedule whose step has run."""
    return [run for run, _ in list(rig.plays.ticks) if run.startswith(f"sched-{name}-")]


def _runs(rig: EngineRig, name: str) -> list[str]:
    found = rig.engine.runs(kinds=["tick"], limit=1000)
    return [info.id for info in found if info.id.startswith(f"sched-{name}-")]


def _is_quiet(rig: EngineRig, name: str) -> bool:
    before = len(_runs(rig, name))
    time.sleep(1.5)
    return len(_runs(rig, name)) == before
