"""The engine's port on DBOS: every verb that does not run anything."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from time import monotonic, sleep

from dbos import ClientScheduleInput, DBOSClient, EnqueueOptions, SetWorkflowID, WorkflowStatus
from dbos._error import DBOSWorkflowIDInUseError

from softwright.core import InvalidInput, LimitHit
from softwright.engine.durable.database import EngineDatabase
from softwright.engine.durable.infos import run_info, schedule_info, step_infos
from softwright.engine.durable.rows import STATES, RunRows, is_active, present
from softwright.engine.durable.serializer import PayloadSerializer
from softwright.engine.kind import Kinds, Start, check_id
from softwright.engine.run import (
    ACTIVE,
    Ending,
    RunInfo,
    RunState,
    StepInfo,
    one_line,
    step_to_retry,
)
from softwright.engine.schedule import Schedule

VERSION = "1"
"""The version of the runs' code: raised when newer code can no longer replay what older code recorded."""

PROGRESS = "progress"

_LONGEST_PAUSE_S = 0.5
_AT_ONCE = 1000


class DurableEngine:
    """Runs kept in SQLite or PostgreSQL. Satisfies `softwright.engine.Engine`.

    `started` is told of queues that something has been put into.
    """

    def __init__(
        self,
        database: EngineDatabase,
        kinds: Kinds,
        *,
        version: str = VERSION,
        started: Callable[[Collection[str]], None] = lambda queues: None,
    ) -> None:
        self._database = database
        self._started = started
        self._kinds = kinds
        self._version = version
        self._rows = RunRows(database)
        with database.explained():
            self._client = DBOSClient(
                system_database_engine=database.engine,
                serializer=PayloadSerializer(),
                retry_connection_errors=False,
            )

    def start(self, start: Start) -> bool:
        """Have a run started; False when a run with that id is there already."""
        return self.start_many([start]) == 1

    def start_many(self, starts: Sequence[Start]) -> int:
        """Have all of them started in one transaction, or none; gives how many were new."""
        return self.start_under("", starts)

    def start_under(self, parent: str, starts: Sequence[Start]) -> int:
        """Have all of them started, unless `parent` was cancelled meanwhile: then none.

        The parent's row is held until the runs are there, so that a cancellation finds them.
        """
        wanted = {start.id: (self._options(start), start.args) for start in reversed(starts)}
        while True:
            try:
                return self._start(parent, dict(reversed(wanted.items())))
            except DBOSWorkflowIDInUseError:
                continue  # somebody else started one of them in between: look again who is there

    def _start(self, parent: str, wanted: Mapping[str, tuple[EnqueueOptions, object]]) -> int:
        with self._database.write() as connection:
            if parent and not is_active(connection, self._database.runs, parent):
                return 0
            there = present(connection, self._database.runs, list(wanted))
            for run, (options, args) in wanted.items():
                if run not in there:
                    self._client.enqueue_in_transaction(connection, options, args)
        self._started({options["queue_name"] for run, (options, _) in wanted.items() if run not in there})
        return len(wanted) - len(there)

    def _options(self, start: Start) -> EnqueueOptions:
        queue = self._kinds.check(start)
        options = EnqueueOptions(
            workflow_name=start.kind, queue_name=queue.name, workflow_id=start.id, app_version=self._version
        )
        options["workflow_id_reuse_policy"] = "reject"
        if start.partition:
            options["queue_partition_key"] = start.partition
        return options

    def info(self, run: str) -> RunInfo | None:
        """The run with this id."""
        with self._database.explained():
            found = self._client.list_workflows(workflow_ids=[run], load_input=False)
        return run_info(found[0]) if found else None

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
        ids = self._rows.ids(under=under, kinds=kinds, states=states, limit=limit, newest_first=newest_first)
        infos = {status.workflow_id: run_info(status) for status in self._statuses(ids)}
        return [infos[run] for run in ids if run in infos]

    def ids(self, *, under: str = "", states: Sequence[RunState] = ()) -> list[str]:
        """Ids of all runs, those `under` an id if given (itself included), in these states."""
        return self._rows.ids(under=under, states=states)

    def _statuses(self, ids: Sequence[str]) -> Iterator[WorkflowStatus]:
        """What the library knows of runs; asked in parts, as databases bound what one question may hold."""
        for i in range(0, len(ids), _AT_ONCE):
            with self._database.explained():
                found = self._client.list_workflows(
                    workflow_ids=list(ids[i : i + _AT_ONCE]), load_input=False
                )
            yield from found

    def counts(self, *, under: str = "", kinds: Sequence[str] = ()) -> dict[RunState, int]:
        """How many runs are in each state."""
        return self._rows.counts(under, kinds)

    def steps(self, run: str) -> list[StepInfo]:
        """The recorded steps of a run, in order."""
        self._known(run)
        with self._database.explained():
            found = self._client.list_workflow_steps(run, load_output=True)
        return step_infos(found)

    def ending(self, run: str, *, timeout_s: float | None = None) -> Ending:
        """How the run ended; waits for that."""
        self._known(run)
        until = monotonic() + timeout_s if timeout_s is not None else None
        pause = 0.02
        while (found := self.endings([run]).get(run)) is None:
            if until is not None and monotonic() > until:
                raise LimitHit(f"run `{run}` did not end within {timeout_s:g} s")
            sleep(pause)
            pause = min(pause * 1.5, _LONGEST_PAUSE_S)
        return found

    def endings(self, ids: Sequence[str]) -> dict[str, Ending]:
        """The endings of those among these runs that have ended."""
        return {
            status.workflow_id: Ending(
                status.workflow_id, STATES[status.status], status.output, one_line(status.error)
            )
            for status in self._statuses(ids)
            if STATES[status.status].ended
        }

    def signal(self, run: str, topic: str, value: object = None, *, key: str = "") -> None:
        """Hand a value to a run that waits, or will wait, for `topic`."""
        state = self._known(run).state
        if state.ended:
            raise InvalidInput(f"run `{run}` is {state}: nothing waits for `{topic}` there")
        with self._database.explained():
            self._client.send(run, value, topic, f"{run}:{key}" if key else None)

    def cancel(self, run: str) -> int:
        """Stop a run and everything under it at their next step; gives how many were stopped."""
        self._known(run)
        stopped = 0
        # Again until nothing is found: a run may have started others while it was being stopped.
        while ids := self._rows.ids(under=run, states=ACTIVE):
            with self._database.explained():
                self._client.cancel_workflows(ids)
            stopped += len(ids)
        return stopped

    def retry(self, run: str) -> None:
        """Take up again a run that failed, was poisoned or cancelled, at the step that did not succeed."""
        info = self._known(run)
        if not info.state.ended or info.state is RunState.DONE:
            raise InvalidInput(
                f"run `{run}` is {info.state}", hint="only runs that did not succeed are retried"
            )
        with self._database.explained():
            self._client.rewind_workflow(
                run,
                start_step=step_to_retry(info, self.steps(run)),
                application_version=self._version,
                queue_name=self._kinds[info.kind].queue,
                queue_partition_key=info.partition or None,
            )
        self._started([self._kinds[info.kind].queue])

    def fork(self, run: str, new: str, *, step: int = 1) -> None:
        """A new run that takes over the results of the steps before `step` and goes on from there."""
        info = self._known(run)
        check_id(new)
        last = max((s.number for s in self.steps(run)), default=0)
        if not 1 <= step <= last + 1:
            raise InvalidInput(f"run `{run}` has no step {step}", hint=f"allowed: 1 to {last + 1}")
        if self.info(new) is not None:
            raise InvalidInput(f"there is a run `{new}` already", hint="choose another id")
        with self._database.explained(), SetWorkflowID(new):
            self._client.fork_workflow(
                run,
                step,
                application_version=self._version,
                queue_name=self._kinds[info.kind].queue,
                queue_partition_key=info.partition or None,
            )
        self._started([self._kinds[info.kind].queue])

    def progress(self, run: str) -> object:
        """What the run last said of its progress, None when it never did."""
        with self._database.explained():
            found: object = self._client.get_event(run, PROGRESS, timeout_seconds=0)
        return found

    def delete(self, *, ended_before: datetime, limit: int = 500, keep: Sequence[str] = ()) -> int:
        """Forget runs that ended before a moment, oldest first; gives how many."""
        ids = self._rows.ended_before(ended_before, limit=limit, keep=keep)
        if ids:
            with self._database.explained():
                self._client.delete_workflows(ids)
        return len(ids)

    def deletable(self, *, ended_before: datetime, keep: Sequence[str] = ()) -> int:
        """How many runs `delete` would forget, called until it forgets none."""
        return len(self._rows.ended_before(ended_before, limit=None, keep=keep))

    def words(self, run: str) -> Iterator[str]:
        """What is recorded of a run and of all under it: arguments and results, as texts to search in."""
        return self._rows.words(run)

    def tally(self) -> dict[tuple[str, str, RunState], int]:
        """How many runs there are of each queue, kind and state, those done aside."""
        return self._rows.tally()

    def held_by(self) -> dict[str, int]:
        """How many running runs each executor holds."""
        return self._rows.held_by()

    def versions(self) -> dict[str, int]:
        """How many active runs there are of each version of the code."""
        return self._rows.versions()

    def move(self, old: str, new: str) -> int:
        """Hand active runs of code version `old` to workers of version `new`; gives how many.

        Only for versions that no live worker runs: it would go on with them.
        """
        return self._rows.move(old, new)

    def schedule(self, name: str, kind: str, cron: str, args: object = None) -> None:
        """Have a run of `kind` started at the moments of `cron`; the same name again changes that."""
        queue = self._kinds.check_schedule(name, kind, cron)
        wish = ClientScheduleInput(
            schedule_name=name, workflow_name=kind, schedule=cron, context=args, queue_name=queue.name
        )
        with self._database.explained():
            self._client.apply_schedules([wish])

    def schedules(self) -> list[Schedule]:
        """All schedules, by name."""
        with self._database.explained():
            found = self._client.list_schedules()
        return sorted(map(schedule_info, found), key=lambda schedule: schedule.name)

    def unschedule(self, name: str) -> bool:
        """Take a schedule away; its runs stay. False when there is none of that name."""
        with self._database.explained():
            there = self._client.get_schedule(name) is not None
            self._client.delete_schedule(name)
        return there

    def declare_queues(self) -> None:
        """Make the queues, and their limits, known to every worker."""
        for queue in self._kinds.queues.values():
            rate = queue.rate
            with self._database.explained():
                self._client.register_queue(
                    queue.name,
                    worker_concurrency=min(queue.per_worker, queue.everywhere or queue.per_worker),
                    global_concurrency=queue.everywhere,
                    partition_concurrency=queue.per_partition,
                    partition_limiter={"limit": rate.starts, "period": rate.seconds} if rate else None,
                    polling_interval_sec=queue.poll_s,
                    on_conflict="always_update",
                )

    def _known(self, run: str) -> RunInfo:
        info = self.info(run)
        if info is None:
            raise InvalidInput(f"there is no run `{run}`", hint="`softwright runs list` shows them")
        return info

    def close(self) -> None:
        """Let go of the database."""
        self._client.destroy()
