"""Worker processes that may die."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from softwright.campaigns.pool import Broken, Pool


def collect(pool, items):
    """Item -> result of a whole run."""
    return dict(pool.run(items))


def test_every_item_gets_its_result():
    """Results come back with their items, whatever the order."""
    assert collect(Pool(2, lambda n, ask: n * n), range(50)) == {n: n * n for n in range(50)}


def test_an_exception_breaks_only_its_item():
    """What one item raises is told for that item; the others are done."""
    found = collect(Pool(2, lambda n, ask: 10 // n), [0, 1, 2])
    assert found[1] == 10
    assert found[2] == 5
    assert isinstance(found[0], Broken)
    assert "ZeroDivisionError" in found[0].reason


def test_a_worker_that_dies_breaks_only_its_item():
    """A worker killed in the middle costs its item; what it had not begun is done by another."""

    def work(n, ask):
        if n == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return n

    found = collect(Pool(2, work), range(8))
    assert found[3] == Broken("the worker process ended with signal SIGKILL")
    assert {n for n, value in found.items() if value == n} == {0, 1, 2, 4, 5, 6, 7}


def test_work_can_ask_the_parent():
    """A question from a worker is answered in the process that made the pool."""
    asked = []

    def answer(message):
        asked.append(message)
        return message + 1

    assert collect(Pool(2, lambda n, ask: ask(n), answer), [1, 5]) == {1: 2, 5: 6}
    assert sorted(asked) == [1, 5]


def test_closing_the_iterator_ends_the_workers():
    """Leaving in the middle leaves no process behind."""
    pool = Pool(2, lambda n, ask: os.getpid())
    results = pool.run(range(1000))
    _, pid = next(results)
    results.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_workers_end_when_the_parent_is_killed():
    """After kill -9 of the parent no worker is left, even one in the middle of an item."""
    code = (
        "import os, sys, time\n"
        "from softwright.campaigns.pool import Pool\n"
        "def work(n, ask):\n"
        "    os.write(1, b'%d\\n' % os.getpid())\n"  # one write: lines of two workers never mix
        "    time.sleep(60)\n"
        "list(Pool(2, work).run(range(4)))\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        pids = [int(parent.stdout.readline()) for _ in range(2)]
        parent.kill()
        parent.wait()
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and any(alive(pid) for pid in pids):
            time.sleep(0.02)
        assert not any(alive(pid) for pid in pids)


def alive(pid: int) -> bool:
    """True while the process runs (one that only waits to be reaped does not)."""
    try:
        with Path(f"/proc/{pid}/stat").open() as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
