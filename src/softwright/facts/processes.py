"""Work spread over processes: results in order, a crashed worker costs only its own task."""

import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from typing import TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")

_PRELOAD = ["softwright.facts.sites"]


def spread(
    function: Callable[[Task], Result],
    tasks: Iterable[Task],
    *,
    workers: int,
    on_crash: Callable[[Task], Result],
    alone: bool = False,
) -> Iterator[Result]:
    """`function(task)` of each task, in the order of the tasks, computed by `workers` processes.

    Function, tasks and results are pickled. `on_crash` gives the result of a task that killed its
    process. With one worker, or `alone`, everything runs in this process.
    """
    if workers <= 1 or alone:
        yield from map(function, tasks)
        return
    rest = iter(tasks)
    pending: deque[tuple[Task, Future[Result]]] = deque()
    pool = _pool(workers)
    try:
        while True:
            for task in islice(rest, workers * 4 - len(pending)):
                pending.append((task, _submitted(pool, function, task)))
            if not pending:
                return
            task, future = pending[0]
            try:
                result = future.result()
            except BrokenProcessPool:
                pool.shutdown(cancel_futures=True)
                yield from _one_by_one(function, [task for task, _ in pending], on_crash)
                pending.clear()
                pool = _pool(workers)
                continue
            pending.popleft()
            yield result
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _submitted(pool: ProcessPoolExecutor, function: Callable[[Task], Result], task: Task) -> "Future[Result]":
    """The task in the pool; where a crash has just broken the pool, a future that says so when asked."""
    try:
        return pool.submit(function, task)
    except BrokenProcessPool as error:
        refused: Future[Result] = Future()
        refused.set_exception(error)
        return refused


def _one_by_one(
    function: Callable[[Task], Result], tasks: list[Task], on_crash: Callable[[Task], Result]
) -> Iterator[Result]:
    """Each task in a process of its own, to learn which of them crashes."""
    for task in tasks:
        with _pool(1) as pool:
            try:
                yield pool.submit(function, task).result()
            except BrokenProcessPool:
                yield on_crash(task)


def _pool(workers: int) -> ProcessPoolExecutor:
    # not `fork`: this process may hold threads of DuckDB
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOAD)
    # Ctrl-C is for this process: it stops giving out tasks
    return ProcessPoolExecutor(
        workers, mp_context=context, initializer=signal.signal, initargs=(signal.SIGINT, signal.SIG_IGN)
    )
