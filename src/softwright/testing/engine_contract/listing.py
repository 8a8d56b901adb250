"""Finding runs, counting them, and how many run at once."""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from softwright.engine import ACTIVE, ENDED, RunState, Start, Work
from softwright.testing.engine_contract.rig import PACE, PATIENCE_S, EngineRig, fresh, held, notes, until

_LIKE = (
    "a%c",
    "a_c",
    "abc",
    "ABC",
    "Abc",
    "aäc",
    "日本/é",
    "a%c/x",
    "abc/x/y",
    "abc-",
    "abc0",
    "a'b",
    "a\\b",
)


class ListingContract:
    """What lists and queues must do."""

    def test_ids_are_compared_as_they_are(self, rig: EngineRig) -> None:
        """`under` knows no wildcards, tells upper from lower case, and parts only at a slash."""
        run = fresh()
        rig.plays[run] = _nothing
        names = [f"{run}/{name}" for name in _LIKE]
        for name in names:
            rig.plays[name] = _nothing
        assert rig.engine.start_many([Start("play", name) for name in names]) == len(names)
        for name in names:
            rig.engine.ending(name, timeout_s=PATIENCE_S)
        for name in names:
            below = {other for other in names if other == name or other.startswith(f"{name}/")}
            assert {info.id for info in rig.engine.runs(under=name)} == below
            assert rig.engine.counts(under=name) == {RunState.DONE: len(below)}
        assert {info.id for info in rig.engine.runs(under=f"{run}/日本")} == {f"{run}/日本/é"}
        assert rig.engine.runs(under=f"{run}/%") == []
        assert (
            rig.engine.delete(
                ended_before=datetime.now(UTC) + timedelta(days=1),
                keep=[name for name in names if name != names[1]],
            )
            > 0
        )
        assert {info.id for info in rig.engine.runs(under=run)} == set(names) - {names[1]}

    def test_runs_are_found_by_kind_and_state(self, rig: EngineRig) -> None:
        """In the order of their creation, either way, as many as asked."""
        run, go = fresh(), threading.Event()

        async def play(work: Work, args: Any) -> Any:
            if args == "hold":
                await held(go)
            if args == "fail":
                raise ValueError("no")
            return None

        rig.plays[f"{run}/*"] = play
        plan = [("play", "hold"), ("play", "fail"), ("fragile", "end"), ("fragile", "hold")]
        for number, (kind, args) in enumerate(plan):
            rig.engine.start(Start(kind, f"{run}/{number}", args))
            time.sleep(0.003)  # runs are ordered by the millisecond of their creation
        for number in (1, 2):
            rig.engine.ending(f"{run}/{number}", timeout_s=PATIENCE_S)
        until(lambda: rig.engine.counts(under=run).get(RunState.RUNNING) == 2)

        def numbers(**asked: Any) -> list[int]:
            return [int(info.id.rpartition("/")[2]) for info in rig.engine.runs(under=run, **asked)]

        assert numbers() == [3, 2, 1, 0]
        assert numbers(newest_first=False) == [0, 1, 2, 3]
        assert numbers(limit=2) == [3, 2]
        assert numbers(kinds=["fragile"]) == [3, 2]
        assert numbers(kinds=["fragile", "play", "nothing"], states=ENDED) == [2, 1]
        assert numbers(states=ACTIVE) == [3, 0]
        assert numbers(states=[RunState.FAILED]) == [1]
        assert numbers(kinds=["nothing"]) == []
        assert rig.engine.counts(under=run) == {RunState.RUNNING: 2, RunState.FAILED: 1, RunState.DONE: 1}
        assert rig.engine.counts(under=run, kinds=["play"]) == {RunState.RUNNING: 1, RunState.FAILED: 1}
        assert rig.engine.counts()[RunState.RUNNING] >= 2
        go.set()
        for number in (0, 3):
            rig.engine.ending(f"{run}/{number}", timeout_s=PATIENCE_S)

    def test_a_run_tells_about_itself(self, rig: EngineRig) -> None:
        """Kind, queue, partition, how often it was taken up, and moments in UTC."""
        run = fresh()
        rig.plays[run] = _nothing
        rig.engine.start(Start("hosted", run, partition="github.com"))
        rig.engine.ending(run, timeout_s=PATIENCE_S)
        info = rig.engine.info(run)
        assert info is not None
        told = (info.id, info.kind, info.queue, info.partition, info.taken, info.error, info.parent)
        assert told == (run, "hosted", "hosts", "github.com", 1, "", "")
        assert info.version and info.executor
        assert info.created is not None and info.updated is not None
        assert info.created <= info.updated
        assert info.created.utcoffset() is not None

    def test_a_worker_runs_no_more_of_a_queue_than_it_may(self, rig: EngineRig) -> None:
        """Those that wait are taken in the order of their starting."""
        run, order, at_once = fresh(), notes(), notes()

        async def play(work: Work, args: Any) -> Any:
            order.append(args)
            at_once.append(rig.engine.counts(under=run).get(RunState.RUNNING))
            await work.sleep(0.01)
            return None

        rig.plays[f"{run}/*"] = play
        for number in range(3):
            rig.engine.start(Start("narrow", f"{run}/{9 - number}", number))
            time.sleep(0.003)  # runs are ordered by the millisecond of their creation
        for number in range(3):
            rig.engine.ending(f"{run}/{9 - number}", timeout_s=PATIENCE_S)
        assert order == [0, 1, 2]
        assert at_once == [1, 1, 1]

    def test_all_workers_together_run_no_more_than_they_may(self, rig: EngineRig) -> None:
        """A queue's limit everywhere holds below what each worker could do."""
        run, at_once, go = fresh(), notes(), threading.Event()

        async def play(work: Work, args: Any) -> Any:
            at_once.append(rig.engine.counts(under=run).get(RunState.RUNNING))
            await held(go)
            return None

        rig.plays[f"{run}/*"] = play
        starts = [Start("few", f"{run}/{number}") for number in range(5)]
        rig.engine.start_many(starts)
        until(lambda: len(at_once) == 2)
        time.sleep(0.3)  # several looks at the queue
        assert len(at_once) == 2
        go.set()
        for start in starts:
            assert rig.engine.ending(start.id, timeout_s=PATIENCE_S).state is RunState.DONE
        assert max(at_once) <= 2

    def test_runs_of_a_partition_begin_no_faster_than_they_may(self, rig: EngineRig) -> None:
        """Another partition does not wait for them."""
        run, began = fresh(), notes()

        async def play(work: Work, args: Any) -> Any:
            began.append((args, time.monotonic()))
            return None

        rig.plays[f"{run}/*"] = play
        starts = [Start("paced", f"{run}/a{number}", "a", partition="a") for number in range(5)]
        starts.append(Start("paced", f"{run}/b", "b", partition="b"))
        asked = time.monotonic()
        rig.engine.start_many(starts)
        for start in starts:
            assert rig.engine.ending(start.id, timeout_s=PATIENCE_S).state is RunState.DONE
        slow = [at - asked for name, at in began if name == "a"]
        pace, blur = PACE.seconds, 1.02  # a file counts whole seconds, by a clock of its own
        assert slow[PACE.starts] > pace - blur
        assert slow[2 * PACE.starts] > 2 * (pace - blur)
        assert [name for name, _ in began].index("b") <= PACE.starts

    def test_partitions_do_not_wait_for_each_other(self, rig: EngineRig) -> None:
        """Within one, no more run at once than the queue allows."""
        run, running, most, go = fresh(), dict.fromkeys("ab", 0), dict.fromkeys("ab", 0), threading.Event()

        async def play(work: Work, args: Any) -> Any:
            running[args] += 1
            most[args] = max(most[args], running[args])
            await held(go)
            running[args] -= 1
            return None

        rig.plays[f"{run}/*"] = play
        starts = [Start("hosted", f"{run}/{p}{i}", p, partition=p) for p in "ab" for i in range(2)]
        rig.engine.start_many(starts)
        until(lambda: running == {"a": 1, "b": 1})
        go.set()
        for start in starts:
            assert rig.engine.ending(start.id, timeout_s=PATIENCE_S).state is RunState.DONE
        assert most == {"a": 1, "b": 1}


async def _nothing(work: Work, args: Any) -> Any:
    return None
