"""What the benchmarks share: rows, the table for people, the file for machines, the stopwatch."""

import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).resolve().parent / "results"

Row = dict[str, Any]
"""One measured figure: name, value, unit; `bar` is what it is held against and `met` whether it holds."""


def row(
    name: str, value: float, unit: str, *, bar: float | str | None = None, met: bool | None = None
) -> Row:
    """One row; without a bar there is nothing to meet."""
    barred = bar is not None and bar != ""
    return {
        "name": name,
        "value": round(value, 4),
        "unit": unit,
        "bar": bar if barred else None,
        "met": met if barred else None,
    }


def show(rows: Sequence[Row]) -> None:
    """The table for people."""
    table = Table("figure", "value", "unit", "bar", "met", box=None, header_style="bold")
    table.columns[1].justify = table.columns[3].justify = "right"
    for each in rows:
        value = f"{each['value']:,.3f}".rstrip("0").rstrip(".")
        bar = "" if each["bar"] is None else str(each["bar"])
        met = {True: "[green]yes[/]", False: "[red]NO[/]", None: ""}[each["met"]]
        table.add_row(each["name"], value, each["unit"], bar, met)
    Console().print(table)


def write(name: str, rows: Sequence[Row]) -> None:
    """The file for machines: `results/<name>.json`."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(rows, indent=2) + "\n")


def all_met(rows: Sequence[Row]) -> bool:
    """True when no bar is missed."""
    return all(each["met"] is not False for each in rows)


@dataclass
class Used:
    """What a block or a program used: wall and CPU seconds, peak memory in bytes where it was watched."""

    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak: int = 0


def cpu_seconds() -> float:
    """CPU seconds so far, of this process and of children that have ended."""
    kinds = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in kinds)


@contextmanager
def used() -> Iterator[Used]:
    """Measure the block."""
    figures = Used()
    wall, cpu = time.monotonic(), cpu_seconds()
    yield figures
    figures.wall_s, figures.cpu_s = time.monotonic() - wall, cpu_seconds() - cpu


def timed(
    command: Sequence[str], *, cwd: Path, env: Mapping[str, str] = os.environ, stdin: bytes = b""
) -> Used:
    """Run a program with its children to its end; one that fails ends the benchmark."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    process = subprocess.Popen(command, env=env, cwd=cwd, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    memory = Memory(process.pid)
    process.communicate(stdin)
    wall = time.monotonic() - began
    peak = memory.done()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        sys.exit(f"{' '.join(command[:6])}… ended with {process.returncode}")
    return Used(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, peak)


class Memory:
    """Samples the memory of a process and its children: the sum over all of them, at its highest."""

    def __init__(self, pid: int) -> None:
        self.peak = 0
        self._process = psutil.Process(pid)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def _watch(self) -> None:
        while not self._stop.wait(0.05):
            try:
                family = [self._process, *self._process.children(recursive=True)]
                self.peak = max(self.peak, sum(_rss(process) for process in family))
            except psutil.Error:
                continue

    def done(self) -> int:
        """The highest sum seen, in bytes."""
        self._stop.set()
        self._thread.join()
        return self.peak


def _rss(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0
