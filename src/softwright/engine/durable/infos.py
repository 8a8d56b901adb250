"""The library's rows as the port's plain data."""

from collections.abc import Sequence
from datetime import UTC, datetime

from dbos import StepInfo as StepRow
from dbos import WorkflowSchedule, WorkflowStatus

from softwright.engine.durable.rows import STATES
from softwright.engine.run import RunInfo, StepInfo, one_line
from softwright.engine.schedule import Schedule

_SLEEP = "DBOS.sleep"
_NAMES = {"DBOS.recv": "wait", _SLEEP: "sleep", "DBOS.setEvent": "progress"}


def run_info(status: WorkflowStatus) -> RunInfo:
    """One run."""
    return RunInfo(
        id=status.workflow_id,
        kind=status.name,
        queue=status.queue_name or "",
        state=STATES[status.status],
        version=status.app_version or "",
        executor=status.executor_id or "",
        partition=status.queue_partition_key or "",
        taken=status.recovery_attempts or 0,
        created=_moment(status.created_at),
        updated=_moment(status.updated_at),
        error=one_line(status.error),
        forked_from=status.forked_from or "",
    )


def _moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)


def _seconds(begin: int | None, end: int | None) -> float | None:
    return None if begin is None or end is None else (end - begin) / 1000


def step_infos(rows: Sequence[StepRow]) -> list[StepInfo]:
    """The steps of a run.

    A wait and its timer, which the library keeps right after it, are one; while it waits, only the timer is
    there.
    """
    steps: list[StepInfo] = []
    last = awaited = 0
    for row in sorted(rows, key=lambda row: row["function_id"]):
        number, name = row["function_id"], row["function_name"]
        if number == awaited:
            last = number
            continue
        if name == _SLEEP and number == last + 2:
            number, name = number - 1, "DBOS.recv"
        last = number
        awaited = number + 1 if name == "DBOS.recv" else 0
        seconds = _seconds(row["started_at_epoch_ms"], row["completed_at_epoch_ms"])
        steps.append(StepInfo(number, _NAMES.get(name, name), seconds, one_line(row["error"])))
    return steps


def schedule_info(row: WorkflowSchedule) -> Schedule:
    """One schedule."""
    fired = row["last_fired_at"]
    return Schedule(
        row["schedule_name"],
        row["workflow_name"],
        row["schedule"],
        row["context"],
        datetime.fromisoformat(fired) if fired else None,
    )
