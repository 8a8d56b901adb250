"""Runs in memory, from the outside."""

import itertools
import threading
from collections.abc import Sequence
from datetime import UTC, datetime

from softwright.core import InvalidInput, LimitHit
from softwright.engine import (
    ACTIVE,
    Ending,
    Kinds,
    Queue,
    RunInfo,
    RunState,
    Schedule,
    Start,
    StepInfo,
    dumps,
    loads,
)
from softwright.engine.kind import check_id
from softwright.engine.run import step_to_retry
from softwright.engine.schedule import next_moment
from softwright.testing.engine_memory.record import KeptRun


class MemoryRuns:
    """Every verb of `softwright.engine.Engine` that does not run anything."""

    def __init__(self, kinds: Kinds) -> None:
        self._kinds = kinds
        self._runs: dict[str, KeptRun] = {}
        self._schedules: dict[str, Schedule] = {}
        self._due: dict[str, datetime] = {}
        self._numbers = itertools.count()
        self._lock = threading.RLock()
        self._happened = threading.Condition(self._lock)

    def changed(self) -> None:
        """Tell all who wait that something happened."""
        with self._happened:
            self._happened.notify_all()

    def start(self, start: Start) -> bool:
        """Have a run started; False when a run with that id is there already."""
        return self.start_many([start]) == 1

    def start_many(self, starts: Sequence[Start]) -> int:
        """Have all of them started, or none; gives how many were new."""
        return self.start_under("", starts)

    def start_under(self, parent: str, starts: Sequence[Start]) -> int:
        """Have all of them started, unless `parent` was stopped meanwhile."""
        made = [(start, self._kinds.check(start), dumps(start.args)) for start in starts]
        with self._lock:
            if parent and self.look(parent).state.ended:
                return 0
            before = len(self._runs)
            for start, queue, args in made:
                if start.id not in self._runs:
                    self._make(start.id, start.kind, queue, start.partition, args)
            self.changed()
            return len(self._runs) - before

    def _make(self, run: str, kind: str, queue: Queue, partition: str, args: str) -> KeptRun:
        now = datetime.now(UTC)
        kept = KeptRun(run, kind, queue.name, partition, args, next(self._numbers), now, now)
        self._runs[run] = kept
        return kept

    def look(self, run: str) -> KeptRun:
        """The run of this id. Raises InvalidInput when there is none."""
        with self._lock:
            if run not in self._runs:
                raise InvalidInput(f"there is no run `{run}`", hint="`softwright runs list` shows them")
            return self._runs[run]

    def info(self, run: str) -> RunInfo | None:
        """The run with this id."""
        with self._lock:
            return self._runs[run].info() if run in self._runs else None

    def runs(
        self,
        *,
        under: str = "",
        kinds: Sequence[str] = (),
        states: Sequence[RunState] = (),
        limit: int = 100,
        newest_first: bool = True,
    ) -> list[RunInfo]:
        """Runs, those `under` an id if given (itself included), of these kinds, in these states."""
        with self._lock:
            found = [
                kept
                for kept in self._runs.values()
                if (not under or _is_within(kept.id, under))
                and (not kinds or kept.kind in kinds)
                and (not states or kept.state in states)
            ]
            found.sort(key=lambda kept: kept.number, reverse=newest_first)
            return [kept.info() for kept in found[:limit]]

    def counts(self, *, under: str = "", kinds: Sequence[str] = ()) -> dict[RunState, int]:
        """How many runs are in each state."""
        counts: dict[RunState, int] = {}
        for info in self.runs(under=under, kinds=kinds, limit=len(self._runs)):
            counts[info.state] = counts.get(info.state, 0) + 1
        return counts

    def steps(self, run: str) -> list[StepInfo]:
        """The recorded steps of a run, in order; with the wait it is at."""
        with self._lock:
            kept = self.look(run)
            waits = [StepInfo(number, "wait") for number in kept.deadlines if number not in kept.steps]
            return [*kept.step_infos(), *waits]

    def ending(self, run: str, *, timeout_s: float | None = None) -> Ending:
        """How the run ended; waits for that."""
        with self._happened:
            self.look(run)
            if not self._happened.wait_for(lambda: self.look(run).state.ended, timeout_s):
                raise LimitHit(f"run `{run}` did not end within {timeout_s:g} s")
            return self.look(run).ending()

    def signal(self, run: str, topic: str, value: object = None, *, key: str = "") -> None:
        """Hand a value to a run that waits, or will wait, for `topic`."""
        text = dumps(value)
        with self._lock:
            kept = self.look(run)
            if kept.state.ended:
                raise InvalidInput(f"run `{run}` is {kept.state}: nothing waits for `{topic}` there")
            if not key or key not in kept.keys:
                kept.signals.append((topic, text))
                kept.keys.add(key)
            self.changed()

    def cancel(self, run: str) -> int:
        """Stop a run and everything under it at their next step; gives how many were stopped."""
        with self._lock:
            self.look(run)
            stopped = [
                kept for kept in self._runs.values() if _is_within(kept.id, run) and kept.state in ACTIVE
            ]
            for kept in stopped:
                kept.become(RunState.CANCELLED)
            self.changed()
            return len(stopped)

    def retry(self, run: str) -> None:
        """Take up again a run that did not succeed."""
        with self._lock:
            kept = self.look(run)
            if kept.state in ACTIVE or kept.state is RunState.DONE:
                raise InvalidInput(
                    f"run `{run}` is {kept.state}", hint="only runs that did not succeed are retried"
                )
            kept.rewind(step_to_retry(kept.info(), kept.step_infos()))
            kept.error, kept.taken, kept.execution = "", 0, None
            kept.become(RunState.QUEUED)
            self.changed()

    def fork(self, run: str, new: str, *, step: int = 1) -> None:
        """A new run that takes over the results of the steps before `step` and goes on from there."""
        with self._lock:
            kept = self.look(run)
            check_id(new)
            last = max(kept.steps, default=0)
            if not 1 <= step <= last + 1:
                raise InvalidInput(f"run `{run}` has no step {step}", hint=f"allowed: 1 to {last + 1}")
            if new in self._runs:
                raise InvalidInput(f"there is a run `{new}` already", hint="choose another id")
            queue = self._kinds.queues[kept.queue]
            made = self._make(new, kept.kind, queue, kept.partition, kept.args)
            made.steps, made.deadlines, made.forked_from = dict(kept.steps), dict(kept.deadlines), run
            made.rewind(step)
            self.changed()

    def progress(self, run: str) -> object:
        """What the run last said of its progress, None when it never did."""
        with self._lock:
            found: object = loads(self._runs[run].progress) if run in self._runs else None
            return found

    def schedule(self, name: str, kind: str, cron: str, args: object = None) -> None:
        """Have a run of `kind` started at the moments of `cron`; the same name again changes that."""
        self._kinds.check_schedule(name, kind, cron)
        with self._lock:
            self._schedules[name] = Schedule(name, kind, cron, loads(dumps(args)))
            self._due[name] = next_moment(cron, datetime.now(UTC))
            self.changed()

    def schedules(self) -> list[Schedule]:
        """All schedules, by name."""
        with self._lock:
            return sorted(self._schedules.values(), key=lambda schedule: schedule.name)

    def unschedule(self, name: str) -> bool:
        """Take a schedule away; its runs stay. False when there is none of that name."""
        with self._lock:
            self._due.pop(name, None)
            return self._schedules.pop(name, None) is not None

    def delete(self, *, ended_before: datetime, limit: int = 500, keep: Sequence[str] = ()) -> int:
        """Forget runs that ended before a moment, oldest first; gives how many."""
        with self._lock:
            ended = [
                kept
                for kept in self._runs.values()
                if kept.state.ended
                and kept.updated < ended_before
                and not any(_is_within(kept.id, run) for run in keep)
            ]
            ended.sort(key=lambda kept: kept.updated)
            for kept in ended[:limit]:
                del self._runs[kept.id]
            return len(ended[:limit])


def _is_within(run: str, under: str) -> bool:
    return run == under or run.startswith(f"{under}/")
