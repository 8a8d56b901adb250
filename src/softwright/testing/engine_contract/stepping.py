"""Steps: recorded once, replayed the same."""

import threading
import time
from typing import Any

from softwright.core import InvalidInput, LimitHit, OutsideFault, RecordAway
from softwright.engine import RemoteError, RunState, Start, Work
from softwright.testing.engine_contract.rig import (
    PATIENCE_S,
    EngineRig,
    Stranger,
    fresh,
    held,
    notes,
    restart,
    until,
)


class SteppingContract:
    """What a step must do."""

    def test_a_step_that_ended_is_not_run_again(self, rig: EngineRig) -> None:
        """After a restart its result is given again; the step that was running is run again."""
        run, calls, go = fresh(), notes(), threading.Event()

        async def second(number: int) -> int:
            calls.append("second")
            await held(go)
            return number + 1

        async def play(work: Work, args: Any) -> Any:
            first = await work.step("first", _told, calls, "first", (1, 2))
            return first, await work.step("second", second, first[1])

        rig.plays[run] = play
        rig.engine.start(Start("play", run))
        until(lambda: "second" in calls)
        rig.close()
        go.set()
        rig.launch()
        assert rig.engine.ending(run, timeout_s=PATIENCE_S).result == ((1, 2), 3)
        assert calls == ["first", "second", "second"]

    def test_an_error_is_replayed_as_it_was(self, rig: EngineRig) -> None:
        """The class that the run sees is the same the first time and after a restart."""
        run, seen, calls, go = fresh(), notes(), notes(), threading.Event()
        errors = [
            OutsideFault("no answer", hint="later", where="forge"),
            _Refinement("own kind"),
            ValueError("not of the house"),
            KeyError("k"),
        ]

        def fail(number: int) -> None:
            calls.append(number)
            raise errors[number]

        async def play(work: Work, args: Any) -> Any:
            met = []
            for number in range(len(errors)):
                try:
                    await work.step(f"fail {number}", fail, number)
                except Exception as error:
                    met.append((type(error), str(error), getattr(error, "hint", "")))
            seen.append(met)
            return await held(go)

        rig.plays[run] = play
        rig.engine.start(Start("play", run))
        until(lambda: seen)
        restart(rig)
        until(lambda: len(seen) == 2)
        go.set()
        assert rig.engine.ending(run, timeout_s=PATIENCE_S).state is RunState.DONE
        assert seen[0] == seen[1]
        assert [kind for kind, *_ in seen[0]] == [OutsideFault, InvalidInput, RemoteError, RemoteError]
        assert "not of the house" in seen[0][2][1]
        assert calls == [0, 1, 2, 3]

    def test_synchronous_functions_run_beside_the_loop(self, rig: EngineRig) -> None:
        """They may block without holding up other runs; asynchronous ones run on the loop."""
        run = fresh()
        threads: dict[str, int] = {}

        async def asynchronous() -> None:
            threads["async"] = threading.get_ident()

        async def play(work: Work, args: Any) -> Any:
            threads["loop"] = threading.get_ident()
            await work.step("async", asynchronous)
            await work.step("sync", lambda: threads.update(sync=threading.get_ident()))
            return await work.step("lambda", lambda: asynchronous())

        rig.plays[run] = play
        rig.engine.start(Start("play", run))
        assert rig.engine.ending(run, timeout_s=PATIENCE_S).state is RunState.DONE
        assert threads["async"] == threads["loop"] != threads["sync"]

    def test_long_synchronous_steps_hold_nobody_up(self, rig: EngineRig) -> None:
        """While many of them wait for something outside, other runs begin and end."""
        run, go = fresh(), threading.Event()

        async def slow(work: Work, args: Any) -> Any:
            return await work.step("slow", go.wait, PATIENCE_S)

        async def quick(work: Work, args: Any) -> Any:
            return await work.step("quick", _told, notes(), "quick", args)

        rig.plays[f"{run}/*"], rig.plays[run] = slow, quick
        rig.engine.start_many([Start("play", f"{run}/{number}") for number in range(24)])
        until(lambda: rig.engine.counts(under=f"{run}/23").get(RunState.RUNNING))
        rig.engine.start(Start("play", run, 1))
        try:
            assert rig.engine.ending(run, timeout_s=PATIENCE_S).result == 1
        finally:
            go.set()
        endings = [rig.engine.ending(f"{run}/{number}", timeout_s=PATIENCE_S) for number in range(24)]
        assert all(ending.result is True for ending in endings)

    def test_a_fault_from_outside_is_tried_again(self, rig: EngineRig) -> None:
        """As often as asked; any other error is final."""
        run, calls = fresh(), notes()

        def flaky() -> str:
            calls.append("flaky")
            if calls.count("flaky") < 2:
                raise OutsideFault("not now")
            return "now"

        def wrong() -> None:
            calls.append("wrong")
            raise InvalidInput("never")

        async def play(work: Work, args: Any) -> Any:
            said = await work.step("flaky", flaky, attempts=3)
            try:
                await work.step("wrong", wrong, attempts=3)
            except InvalidInput as error:
                return said, error.message

        rig.plays[run] = play
        rig.engine.start(Start("play", run))
        assert rig.engine.ending(run, timeout_s=PATIENCE_S).result == ("now", "never")
        assert calls == ["flaky", "flaky", "wrong"]

    def test_a_record_that_is_away_costs_no_attempt(self, rig: EngineRig) -> None:
        """It is waited for, however often it is asked; who wants one attempt gets one."""
        run, calls = fresh(), notes()

        def read() -> str:
            calls.append("read")
            if calls.count("read") < 4:
                raise RecordAway("the server is starting")
            return "back"

        def once() -> None:
            raise RecordAway("the server is starting")

        async def play(work: Work, args: Any) -> Any:
            said = await work.step("read", read, attempts=2)
            try:
                await work.step("once", once)
            except OutsideFault as error:
                return said, error.message

        rig.plays[run] = play
        rig.engine.start(Start("play", run))
        assert rig.engine.ending(run, timeout_s=PATIENCE_S).result == ("back", "the server is starting")
        assert calls == ["read"] * 4

    def test_a_stray_end_of_iteration_ends_the_step(self, rig: EngineRig) -> None:
        """StopIteration, which no future can carry, is an error like any other."""
        run = fresh()

        def stray() -> None:
            raise StopIteration

        async def play(work: Work, args: Any) -> Any:
            try:
                await work.step("stray", stray)
            except RemoteError as error:
                return error.message

        rig.plays[run] = play
        rig.engine.start(Start("play", run))
        assert "StopIteration" in str(rig.engine.ending(run, timeout_s=PATIENCE_S).result)

    def test_a_step_may_have_a_time_limit(self, rig: EngineRig) -> None:
        """An asynchronous function is stopped with LimitHit."""
        run, never = fresh(), threading.Event()

        async def play(work: Work, args: Any) -> Any:
            try:
                await work.step("slow", held, never, timeout_s=0.05)
            except LimitHit as error:
                return error.message

        rig.plays[run] = play
        rig.engine.start(Start("play", run))
        said = rig.engine.ending(run, timeout_s=PATIENCE_S).result
        assert "slow" in str(said) and "0.05 s" in str(said)

    def test_a_result_that_cannot_be_kept_is_an_error(self, rig: EngineRig) -> None:
        """At the step that gave it, at once, and not only when it is replayed."""
        run = fresh()

        async def play(work: Work, args: Any) -> Any:
            return await work.step("odd", lambda: [Stranger()]) and "went on"

        rig.plays[run] = play
        rig.engine.start(Start("play", run))
        ending = rig.engine.ending(run, timeout_s=PATIENCE_S)
        assert ending.state is RunState.FAILED
        assert "[0]" in ending.error and "Stranger" in ending.error

    def test_steps_are_listed_in_order(self, rig: EngineRig) -> None:
        """Numbers grow from 1; a failed step has its error in one line, waits and starts are listed too."""
        run = fresh()

        async def play(work: Work, args: Any) -> Any:
            await work.step("one", lambda: 1)
            await work.progress("half")
            await work.sleep(0.01)
            await work.wait("nothing", timeout_s=0.01)
            await work.start([])
            await work.join([])
            await work.step("last", _fail)

        rig.plays[run] = play
        rig.engine.start(Start("play", run))
        rig.engine.ending(run, timeout_s=PATIENCE_S)
        steps = rig.engine.steps(run)
        assert [step.name for step in steps] == ["one", "progress", "sleep", "wait", "start", "join", "last"]
        numbers = [step.number for step in steps]
        assert numbers[0] == 1 and numbers == sorted(set(numbers))
        assert [step.error for step in steps[:-1]] == [""] * 6
        assert "two lines" in steps[-1].error
        assert all(step.seconds is None or step.seconds >= 0 for step in steps)

    def test_code_that_takes_another_path_fails(self, rig: EngineRig) -> None:
        """A recorded result is never taken for that of another step."""
        run, seen, go = fresh(), notes(), threading.Event()

        async def play(work: Work, args: Any) -> Any:
            name = "changed" if seen else "first"
            seen.append(await work.step(name, lambda: name))
            return await held(go)

        rig.plays[run] = play
        rig.engine.start(Start("play", run))
        until(lambda: seen)
        restart(rig)
        ending = rig.engine.ending(run, timeout_s=PATIENCE_S)
        assert ending.state is RunState.FAILED
        assert "first" in ending.error and "changed" in ending.error
        assert seen == ["first"]

    def test_waits_go_on_while_nobody_runs(self, rig: EngineRig) -> None:
        """A sleep and the time limit of a wait are not begun anew by a restart."""
        sleeper, waiter, begun = fresh("sleeper"), fresh("waiter"), notes()

        async def sleep(work: Work, args: Any) -> Any:
            await work.step("begin", lambda: begun.append(work.run))
            await work.sleep(_NAP_S)

        async def wait(work: Work, args: Any) -> Any:
            await work.step("begin", lambda: begun.append(work.run))
            return await work.wait("never", timeout_s=_NAP_S)

        rig.plays[sleeper], rig.plays[waiter] = sleep, wait
        rig.engine.start_many([Start("play", sleeper), Start("play", waiter)])
        until(lambda: len(begun) == 2 and all(_is_waiting(rig, run) for run in (sleeper, waiter)))
        rig.close()
        time.sleep(_NAP_S)
        rig.launch()
        for run in (sleeper, waiter):
            assert rig.engine.ending(run, timeout_s=_NAP_S * 0.9).state is RunState.DONE


_NAP_S = 2.0


def _told(calls: list[Any], call: Any, result: Any) -> Any:
    calls.append(call)
    return result


def _is_waiting(rig: EngineRig, run: str) -> bool:
    return len(rig.engine.steps(run)) > 1


def _fail() -> None:
    raise OutsideFault("two\nlines")


class _Refinement(InvalidInput):
    """An error class that payloads do not know: its nearest ancestor stands for it."""
