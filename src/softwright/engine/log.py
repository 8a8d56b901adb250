"""Where in which run a log line was written: bound once, on every record."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_here: ContextVar[dict[str, str] | None] = ContextVar("softwright_run", default=None)
_PLAIN = frozenset(logging.makeLogRecord({}).__dict__) | {
    "message",
    "asctime",
    "taskName",
    "run",
    "step",
    "repo",
}


@contextmanager
def bound(**where: str) -> Iterator[None]:
    """Log lines inside the block carry `run`, `step` and `repo`; empty words leave what is bound outside."""
    token = _here.set({**(_here.get() or {}), **{name: word for name, word in where.items() if word}})
    try:
        yield
    finally:
        _here.reset(token)


class PlainLines(logging.Formatter):
    """A line for people: time (UTC), level, message, and after it run, step, repo and what `extra` gave."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; an error's traceback follows on lines of its own."""
        at = datetime.fromtimestamp(record.created, UTC)
        words = {**(_here.get() or {}), **_extra(record)}
        line = f"{at:%H:%M:%S} {record.levelname.lower():<8} {record.getMessage()}"
        line += "".join(f"  {name}={word}" for name, word in words.items())
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class JsonLines(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, message, run, step, repo, and what `extra` gave."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **(_here.get() or {}),
        }
        line.update(_extra(record))
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=False)


def _extra(record: logging.LogRecord) -> dict[str, object]:
    return {name: value for name, value in record.__dict__.items() if name not in _PLAIN}
