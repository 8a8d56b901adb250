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

from softwright.core import LimitHit, OutsideFault, RecordAway
from softwright.engine.threads import DaemonThreads

Result = TypeVar("Result")

log = logging.getLogger(__name__)

_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 30.0
_LONGEST_AWAY_PAUSE_S = 2.0  # between looks whether the record is back: all work waits for it
_AWAY_S = 900.0  # that its absence is borne with; a restore from a backup is a person's matter

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
    patience = _Patience(attempts)
    while True:
        try:
            async with asyncio.timeout(timeout_s):
                return await _called(function, args)
        except TimeoutError as error:
            raise LimitHit(f"step `{name}` took more than {timeout_s:g} s") from error
        except OutsideFault as error:
            pause = patience.pause_after(error)
            if pause is None:
                raise
            said = f"{error.where}: {error.message}" if error.where else error.message
            log.warning("step `%s`%s failed, trying again: %s", name, f" of {repo}" if repo else "", said)
        # Spread, so that many runs refused at once do not all come back at once.
        await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311


class _Patience:
    """How long to wait before each further attempt.

    The record's absence costs no attempt, if there is more than one: an outage is over when it is over.
    """

    def __init__(self, attempts: int) -> None:
        self._more = attempts - 1
        self._bears = attempts > 1
        self._pause_s = _FIRST_PAUSE_S
        self._away_since: float | None = None

    def pause_after(self, error: OutsideFault) -> float | None:
        """Seconds to wait, None when it was the last attempt."""
        away = self._bears and isinstance(error, RecordAway)
        if not away:
            self._more -= 1
            self._away_since = None
        elif self._away_since is None:
            self._away_since = monotonic()
        if self._more < 0 or (self._away_since is not None and monotonic() - self._away_since > _AWAY_S):
            return None
        pause = min(self._pause_s, _LONGEST_AWAY_PAUSE_S) if away else self._pause_s
        self._pause_s = min(self._pause_s * 2, _LONGEST_PAUSE_S)
        return pause


async def _called(function: Callable[..., Awaitable[Result] | Result], args: tuple[Any, ...]) -> Result:
    if inspect.iscoroutinefunction(function):
        return cast(Result, await function(*args))
    here = contextvars.copy_context()
    call = partial(here.run, _without_stop, function, args)
    result = await asyncio.get_running_loop().run_in_executor(_threads, call)
    return cast(Result, await result if inspect.isawaitable(result) else result)


def _without_stop(function: Callable[..., Result], args: tuple[Any, ...]) -> Result:
    """What the function gives; a stray StopIteration, which no future can carry, as an error that can."""
    try:
        return function(*args)
    except StopIteration as error:
        raise RuntimeError("the step's function raised StopIteration") from error


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
