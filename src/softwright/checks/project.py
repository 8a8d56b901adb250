"""What a repository says about its Python: the oldest version it supports, and what it depends on."""

import re
import tomllib
from collections.abc import Callable
from typing import Any

Read = Callable[[str], bytes | None]

_CLAUSE = re.compile(r"(>=|~=|===?|>)\s*v?(\d+)(?:\.(\d+))?(\.\d+)?")
_CFG = re.compile(r"^\s*python_requires\s*=\s*(.+)$", re.MULTILINE)
_SETUP = re.compile(r"python_requires\s*=\s*[rRuU]*(['\"])(.+?)\1")
_CLASSIFIER = re.compile(r"Programming Language :: Python :: (\d+)\.(\d+)")
_WORDS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

_DECLARES = ("pyproject.toml", "setup.cfg", "setup.py")
_REQUIRES = (*_DECLARES, "requirements.txt", "requirements.in", "requirements/base.txt", "Pipfile")


def text_of(read: Read, path: str) -> str:
    """A file as text, "" when there is none; bytes that are not UTF-8 become replacement characters."""
    content = read(path)
    return "" if content is None else content.decode("utf-8", "replace")


def toml_of(read: Read, path: str) -> dict[str, Any]:
    """A TOML file as a table, empty when there is none or it does not parse."""
    try:
        return tomllib.loads(text_of(read, path))
    except tomllib.TOMLDecodeError:
        return {}


def minimum_python(read: Read) -> tuple[int, int] | None:
    """The oldest Python the project supports, as `(3, 9)`; None when it does not say.

    From `requires-python` (pyproject.toml, Poetry's table included), `python_requires` (setup.cfg,
    setup.py), or else the oldest version among the classifiers.
    """
    pyproject = toml_of(read, "pyproject.toml")
    poetry = _at(pyproject, "tool", "poetry", "dependencies", "python")
    said = [
        str(_at(pyproject, "project", "requires-python") or ""),
        str(poetry or "").replace("^", ">="),
        _found(_CFG, text_of(read, "setup.cfg"), 1),
        _found(_SETUP, text_of(read, "setup.py"), 2),
    ]
    for specifier in said:
        low = lowest(specifier)
        if low is not None:
            return low
    named = [
        (int(major), int(minor))
        for path in _DECLARES
        for major, minor in _CLASSIFIER.findall(text_of(read, path))
        if int(major) >= 3
    ]
    return min(named, default=None)


def lowest(specifier: str) -> tuple[int, int] | None:
    """The smallest `(major, minor)` a version specifier lets through, None when it has no lower bound."""
    bounds = [
        (int(major), int(minor or 0) + (operator == ">" and bool(minor) and not micro))
        for operator, major, minor, micro in _CLAUSE.findall(specifier)
    ]
    return max(bounds, default=None)


def declares(read: Read, module: str) -> bool:
    """True when a dependency file names the distribution of a top-level module, as far as names agree."""
    wanted = _plain(module)
    return any(wanted in {_plain(word) for word in _WORDS.findall(text_of(read, path))} for path in _REQUIRES)


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _at(table: Any, *path: str) -> Any:
    for name in path:
        table = table.get(name) if isinstance(table, dict) else None
    return table


def _found(pattern: re.Pattern[str], text: str, group: int) -> str:
    match = pattern.search(text)
    return match[group] if match else ""
