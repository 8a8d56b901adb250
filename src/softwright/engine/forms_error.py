"""Exceptions in payloads: those of the project come back as themselves, all others as `RemoteError`."""

import traceback
from typing import Any

from softwright.core import (
    InvalidInput,
    LimitHit,
    OutsideFault,
    PrerequisiteMissing,
    SoftwrightError,
)

_MESSAGE_LIMIT = 4_000
_TRACE_LIMIT = 8_000

_OWN: dict[str, type[SoftwrightError]] = {
    cls.__name__: cls for cls in (SoftwrightError, InvalidInput, PrerequisiteMissing, OutsideFault, LimitHit)
}


class RemoteError(SoftwrightError):
    """An exception that is not of the project's tree, raised in another process.

    `kind` is the name of its class there, `message` what it said, `trace` the end of its traceback.
    """

    def __init__(
        self, message: str, *, kind: str = "Exception", hint: str = "", where: str = "", trace: str = ""
    ) -> None:
        super().__init__(message, hint=hint, where=where)
        self.kind = kind
        self.trace = trace

    def __str__(self) -> str:
        return f"{self.kind}: {super().__str__()}"


def error_to_parts(error: BaseException) -> dict[str, str]:
    """What is kept of an exception, all of it text. Never fails: an error must not hide behind another."""
    if isinstance(error, SoftwrightError):
        parts = {"message": error.message, "hint": error.hint, "where": error.where}
        if isinstance(error, RemoteError):
            parts |= {"type": error.kind, "trace": error.trace}
        else:
            parts["type"] = next(cls.__name__ for cls in type(error).__mro__ if cls in _OWN.values())
    else:
        trace = "".join(traceback.format_exception(error))
        parts = {"type": type(error).__name__, "message": _said(error), "trace": trace[-_TRACE_LIMIT:]}
    return {name: str(part)[: _limit(name)] for name, part in parts.items() if part}


def error_from_parts(parts: dict[str, Any]) -> SoftwrightError:
    """The exception that was kept."""
    kind = str(parts["type"])
    words = {name: str(parts.get(name, "")) for name in ("message", "hint", "where")}
    message = words.pop("message")
    if kind in _OWN:
        return _OWN[kind](message, **words)
    return RemoteError(message, kind=kind, trace=str(parts.get("trace", "")), **words)


def as_kept(error: Exception) -> SoftwrightError:
    """The error as whoever reads it back will see it: itself when it travels unchanged."""
    return error if type(error) in (*_OWN.values(), RemoteError) else error_from_parts(error_to_parts(error))  # type: ignore[return-value]


def _said(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return "(its message cannot be made)"


def _limit(name: str) -> int:
    return _TRACE_LIMIT if name == "trace" else _MESSAGE_LIMIT
