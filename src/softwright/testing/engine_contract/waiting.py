"""Signals, and runs that wait for them; progress."""

import threading
from typing import Any

from softwright.core import InvalidInput
from softwright.engine import RunState, Start, Work
from softwright.testing.engine_contract.rig import (
    PATIENCE_S,
    EngineRig,
    Parcel,
    Stranger,
    fresh,
    held,
    notes,
    refused,
    restart,
    until,
)


class WaitingContract:
    """What waiting for signals must do."""

    def test_a_signal_may_come_before_or_after_the_wait(self, rig: EngineRig) -> None:
        """Values of one topic come in the order of their sending, topics are apart."""
        run, met, go = fresh(), notes(), threading.Event()

        async def play(work: Work, args: Any) -> Any:
            await work.step("begin", held, go)
            for topic in ("b", "a", "a", "late"):
                met.append(await work.wait(topic, timeout_s=PATIENCE_S))
            return met

        rig.plays[run] = play
        rig.engine.start(Start("play", run))
        for topic, value in (("a", 1), ("a", (2,)), ("b", Parcel("three"))):
            rig.engine.signal(run, topic, value)
        go.set()
        until(lambda: len(met) == 3)
        rig.engine.signal(run, "late", None)
        assert rig.engine.ending(run, timeout_s=PATIENCE_S).result == [Parcel("three"), 1, (2,), None]

    def test_the_same_key_counts_once(self, rig: EngineRig) -> None:
        """Within one run, whenever it comes; without a key each signal is one of its own."""
        run, other = fresh(), fresh()

        async def play(work: Work, args: Any) -> Any:
            first = await work.wait("vote", timeout_s=PATIENCE_S)
            await work.step("again", lambda: rig.engine.signal(work.run, "vote", "no", key="ann"))
            return first, await work.wait("vote", timeout_s=PATIENCE_S)

        rig.plays[run] = rig.plays[other] = play
        for name in (run, other):
            rig.engine.start(Start("play", name))
            rig.engine.signal(name, "vote", "yes", key="ann")
            rig.engine.signal(name, "vote", "twice", key="ann")
        rig.engine.signal(run, "vote", "also", key="bob")
        rig.engine.signal(other, "vote", "also")
        for name in (run, other):
            assert rig.engine.ending(name, timeout_s=PATIENCE_S).result == ("yes", "also")

    def test_a_wait_without_signal_gives_none(self, rig: EngineRig) -> None:
        """After its time limit; a signal that comes later is there for the next wait."""
        run = fresh()

        async def play(work: Work, args: Any) -> Any:
            nothing = await work.wait("t", timeout_s=0.05)
            await work.step("send", lambda: rig.engine.signal(work.run, "t", 1))
            return nothing, await work.wait("t", timeout_s=PATIENCE_S)

        rig.plays[run] = play
        rig.engine.start(Start("play", run))
        assert rig.engine.ending(run, timeout_s=PATIENCE_S).result == (None, 1)

    def test_a_waiting_run_survives_restarts(self, rig: EngineRig) -> None:
        """A signal that comes while nobody runs is kept, and one that was received is not received again."""
        run, met, second = fresh(), notes(), notes()

        async def play(work: Work, args: Any) -> Any:
            met.append(await work.wait("t", timeout_s=PATIENCE_S))
            second.append(await work.wait("t", timeout_s=PATIENCE_S))
            return await work.wait("t", timeout_s=PATIENCE_S)

        rig.plays[run] = play
        rig.engine.start(Start("play", run))
        until(lambda: rig.engine.steps(run), "the wait")
        restart(rig)
        rig.engine.signal(run, "t", 1)
        until(lambda: met)
        rig.close()
        rig.engine.signal(run, "t", 2)
        rig.launch()
        until(lambda: second)
        restart(rig)
        rig.engine.signal(run, "t", 3)
        assert rig.engine.ending(run, timeout_s=PATIENCE_S).result == 3
        assert set(met) == {1} and set(second) == {2}

    def test_signals_that_cannot_be_sent(self, rig: EngineRig) -> None:
        """To a run that has ended, and values that cannot be kept."""
        run, go = fresh(), threading.Event()

        async def play(work: Work, args: Any) -> Any:
            await held(go)
            return await work.wait("t", timeout_s=0)

        rig.plays[run] = play
        rig.engine.start(Start("play", run))
        with refused(InvalidInput, "Stranger"):
            rig.engine.signal(run, "t", Stranger())
        go.set()
        assert rig.engine.ending(run, timeout_s=PATIENCE_S).result is None
        with refused(InvalidInput, run, "done", "`t`"):
            rig.engine.signal(run, "t", 1)

    def test_progress_is_what_was_said_last(self, rig: EngineRig) -> None:
        """None before anything was said; kept over restarts and after the end."""
        run, go = fresh(), threading.Event()

        async def play(work: Work, args: Any) -> Any:
            await work.wait("begin", timeout_s=PATIENCE_S)
            await work.progress({"done": (0, 2)})
            await work.progress(Parcel("half", 1))
            return await work.step("hold", held, go)

        rig.plays[run] = play
        rig.engine.start(Start("play", run))
        assert rig.engine.progress(run) is None
        rig.engine.signal(run, "begin")
        until(lambda: rig.engine.progress(run) == Parcel("half", 1))
        restart(rig)
        assert rig.engine.progress(run) == Parcel("half", 1)
        go.set()
        assert rig.engine.ending(run, timeout_s=PATIENCE_S).state is RunState.DONE
        assert rig.engine.progress(run) == Parcel("half", 1)
