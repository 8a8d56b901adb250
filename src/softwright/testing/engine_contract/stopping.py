"""Cancelling, retrying, forking, poisoned and forgotten runs."""

import threading
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from softwright.core import InvalidInput, OutsideFault
from softwright.engine import RunState, Start, Work
from softwright.testing.engine_contract.rig import (
    PATIENCE_S,
    EngineRig,
    Script,
    fresh,
    held,
    notes,
    refused,
    restart,
    until,
)


class StoppingContract:
    """What ends runs, and what takes them up again."""

    def test_a_cancelled_run_stops_at_its_next_step(self, rig: EngineRig) -> None:
        """The step that runs may end, no other begins; cancelling again stops nothing."""
        run, calls, go = fresh(), notes(), threading.Event()

        async def first() -> None:
            calls.append("first")
            await held(go)

        async def play(work: Work, args: Any) -> Any:
            await work.step("first", first)
            await work.step("second", lambda: calls.append("second"))

        rig.plays[run] = play
        rig.engine.start(Start("play", run))
        until(lambda: calls)
        assert rig.engine.cancel(run) == 1
        go.set()
        assert rig.engine.ending(run, timeout_s=PATIENCE_S).state is RunState.CANCELLED
        assert rig.engine.cancel(run) == 0
        restart(rig)
        _pass(rig)
        assert calls == ["first"]

    def test_a_cancelled_run_does_not_end_otherwise(self, rig: EngineRig) -> None:
        """Though its code comes to its end, or fails, after it was cancelled."""
        for error in (None, ValueError("late")):
            run, calls, go = fresh(), notes(), threading.Event()
            rig.plays[run] = _ender(calls, go, error)
            rig.engine.start(Start("play", run))
            until(partial(len, calls))
            rig.engine.cancel(run)
            go.set()
            _pass(rig)
            ending = rig.engine.ending(run, timeout_s=PATIENCE_S)
            assert (ending.state, ending.result) == (RunState.CANCELLED, None)

    def test_a_cancelled_run_gives_its_place_back(self, rig: EngineRig) -> None:
        """However long it would have waited: for a signal, for time to pass, for other runs."""
        for wait in ("signal", "time", "runs"):
            run, after = fresh(wait), fresh("after")

            async def play(work: Work, args: Any) -> Any:
                if args == "signal":
                    return await work.wait("never", timeout_s=3600)
                if args == "time":
                    await work.sleep(3600)
                await work.start([Start("play", f"{work.run}/child")])
                return await work.join([f"{work.run}/child"])

            async def child(work: Work, args: Any) -> Any:
                await work.sleep(3600)

            async def next_one(work: Work, args: Any) -> Any:
                return "my turn"

            rig.plays[run], rig.plays[f"{run}/*"], rig.plays[after] = play, child, next_one
            rig.engine.start(Start("narrow", run, wait))
            until(partial(rig.engine.steps, run), wait)
            rig.engine.start(Start("narrow", after))
            rig.engine.cancel(run)
            assert rig.engine.ending(after, timeout_s=PATIENCE_S).result == "my turn"

    def test_a_run_that_waits_in_its_queue_can_be_cancelled(self, rig: EngineRig) -> None:
        """It never begins."""
        run, calls = fresh(), notes()

        async def play(work: Work, args: Any) -> Any:
            calls.append(1)

        rig.plays[run] = play
        rig.close()
        try:
            rig.engine.start(Start("play", run))
            info = rig.engine.info(run)
            assert info is not None and info.state is RunState.QUEUED
            assert rig.engine.cancel(run) == 1
        finally:
            rig.launch()
        _pass(rig)
        assert rig.engine.ending(run, timeout_s=PATIENCE_S).state is RunState.CANCELLED
        assert calls == []

    def test_a_failed_run_is_taken_up_at_the_step_that_failed(self, rig: EngineRig) -> None:
        """Earlier steps, those that failed and were dealt with included, are not run again."""
        for wrapped in (False, True):
            run, calls, well = fresh(), notes(), threading.Event()
            rig.plays[run] = _troubled(calls, well, wrapped=wrapped)
            rig.engine.start(Start("play", run))
            assert rig.engine.ending(run, timeout_s=PATIENCE_S).state is RunState.FAILED
            well.set()
            rig.engine.retry(run)
            ending = rig.engine.ending(run, timeout_s=PATIENCE_S)
            assert ending.result == ["first", "minor trouble", "major"], ending
            assert ending.error == ""
            assert calls == ["first", "minor", "major", "major"]
            with refused(InvalidInput, run, "done"):
                rig.engine.retry(run)

    def test_a_run_whose_own_code_failed_keeps_its_steps(self, rig: EngineRig) -> None:
        """Mended code goes on after the last of them."""
        run, calls, mended = fresh(), notes(), threading.Event()

        async def play(work: Work, args: Any) -> Any:
            await work.step("only", calls.append, 1)
            if not mended.is_set():
                raise ZeroDivisionError("a mistake")
            return await work.step("then", lambda: "good")

        rig.plays[run] = play
        rig.engine.start(Start("play", run))
        assert rig.engine.ending(run, timeout_s=PATIENCE_S).state is RunState.FAILED
        mended.set()
        rig.engine.retry(run)
        assert rig.engine.ending(run, timeout_s=PATIENCE_S).result == "good"
        assert calls == [1]

    def test_a_cancelled_run_is_taken_up_where_it_stopped(self, rig: EngineRig) -> None:
        """An active one cannot be."""
        run, calls = fresh(), notes()

        async def play(work: Work, args: Any) -> Any:
            await work.step("first", calls.append, 1)
            return await work.wait("t", timeout_s=PATIENCE_S)

        rig.plays[run] = play
        rig.engine.start(Start("play", run))
        until(lambda: len(rig.engine.steps(run)) > 1)
        assert [step.name for step in rig.engine.steps(run)] == ["first", "wait"]
        with refused(InvalidInput, run, "running"):
            rig.engine.retry(run)
        rig.engine.cancel(run)
        rig.engine.retry(run)
        until(lambda: len(rig.engine.steps(run)) > 1)
        rig.engine.signal(run, "t", "well")
        assert rig.engine.ending(run, timeout_s=PATIENCE_S).result == "well"
        assert calls == [1]

    def test_a_run_that_outlives_no_executor_is_poisoned(self, rig: EngineRig) -> None:
        """After its kind's `attempts` beyond the first it is left alone, until somebody retries it."""
        run, calls, go = fresh(), notes(), threading.Event()

        async def play(work: Work, args: Any) -> Any:
            await work.step("first", lambda: None)
            calls.append(1)
            return await held(go)

        rig.plays[run] = play
        rig.engine.start(Start("fragile", run))
        until(lambda: len(calls) == 1)
        restart(rig)
        until(lambda: len(calls) == 2)
        restart(rig)
        assert rig.engine.ending(run, timeout_s=PATIENCE_S).state is RunState.POISONED
        assert len(calls) == 2
        go.set()
        rig.engine.retry(run)
        assert rig.engine.ending(run, timeout_s=PATIENCE_S).state is RunState.DONE

    def test_a_fork_takes_over_the_steps_before(self, rig: EngineRig) -> None:
        """And runs those from there on; the run it was made of stays as it is."""
        run, calls = fresh(), notes()
        news = [f"{run}-{i}" for i in (1, 2, 3)]

        async def play(work: Work, args: Any) -> Any:
            first = await work.step("first", _told, calls, (work.run, 1), (work.run, args))
            await work.step("second", lambda: calls.append((work.run, 2)))
            return first

        for name in (run, *news):
            rig.plays[name] = play
        rig.engine.start(Start("play", run, "args"))
        assert rig.engine.ending(run, timeout_s=PATIENCE_S).state is RunState.DONE
        rig.engine.fork(run, news[0])
        rig.engine.fork(run, news[1], step=2)
        rig.engine.fork(run, news[2], step=3)
        results = [rig.engine.ending(new, timeout_s=PATIENCE_S).result for new in news]
        assert results == [(news[0], "args"), (run, "args"), (run, "args")]
        assert sorted(calls) == sorted([(run, 1), (run, 2), (news[0], 1), (news[0], 2), (news[1], 2)])
        info = rig.engine.info(news[1])
        assert info is not None and (info.forked_from, info.kind) == (run, "play")
        with refused(InvalidInput, news[0], "already"):
            rig.engine.fork(run, news[0])
        for step in (0, 4):
            with refused(InvalidInput, run, f"no step {step}", "1 to 3"):
                rig.engine.fork(run, fresh(), step=step)
        with refused(InvalidInput, "is no id of a run"):
            rig.engine.fork(run, "bad/")

    def test_runs_that_ended_are_forgotten(self, rig: EngineRig) -> None:
        """The oldest first, as many as asked, those to be kept and those that are active not."""
        run, go = fresh(), threading.Event()

        async def play(work: Work, args: Any) -> Any:
            await work.step("one", lambda: None)
            return await held(go) if args == "long" else None

        rig.plays[f"{run}/*"] = play
        long = f"{run}/long"
        rig.engine.start(Start("play", long, "long"))
        while rig.engine.delete(ended_before=_tomorrow()):
            pass
        for name in ("a", "b", "c", "kept"):
            rig.engine.start(Start("play", f"{run}/{name}"))
            rig.engine.ending(f"{run}/{name}", timeout_s=PATIENCE_S)
        assert rig.engine.delete(ended_before=datetime.now(UTC) - timedelta(days=1)) == 0
        keep = [f"{run}/kept"]
        assert rig.engine.delete(ended_before=_tomorrow(), keep=keep, limit=2) == 2
        assert [info.id for info in rig.engine.runs(under=run, newest_first=False)] == [
            long,
            f"{run}/c",
            f"{run}/kept",
        ]
        assert rig.engine.delete(ended_before=_tomorrow(), keep=keep) == 1
        assert rig.engine.delete(ended_before=_tomorrow(), keep=[run]) == 0
        assert rig.engine.start(Start("play", f"{run}/a"))
        go.set()
        assert rig.engine.ending(long, timeout_s=PATIENCE_S).state is RunState.DONE


def _told(calls: list[Any], call: Any, result: Any) -> Any:
    calls.append(call)
    return result


def _tomorrow() -> datetime:
    return datetime.now(UTC) + timedelta(days=1)


def _pass(rig: EngineRig) -> None:
    """Let another run come and go, so that what was about to happen has happened."""
    run = fresh("pass")

    async def play(work: Work, args: Any) -> Any:
        return await work.step("only", lambda: None)

    rig.plays[run] = play
    rig.engine.start(Start("play", run))
    rig.engine.ending(run, timeout_s=PATIENCE_S)


def _ender(calls: list[Any], go: threading.Event, error: Exception | None) -> Script:
    async def play(work: Work, args: Any) -> Any:
        calls.append(1)
        await held(go)
        if error:
            raise error
        return "done"

    return play


def _troubled(calls: list[Any], well: threading.Event, *, wrapped: bool) -> Script:
    """Steps of which one always fails, and one till all is well."""

    def act(name: str) -> str:
        calls.append(name)
        if name == "minor" or (name == "major" and not well.is_set()):
            raise OutsideFault(f"{name} trouble")
        return name

    async def play(work: Work, args: Any) -> Any:
        got = [await work.step("first", act, "first")]
        try:
            await work.step("minor", act, "minor")
        except OutsideFault as error:
            got.append(error.message)
        try:
            got.append(await work.step("major", act, "major"))
        except OutsideFault as error:
            if wrapped:
                raise InvalidInput("the whole thing failed") from error
            raise
        return got

    return play
