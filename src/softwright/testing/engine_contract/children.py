"""Runs that start runs and wait for them."""

import threading
from typing import Any

from softwright.core import InvalidInput, OutsideFault
from softwright.engine import ACTIVE, RunState, Start, Work
from softwright.testing.engine_contract.rig import PATIENCE_S, EngineRig, fresh, held, notes, restart, until


class ChildrenContract:
    """What starting and joining runs from inside a run must do."""

    def test_endings_come_in_the_order_asked(self, rig: EngineRig) -> None:
        """Those that failed or were cancelled are endings too, with the same words as outside."""
        run, never = fresh(), threading.Event()
        names = [f"{run}/{name}" for name in ("long", "bad", "good")]

        async def parent(work: Work, args: Any) -> Any:
            new = await work.start([Start("play", name) for name in names])
            return new, await work.join(names), await work.join([])

        async def child(work: Work, args: Any) -> Any:
            if work.run.endswith("bad"):
                raise OutsideFault("broken")
            return await held(never) if work.run.endswith("long") else {"fine": (1,)}

        rig.plays[run], rig.plays[f"{run}/*"] = parent, child
        rig.engine.start(Start("play", run))
        until(lambda: rig.engine.info(names[2]) is not None)
        rig.engine.ending(names[2], timeout_s=PATIENCE_S)
        rig.engine.cancel(names[0])
        result: Any = rig.engine.ending(run, timeout_s=PATIENCE_S).result
        new, endings, none = result
        assert (new, none) == (3, [])
        assert [ending.id for ending in endings] == names
        assert [ending.state for ending in endings] == [RunState.CANCELLED, RunState.FAILED, RunState.DONE]
        assert "broken" in endings[1].error
        assert endings[2].result == {"fine": (1,)}
        assert endings == [rig.engine.ending(name) for name in names]
        info = rig.engine.info(names[0])
        assert info is not None and info.parent == run

    def test_a_run_starts_runs_under_its_own_id_only(self, rig: EngineRig) -> None:
        """So that whatever it started is stopped with it."""
        for strange in ("elsewhere", "{run}", "{run}x/1"):
            run = fresh()

            async def play(work: Work, args: Any) -> Any:
                return await work.start([Start("play", f"{work.run}/good"), Start("play", args)])

            rig.plays[run] = play
            rig.engine.start(Start("play", run, strange.format(run=run)))
            ending = rig.engine.ending(run, timeout_s=PATIENCE_S)
            assert ending.state is RunState.FAILED
            assert "must begin with its own" in ending.error
            assert rig.engine.info(f"{run}/good") is None

    def test_a_run_starts_all_or_none(self, rig: EngineRig) -> None:
        """As from outside; the error says what is wrong."""
        run = fresh()

        async def play(work: Work, args: Any) -> Any:
            try:
                await work.start([Start("play", f"{work.run}/1"), Start("hosted", f"{work.run}/2")])
            except InvalidInput as error:
                return error.message

        rig.plays[run] = play
        rig.engine.start(Start("play", run))
        assert "partition" in str(rig.engine.ending(run, timeout_s=PATIENCE_S).result)
        assert rig.engine.info(f"{run}/1") is None

    def test_joining_a_run_that_is_not_there_is_an_error(self, rig: EngineRig) -> None:
        """And not an endless wait."""
        run = fresh()

        async def play(work: Work, args: Any) -> Any:
            try:
                await work.join([f"{work.run}/nobody"])
            except InvalidInput as error:
                return error.message

        rig.plays[run] = play
        rig.engine.start(Start("play", run))
        assert f"{run}/nobody" in str(rig.engine.ending(run, timeout_s=PATIENCE_S).result)

    def test_a_parent_that_waits_survives_a_restart(self, rig: EngineRig) -> None:
        """The number it was told when it started them stays, nothing is started twice."""
        run, calls, go = fresh(), notes(), threading.Event()

        async def parent(work: Work, args: Any) -> Any:
            new = await work.start([Start("play", f"{work.run}/{i}", i) for i in range(3)])
            return new, [ending.result for ending in await work.join([f"{run}/{i}" for i in range(3)])]

        async def child(work: Work, args: Any) -> Any:
            await work.step("begin", calls.append, args)
            await held(go)
            return args

        rig.plays[run], rig.plays[f"{run}/*"] = parent, child
        rig.engine.start(Start("play", run))
        until(lambda: len(calls) == 3)
        until(lambda: all(len(rig.engine.steps(f"{run}/{i}")) == 1 for i in range(3)))
        restart(rig)
        go.set()
        assert rig.engine.ending(run, timeout_s=PATIENCE_S).result == (3, [0, 1, 2])
        assert sorted(calls) == [0, 1, 2]

    def test_a_cancelled_run_leaves_no_children_behind(self, rig: EngineRig) -> None:
        """Though it was starting them at that moment, one after the other, and they their own."""
        run, many = fresh(), 60

        async def parent(work: Work, args: Any) -> Any:
            for number in range(many):
                await work.start([Start("play", f"{work.run}/{number}")])
            return await work.join([f"{work.run}/{number}" for number in range(many)])

        async def child(work: Work, args: Any) -> Any:
            await work.start([Start("play", f"{work.run}/leaf")])
            await work.sleep(3600)

        async def leaf(work: Work, args: Any) -> Any:
            await work.sleep(3600)

        rig.plays[run], rig.plays[f"{run}/*"] = parent, child
        for number in range(many):
            rig.plays[f"{run}/{number}/*"] = leaf
        rig.engine.start(Start("play", run))
        until(lambda: len(rig.engine.runs(under=run)) > 6)
        rig.engine.cancel(run)
        assert rig.engine.runs(under=run, states=ACTIVE) == []
        before = rig.engine.counts(under=run)
        marker = fresh()  # when a later run has come and gone, whatever was in flight has landed
        rig.plays[marker] = _leafless
        rig.engine.start(Start("play", marker))
        rig.engine.ending(marker, timeout_s=PATIENCE_S)
        assert rig.engine.counts(under=run) == before
        assert set(before) == {RunState.CANCELLED}


async def _leafless(work: Work, args: Any) -> Any:
    return await work.step("only", lambda: None)
