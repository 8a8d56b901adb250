"""Calling the function of a step: in a thread or not, with a time limit, again after a fault from outside."""

import asyncio
import contextvars
import inspect
import logging
import random
from collections.abc import Awaitable, Callable
from functools import partial
from time import monotonic
from typing import Any, TypeVar, cast

from softwright.core import LimitHit, OutsideFault
from softwright.engine.threads import DaemonThreads

Result = TypeVar("Result")

log = logging.getLogger(__name__)

_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 30.0

# Threads of their own: those of the loop, few on purpose, are for the record of runs.
_threads = DaemonThreads(256, "step")
_LOOK_S = 0.2


async def tried(
    name: str,
    function: Callable[..., Awaitable[Result] | Result],
    args: tuple[Any, ...],
    *,
    attempts: int = 1,
    timeout_s: float | None = None,
    repo: str = "",
) -> Result:
    """What `function(*args)` gives; see `Work.step` for `attempts`, `timeout_s` and `repo`.

    Raises what the last attempt raised, LimitHit when that one ran out of time.
    """
    pause = _FIRST_PAUSE_S
    for left in range(attempts - 1, -1, -1):
        try:
            async with asyncio.timeout(timeout_s):
                return await _called(function, args)
        except TimeoutError as error:
            raise LimitHit(f"step `{name}` took more than {timeout_s:g} s") from error
        except OutsideFault as error:
            if not left:
                raise
            said = f"{error.where}: {error.message}" if error.where else error.message
            log.warning("step `%s`%s failed, trying again: %s", name, f" of {repo}" if repo else "", said)
        # Spread, so that many runs refused at once do not all come back at once.
        await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311
        pause = min(pause * 2, _LONGEST_PAUSE_S)
    raise AssertionError("attempts is at least 1")


async def _called(function: Callable[..., Awaitable[Result] | Result], args: tuple[Any, ...]) -> Result:
    if inspect.iscoroutinefunction(function):
        return cast(Result, await function(*args))
    here = contextvars.copy_context()
    call = partial(here.run, function, *args)
    result = await asyncio.get_running_loop().run_in_executor(_threads, call)
    return cast(Result, await result if inspect.isawaitable(result) else result)


def cut_short(cut_off: Callable[[], object], *, patience_s: float) -> bool:
    """End steps that nobody waits for any more; False when some go on all the same.

    `cut_off` ends what they wait for outside of this process, and is called until none is left.
    """
    until = monotonic() + patience_s
    cut_off()
    while not _threads.idle(_LOOK_S):
        if monotonic() > until:
            return False
        cut_off()
    return True
