"""Migrations replayed in processes of their own, so that one that hangs or dies costs only itself."""

import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from softwright.app.formatting import formatted
from softwright.rewrite.replay import Format, Method, Migration, Plan, Result, Score, Study, faulted

Keep = Callable[[Migration, Result], None]
"""Called with every result where it was made."""


@dataclass
class Replayed:
    """What came back of a migration."""

    name: str
    scores: list[Score] = field(default_factory=list)
    control: list[Score] = field(default_factory=list)
    wall_s: float = 0.0


@dataclass(frozen=True)
class Task:
    """One migration to replay, loaded in its own process; with `trace` errors are printed there as well."""

    name: str
    load: Callable[[], Migration]
    method: Callable[[Migration], Method]
    plans: Sequence[Plan]
    control: Sequence[Plan]
    keep: Keep | None = None
    format: Format = formatted
    trace: bool = True


@dataclass
class _Running:
    task: Task
    process: BaseProcess
    ends: float
    done: Replayed
    began: float


def replay_all(tasks: Sequence[Task], jobs: int, limit_s: float) -> Iterator[Replayed]:
    """Results as they come; plans that had no result in time, or ended in an error, say so."""
    context = get_context("fork")
    waiting = list(tasks)
    running: dict[Connection, _Running] = {}
    while waiting or running:
        while waiting and len(running) < jobs:
            task = waiting.pop(0)
            ours, theirs = context.Pipe(duplex=False)
            process = context.Process(target=_work, args=(task, theirs), daemon=True)
            process.start()
            theirs.close()
            now = time.monotonic()
            running[ours] = _Running(task, process, now + limit_s, Replayed(task.name), now)
        soonest = min(each.ends for each in running.values())
        for ready in wait(list(running), max(0.0, soonest - time.monotonic())):
            assert isinstance(ready, Connection)
            if not _received(ready, running[ready].done):
                yield _ended(running.pop(ready), "its process ended early")
        for connection, each in list(running.items()):
            if each.ends <= time.monotonic():
                each.process.kill()
                del running[connection]
                yield _ended(each, f"no result within {limit_s:g} s")


def _received(connection: Connection, done: Replayed) -> bool:
    try:
        kind, score = connection.recv()
    except EOFError:
        return False
    (done.scores if kind == "score" else done.control).append(score)
    return True


def _ended(each: _Running, why: str) -> Replayed:
    each.process.join()
    each.done.wall_s = time.monotonic() - each.began
    have = {(score.order, score.k) for score in each.done.scores}
    lacking = [plan for plan in each.task.plans if (plan.order, plan.k) not in have]
    if lacking:
        data = each.task.load()
        each.done.scores += [faulted(data, (plan.order, plan.k), why) for plan in lacking]
    return each.done


def _work(task: Task, connection: Connection) -> None:
    data = task.load()
    study = Study(data, task.method(data), task.format)
    for plan in task.plans:
        try:
            result = study.run(plan)
            if task.keep is not None:
                task.keep(data, result)
            connection.send(("score", result.score))
        except Exception as error:
            if task.trace:
                traceback.print_exc()
            why = f"{type(error).__name__}: {error}"
            connection.send(("score", faulted(data, (plan.order, plan.k), why)))
    if task.control:
        try:
            for result in study.control(task.control):
                connection.send(("control", result.score))
        except Exception:
            if task.trace:
                traceback.print_exc()
    connection.close()
