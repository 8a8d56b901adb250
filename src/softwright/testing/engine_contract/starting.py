"""Starting runs, what travels with them, how they end."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import Any

from softwright.core import InvalidInput, LimitHit, OutsideFault
from softwright.engine import Ending, RunState, Start, Work
from softwright.testing.engine_contract.rig import (
    PATIENCE_S,
    EngineRig,
    Parcel,
    Stranger,
    fresh,
    held,
    notes,
    refused,
)


class StartingContract:
    """What starting a run must do."""

    def test_an_id_is_started_once(self, rig: EngineRig) -> None:
        """A second start joins the run that is there, whether it is active or has ended."""
        run, calls, go = fresh(), notes(), threading.Event()

        async def play(work: Work, args: Any) -> Any:
            calls.append(args)
            await held(go)
            return args

        rig.plays[run] = play
        assert rig.engine.start(Start("play", run, 1))
        assert not rig.engine.start(Start("play", run, 2))
        go.set()
        assert rig.engine.ending(run, timeout_s=PATIENCE_S) == Ending(run, RunState.DONE, 1)
        assert not rig.engine.start(Start("play", run, 3))
        assert calls == [1]

    def test_many_are_started_and_the_new_ones_counted(self, rig: EngineRig) -> None:
        """Those that are there already do not count, one that is named twice counts once."""
        run = fresh()
        rig.plays[f"{run}/*"] = _echo
        assert rig.engine.start_many([]) == 0
        assert rig.engine.start_many([Start("play", f"{run}/1", 1), Start("play", f"{run}/1", 1)]) == 1
        assert rig.engine.start_many([Start("play", f"{run}/{i}", i) for i in range(1, 4)]) == 2
        results = [rig.engine.ending(f"{run}/{i}", timeout_s=PATIENCE_S).result for i in range(1, 4)]
        assert results == [1, 2, 3]

    def test_many_are_started_or_none(self, rig: EngineRig) -> None:
        """One that cannot be started keeps the others from being started."""
        run = fresh()
        good = Start("play", f"{run}/good")
        for bad in (Start("pley", f"{run}/bad"), Start("play", f"{run}/bad", Stranger())):
            with refused(InvalidInput):
                rig.engine.start_many([good, bad])
            assert rig.engine.info(good.id) is None

    def test_of_many_starters_at_once_one_is_told_so(self, rig: EngineRig) -> None:
        """Exactly one of those who start the same id at the same moment hears that it is new."""
        run, together = fresh(), threading.Barrier(6)
        rig.plays[f"{run}/*"] = _echo

        def start(_: int) -> list[bool]:
            told = []
            for number in range(10):
                together.wait()
                told.append(rig.engine.start(Start("play", f"{run}/{number}")))
            return told

        with ThreadPoolExecutor(6) as pool:
            told = list(pool.map(start, range(6)))
        assert [sum(new) for new in zip(*told, strict=True)] == [1] * 10

    def test_says_why_a_run_cannot_be_started(self, rig: EngineRig) -> None:
        """Unknown kinds, wrong ids, missing and needless partitions, values that cannot be kept."""
        run = fresh()
        with refused(InvalidInput, "pley", "did you mean `play`?"):
            rig.engine.start(Start("pley", run))
        for wrong in ("", "/a", "a/"):
            with refused(InvalidInput, f"`{wrong}`", "is no id of a run"):
                rig.engine.start(Start("play", wrong))
        with refused(InvalidInput, run, "must name a partition", "hosts"):
            rig.engine.start(Start("hosted", run))
        with refused(InvalidInput, run, "cannot have a partition", "open"):
            rig.engine.start(Start("play", run, partition="a"))
        with refused(InvalidInput, "who", "Stranger", "not registered"):
            rig.engine.start(Start("play", run, {"who": Stranger()}))
        with refused(InvalidInput, "over the limit", "artefact store"):
            rig.engine.start(Start("play", run, "x" * 200_000))
        assert rig.engine.info(run) is None

    def test_values_arrive_as_they_were(self, rig: EngineRig) -> None:
        """Arguments and results keep their types, registered classes included."""
        value = {
            "tuple": (1, 2.5, "ü", None, True),
            "bytes": b"\x00\xff",
            "when": datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC),
            "parcel": [Parcel("a", 3), {Parcel("b")}],
            "path": PurePosixPath("a/b"),
            7: timedelta(seconds=1),
        }
        seen, run = notes(), fresh()

        async def play(work: Work, args: Any) -> Any:
            seen.append(args)
            return await work.step("same", lambda: args)

        rig.plays[run] = play
        rig.engine.start(Start("play", run, value))
        assert rig.engine.ending(run, timeout_s=PATIENCE_S).result == value
        assert seen == [value]

    def test_a_failure_is_told_in_one_line(self, rig: EngineRig) -> None:
        """State, error and where it ended are the same in every view."""
        for error, words in (
            (OutsideFault("the disk\nis full", hint="empty it"), ("the disk is full", "empty it")),
            (ValueError("no such thing"), ("ValueError", "no such thing")),
        ):
            run = fresh()
            rig.plays[run] = _raiser(error)
            rig.engine.start(Start("play", run))
            ending = rig.engine.ending(run, timeout_s=PATIENCE_S)
            info = rig.engine.info(run)
            assert info is not None
            assert ending.state is info.state is RunState.FAILED
            assert ending.result is None
            assert ending.error == info.error
            assert "\n" not in ending.error
            assert all(word in ending.error for word in words), ending.error

    def test_a_result_that_cannot_be_kept_fails_the_run(self, rig: EngineRig) -> None:
        """The error names the place inside the value."""
        run = fresh()

        async def play(work: Work, args: Any) -> Any:
            return {"guests": [Stranger()]}

        rig.plays[run] = play
        rig.engine.start(Start("play", run))
        ending = rig.engine.ending(run, timeout_s=PATIENCE_S)
        assert ending.state is RunState.FAILED
        assert "guests[0]" in ending.error

    def test_waiting_for_an_ending_has_a_limit(self, rig: EngineRig) -> None:
        """LimitHit, and the run goes on."""
        run, go = fresh(), threading.Event()

        async def play(work: Work, args: Any) -> Any:
            return await held(go)

        rig.plays[run] = play
        rig.engine.start(Start("play", run))
        with refused(LimitHit, run):
            rig.engine.ending(run, timeout_s=0.05)
        go.set()
        assert rig.engine.ending(run, timeout_s=PATIENCE_S).state is RunState.DONE

    def test_a_run_that_is_not_there_is_invalid_input(self, rig: EngineRig) -> None:
        """Every verb says so; `info` and `progress` give None."""
        run, engine = fresh("nobody"), rig.engine
        assert engine.info(run) is None
        assert engine.progress(run) is None
        for verb in (
            lambda: engine.steps(run),
            lambda: engine.ending(run, timeout_s=1),
            lambda: engine.signal(run, "topic"),
            lambda: engine.cancel(run),
            lambda: engine.retry(run),
            lambda: engine.fork(run, fresh()),
        ):
            with refused(InvalidInput, f"`{run}`"):
                verb()


async def _echo(work: Work, args: Any) -> Any:
    return args


def _raiser(error: Exception) -> Any:
    async def play(work: Work, args: Any) -> Any:
        raise error

    return play
