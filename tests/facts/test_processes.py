"""Work over processes: order, laziness, and workers that die."""

from collections.abc import Iterator
from itertools import count
from time import sleep

import pytest

from softwright.facts.processes import spread

CRASH = "__import__('os')._exit(1)"


def lost(task: str) -> str:
    """What a lost task gives."""
    return "lost"


@pytest.mark.parametrize("workers", [1, 3])
def test_results_come_in_the_order_of_the_tasks(workers: int) -> None:
    """One process or many: the same list."""
    tasks = [f"{n} * 2" for n in range(40)]
    assert list(spread(eval, tasks, workers=workers, on_crash=lost)) == [n * 2 for n in range(40)]


def test_a_task_that_kills_its_worker_costs_only_itself() -> None:
    """Its result is that of `on_crash`; every other task is done once."""
    tasks = [CRASH if n == 13 else str(n) for n in range(30)]
    done = list(spread(eval, tasks, workers=2, on_crash=lost))
    assert done == ["lost" if n == 13 else n for n in range(30)]


def test_tasks_given_to_a_broken_pool_are_done_all_the_same() -> None:
    """A crash that is noticed while tasks are given out loses none of them."""

    def slowly() -> Iterator[str]:
        yield CRASH
        for n in range(1, 20):
            sleep(0.05)  # by now the crash is known, and the pool takes nothing more
            yield str(n)

    assert list(spread(eval, slowly(), workers=2, on_crash=lost)) == ["lost", *range(1, 20)]


def test_an_error_of_a_task_is_raised() -> None:
    """A bug is not hidden as a crash."""
    with pytest.raises(ZeroDivisionError):
        list(spread(eval, ["1", "1 / 0", "2"], workers=2, on_crash=lost))


def test_tasks_are_drawn_as_they_are_needed() -> None:
    """An endless stream of tasks can be read from."""
    endless = count()
    results = spread(eval, map(str, endless), workers=2, on_crash=lost)
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    results.close()  # type: ignore[attr-defined]
    assert next(endless) < 100
