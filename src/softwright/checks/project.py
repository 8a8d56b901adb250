"""What a repository says about its Python: the oldest version it supports, and what it depends on."""

import re
import tomllib
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

from softwright.facts.requires_python import MANIFESTS, declared_floor

Read = Callable[[str], bytes | None]

_CLASSIFIER = re.compile(r"Programming Language :: Python :: (\d+)\.(\d+)")
_WORDS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_REQUIRES = (*MANIFESTS, "requirements.txt", "requirements.in", "requirements/base.txt", "Pipfile")


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


def minimum_python(read: Read, path: str = "") -> tuple[int, int] | None:
    """The oldest Python that the project around a file supports, as `(3, 9)`; None when it does not say.

    The nearest manifest above `path` that declares one is believed; where none does, the oldest version
    among the classifiers of the repository's own manifests.
    """
    for folder in PurePosixPath(path or "at-the-root").parents:
        for name in MANIFESTS:
            content = read(str(folder / name))
            floor = None if content is None else declared_floor(name, content)
            if floor is not None:
                return floor
    named = [
        (int(major), int(minor))
        for name in MANIFESTS
        for major, minor in _CLASSIFIER.findall(text_of(read, name))
        if int(major) >= 3
    ]
    return min(named, default=None)


def declares(read: Read, module: str) -> bool:
    """True when a dependency file names the distribution of a top-level module, as far as names agree."""
    wanted = _plain(module)
    return any(wanted in {_plain(word) for word in _WORDS.findall(text_of(read, path))} for path in _REQUIRES)


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
