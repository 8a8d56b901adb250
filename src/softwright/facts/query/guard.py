"""Second wall: DuckDB itself is told to reach nothing, and to stop in time.

The settings hold for the whole open database, for as long as it is open: no file, network,
extension or Python object can be reached through it any more, and no setting changed.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import duckdb

from softwright.core import Clock, LimitHit, SystemClock

Result = TypeVar("Result")

_AGAIN_S = 0.05
_OBJECTS_PER_BYTE = 8
"""How much larger rows are as Python objects than as Arrow's columns, about."""


@dataclass(frozen=True, slots=True)
class QueryLimits:
    """What one query may use: wall seconds (0: any), memory and temporary disk space in MB."""

    timeout_s: float = 300.0
    memory_mb: int = 2048
    disk_mb: int = 4096


def lock(connection: duckdb.DuckDBPyConnection, limits: QueryLimits) -> None:
    """Close the database to the outside and freeze its settings; nothing happens when that is done."""
    row = connection.execute("SELECT current_setting('lock_configuration')").fetchone()
    if row is not None and row[0]:
        return
    for name, value in (
        ("memory_limit", f"{limits.memory_mb}MB"),
        ("max_temp_directory_size", f"{limits.disk_mb}MB"),
        ("autoinstall_known_extensions", False),
        ("autoload_known_extensions", False),
        ("allow_community_extensions", False),
        ("python_enable_replacements", False),
        ("enable_external_access", False),
        ("lock_configuration", True),
    ):
        shown = f"'{value}'" if isinstance(value, str) else str(value).lower()
        connection.execute(f"SET GLOBAL {name} = {shown}")


class Deadline:
    """The wall time that is left for one query."""

    def __init__(self, limits: QueryLimits, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._limits = limits
        self._end = self._clock.monotonic() + limits.timeout_s

    def check(self) -> None:
        """Raise LimitHit when the time is over."""
        if self._limits.timeout_s and self._clock.monotonic() >= self._end:
            raise self._over()

    def check_answer(self, size: int) -> None:
        """Raise LimitHit when an answer of `size` bytes is too much to hold; called while it streams."""
        self.check()
        allowed = self._limits.memory_mb * 1_000_000 // _OBJECTS_PER_BYTE
        if size > allowed:
            raise LimitHit(
                f"the answer is larger than {allowed // 1_000_000} MB",
                hint="aggregate, select fewer columns, or give a --limit",
            )

    def run(self, connection: duckdb.DuckDBPyConnection, work: Callable[[], Result]) -> Result:
        """What `work` gives; it uses `connection`, and is interrupted when the time is over, as a LimitHit.

        Running out of memory or temporary disk space becomes a LimitHit too. Ctrl-C ends it as well.
        """
        self.check()
        # in a thread of its own, because Python sees a signal only when it is not inside DuckDB
        with ThreadPoolExecutor(1, thread_name_prefix="query") as pool:
            future = pool.submit(work)
            try:
                wait([future], timeout=self._left())
            finally:
                while not future.done():
                    connection.interrupt()
                    wait([future], timeout=_AGAIN_S)
        try:
            return future.result()
        except duckdb.InterruptException as error:
            raise self._over() from error
        except duckdb.OutOfMemoryException as error:
            raise LimitHit(
                f"the query needs more than {self._limits.memory_mb} MB of memory "
                f"or {self._limits.disk_mb} MB of temporary disk space",
                hint="filter earlier, or select fewer rows or columns",
            ) from error

    def _left(self) -> float | None:
        return max(0.0, self._end - self._clock.monotonic()) if self._limits.timeout_s else None

    def _over(self) -> LimitHit:
        return LimitHit(
            f"the query ran longer than {self._limits.timeout_s:g} s",
            hint="filter earlier, or allow more with --timeout; `--explain` shows what costs; "
            "matches found so far are kept",
        )


@contextmanager
def reading(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """A transaction in which the stored tables cannot be written; nothing of it stays."""
    connection.execute("BEGIN TRANSACTION READ ONLY")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
