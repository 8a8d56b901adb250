"""Worker processes that may die."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from softwright.campaigns.runs.crew import Broken, Crew


@pytest.fixture(params=[False, True], ids=["one-by-one", "quick"])
def quick(request):
    """Whether a process is sent its next item while it is at one."""
    return request.param


def collect(crew, items, quick=False):
    """Item -> result, from a crew that ends then."""
    with crew:
        return dict(crew.each(items, quick=quick))


def test_every_item_gets_its_result(quick):
    """Results come back with their items, whatever the order."""
    assert collect(Crew(2, lambda n, ask: n * n), range(50), quick) == {n: n * n for n in range(50)}


def test_an_exception_breaks_only_its_item(quick):
    """What one item raises is told for that item; the others are done."""
    found = collect(Crew(2, lambda n, ask: 10 // n), [0, 1, 2], quick)
    assert found[1] == 10
    assert found[2] == 5
    assert isinstance(found[0], Broken)
    assert "ZeroDivisionError" in found[0].reason


def test_a_worker_that_dies_breaks_only_its_item(quick):
    """An item that kills whoever does it is given up in the end; the others are done."""

    def work(n, ask):
        if n == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return n

    found = collect(Crew(2, work), range(8), quick)
    assert found[3] == Broken("the worker process ended with signal SIGKILL")
    assert {n for n, value in found.items() if value == n} == {0, 1, 2, 4, 5, 6, 7}


def test_an_item_whose_worker_is_killed_once_is_done_by_another(tmp_path, quick):
    """Who was killed by mistake costs nothing: the work is begun again."""

    def work(n, ask):
        if n == 3 and not (tmp_path / "died").exists():
            (tmp_path / "died").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return n

    assert collect(Crew(2, work), range(8), quick) == {n: n for n in range(8)}


def test_a_crew_whose_foreman_is_killed_says_so_once_and_can_be_stopped(tmp_path):
    """Its processes end with the foreman, nothing gets a result, and stopping does not wait for any."""
    lost = []
    crew = Crew(2, lambda n, ask: time.sleep(60), lost=lambda: lost.append(1))
    futures = [crew.submit(n) for n in range(4)]
    while len(crew._hired) < 2:
        time.sleep(0.01)
    pids = list(crew._hired)
    os.kill(crew._foreman.pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and (not lost or any(alive(pid) for pid in pids)):
        time.sleep(0.02)
    assert lost == [1]
    assert not any(alive(pid) for pid in pids)
    crew.stop()
    assert not any(future.done() and not future.cancelled() for future in futures)


def test_workers_clean_up_before_they_end(tmp_path):
    """Whether their work is over or they are asked to go."""
    with Crew(2, lambda n, ask: n, leave=lambda: (tmp_path / str(os.getpid())).touch()) as crew:
        assert crew.submit(1).result() == 1
        pids = list(crew._hired)
    assert [path.name for path in tmp_path.iterdir()] == [str(pid) for pid in pids]


def test_work_can_ask_the_parent(quick):
    """A question from a worker is answered in the process that made the crew."""
    asked = []

    def answer(message):
        asked.append(message)
        return message + 1

    assert collect(Crew(2, lambda n, ask: ask(n), answer), [1, 5], quick) == {1: 2, 5: 6}
    assert sorted(asked) == [1, 5]


def test_what_is_sent_ahead_is_quick_and_at_most_one(tmp_path):
    """What may take long waits until a process is free; so does the third of the quick ones."""

    def work(n, ask):
        (tmp_path / str(n)).touch()
        while n == 0 and not (tmp_path / "go").exists():
            time.sleep(0.01)
        return n

    with Crew(1, work) as crew:
        futures = [crew.submit(n, quick=n != 3) for n in range(5)]
        while not (tmp_path / "0").exists():
            time.sleep(0.01)
        time.sleep(0.2)
        assert [future.running() for future in futures] == [True, True, False, False, False]
        (tmp_path / "go").touch()
        assert [future.result() for future in futures] == list(range(5))


def test_what_was_sent_ahead_to_a_process_that_dies_costs_no_life():
    """Items behind one that kills its process are done by the next, however often that happens."""

    def work(n, ask):
        if n != 9:
            os.kill(os.getpid(), signal.SIGKILL)
        return n

    with Crew(1, work) as crew:
        *killers, last = [crew.submit(n, quick=True) for n in (0, 1, 2, 3, 9)]
        assert last.result() == 9
        assert all(isinstance(future.result(), Broken) for future in killers)


def test_a_question_that_cannot_be_answered_fails_its_item_alone():
    """Whoever asked is let go, and a fresh process does the next item."""

    def answer(message):
        raise LookupError(message)

    with Crew(1, lambda n, ask: ask(n) if n else n, answer) as crew:
        first, second = crew.submit(1, quick=True), crew.submit(0, quick=True)
        with pytest.raises(LookupError):
            first.result()
        assert second.result() == 0


def test_stopping_ends_the_processes_and_lets_them_clean_up(tmp_path):
    """Who is at work is asked to go, cleans up behind itself, and is gone; its item is broken."""

    def work(n, ask):
        (tmp_path / "begun").write_text(str(os.getpid()))
        try:
            time.sleep(60)
        finally:
            (tmp_path / "begun").rename(tmp_path / "cleaned")

    crew = Crew(2, work)
    future = crew.submit(1)
    while not (tmp_path / "begun").exists() or not (tmp_path / "begun").read_text():
        time.sleep(0.01)
    pid = int((tmp_path / "begun").read_text())
    crew.stop()
    assert (tmp_path / "cleaned").exists()
    assert not alive(pid)
    assert isinstance(future.result(), Broken)


def test_processes_can_be_hired_when_threads_are_running():
    """A crew made before there were threads replaces its dead while there are."""

    def work(n, ask):
        if n < 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return n

    with Crew(1, work) as crew:
        stop = threading.Event()
        threads = [threading.Thread(target=stop.wait) for _ in range(8)]
        for thread in threads:
            thread.start()
        assert [crew.submit(n).result() for n in range(4)] == [
            *[Broken("the worker process ended with signal SIGKILL")] * 3,
            3,
        ]
        stop.set()


def test_a_result_cut_short_by_a_death_is_not_taken_for_another():
    """A worker killed while it sends a large result costs that item alone."""

    def work(n, ask):
        if n == 0:
            threading.Timer(0.05, lambda: os.kill(os.getpid(), signal.SIGKILL)).start()
            return Slow()
        return n

    with Crew(1, work) as crew:
        first, second = crew.submit(0), crew.submit(1)
        assert isinstance(first.result(), Broken)
        assert second.result() == 1


class Slow:
    """Takes its time to be pickled."""

    def __reduce__(self):
        time.sleep(0.5)
        return (Slow, ())


def test_workers_end_when_the_parent_is_killed():
    """After kill -9 of the parent no worker is left, even one in the middle of an item."""
    code = (
        "import os, sys, time\n"
        "from softwright.campaigns.runs.crew import Crew\n"
        "def work(n, ask):\n"
        "    os.write(1, b'%d\\n' % os.getpid())\n"  # one write: lines of two workers never mix
        "    time.sleep(60)\n"
        "list(Crew(2, work).each(range(4)))\n"
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
