"""What a repository says about itself: its settings, and what it depends on."""

import re
import tomllib
from typing import Any

from softwright.facts.requires_python import MANIFESTS, Read

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


def declares(read: Read, module: str) -> bool:
    """True when a dependency file names the distribution of a top-level module, as far as names agree."""
    wanted = _plain(module)
    return any(wanted in {_plain(word) for word in _WORDS.findall(text_of(read, path))} for path in _REQUIRES)


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
