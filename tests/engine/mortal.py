"""A process to be killed: `python -m tests.engine.mortal URL FILE`; its runs write what they do to FILE."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

from softwright.engine import Kind, Kinds, Queue, Work
from softwright.engine.durable import EngineDatabase, Executor


def note(file: str, words: str) -> None:
    """Add a line."""
    with Path(file).open("a") as out:
        out.write(f"{words}\n")


async def hold(file: str) -> None:
    """Go on once the file says so."""
    note(file, "held")
    while "go\n" not in Path(file).read_text():
        await asyncio.sleep(0.02)


async def climb(work: Work, file: str) -> str:
    """Three steps, the second of which waits for the test."""
    await work.step("first", note, file, "first")
    await work.step("hold", hold, file)
    await work.step("last", note, file, "last")
    return "top"


async def listen(work: Work, file: str) -> object:
    """A step, and a wait."""
    await work.step("before", note, file, "before")
    return await work.wait("word", timeout_s=600)


async def fall(work: Work, file: str) -> None:
    """Takes its process along."""
    await work.step("fall", note, file, "fell")
    os.kill(os.getpid(), signal.SIGKILL)


KINDS = Kinds(
    [Queue("all", per_worker=10, poll_s=0.05)],
    [Kind("climb", "all", climb), Kind("listen", "all", listen), Kind("fall", "all", fall, attempts=1)],
)


if __name__ == "__main__":
    with Executor(EngineDatabase(sys.argv[1]), KINDS):
        note(sys.argv[2], f"up {os.getpid()}")
        time.sleep(600)
