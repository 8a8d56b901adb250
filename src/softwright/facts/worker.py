"""What runs in a worker process: read blobs, extract, send columns back.

The position in the task is published in shared memory before each file, so that the owner knows which
file a dead or stuck worker was at.
"""

import contextlib
import gc
import resource
from collections.abc import Iterator
from ctypes import c_int64
from dataclasses import dataclass, field
from multiprocessing.connection import Connection

import pyarrow as pa

from softwright.core import SoftwrightError
from softwright.facts.extract.batch import Batch, UnitRow
from softwright.facts.extract.readers import read_unit
from softwright.facts.source import BlobSource

IDLE = -1
"""Position between files."""
STARTING = -2
"""Position before the first task is taken."""


@dataclass(slots=True)
class ReadTask:
    """Blobs to read: `units` are (source, blob, reader), neighbours share a source; rows go by position."""

    first_unit: int
    units: list[tuple[int, str, str]]
    sources: list[BlobSource]


@dataclass(slots=True)
class ReadResult:
    """Facts as Arrow streams by raw table; `unread`: index of a source -> why its blobs could not be read."""

    tables: dict[str, bytes] = field(default_factory=dict)
    unread: dict[int, str] = field(default_factory=dict)
    bytes: int = 0
    files: int = 0


def serve(connection: Connection, position: "c_int64", memory_mb: int) -> None:
    """Answer tasks until the owner closes the connection."""
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_DATA, (memory_mb << 20, memory_mb << 20))
    position.value = IDLE
    gc.disable()  # rows hold no cycles; walking them costs a tenth of the time
    with contextlib.suppress(EOFError, BrokenPipeError, KeyboardInterrupt):
        while True:
            task = connection.recv()
            result = read(task, position)
            position.value = IDLE
            connection.send(result)
            gc.collect(0)


def read(task: ReadTask, position: "c_int64") -> ReadResult:
    """Extract every unit of the task."""
    result, batch = ReadResult(), Batch()
    for source, numbers in _groups(task):
        wanted = iter(numbers)
        try:
            for (_, content), number in zip(
                task.sources[source].read([task.units[n][1] for n in numbers]), wanted, strict=True
            ):
                position.value = number
                result.bytes += len(content)
                result.files += 1
                _extract(task.units[number][2], content, number, batch)
        except (SoftwrightError, OSError, ValueError) as error:
            result.unread[source] = str(getattr(error, "message", error))
    result.tables = {name: _stream(rows) for name, rows in batch.tables().items()}
    return result


def _extract(reader: str, content: bytes, number: int, batch: Batch) -> None:
    mark = batch.mark()
    try:
        read_unit(reader, content, number, batch)
    except (RecursionError, MemoryError, ValueError, IndexError) as error:
        batch.back_to(mark)
        batch.units.append(
            UnitRow(number, None, False, f"cannot be read: {type(error).__name__}: {str(error)[:200]}")
        )


def _groups(task: ReadTask) -> Iterator[tuple[int, list[int]]]:
    numbers: list[int] = []
    for number, (source, _, _) in enumerate(task.units):
        if numbers and task.units[numbers[0]][0] != source:
            yield task.units[numbers[0]][0], numbers
            numbers = []
        numbers.append(number)
    if numbers:
        yield task.units[numbers[0]][0], numbers


def _stream(rows: pa.RecordBatch) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_batch(rows)
    return bytes(sink.getvalue())
