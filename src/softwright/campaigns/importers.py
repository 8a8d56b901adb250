"""Which Python files import the edited ones: a scan of the import statements by name, without resolving.

It may name a file too many (another module of the same name) but none too few of those that import by a
statement; the type check then looks at a file more than it must.
"""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

MAX_IMPORTERS = 200
"""More files than this are not type-checked beside the edited ones."""

_STATEMENT = re.compile(
    rb"^[ \t]*(?:from[ \t]+([.\w]+)[ \t]+import[ \t]*(\([^)]*\)|[^\n#]*)|import[ \t]+([^\n#]*))", re.MULTILINE
)
_WORD = re.compile(rb"\w+")


def module_words(path: str) -> frozenset[bytes]:
    """The words by which an import statement can name the module in a file: its own, or its package's."""
    pure = PurePosixPath(path)
    if pure.suffix not in (".py", ".pyi"):
        return frozenset()
    word = pure.parent.name if pure.stem == "__init__" else pure.stem
    return frozenset({word.encode("utf-8", "surrogateescape")} if word else ())


def importers_of(edited: Iterable[str], sources: Iterable[tuple[str, bytes]]) -> tuple[str, ...]:
    """Paths among `sources` whose import statements name one of the `edited` modules, at most MAX_IMPORTERS.

    `sources` are path and content of the repository's Python files.
    """
    changed = set(edited)
    words = frozenset(word for path in changed for word in module_words(path))
    # `from . import x` names no package: it counts for files beside an edited __init__.
    packages = {str(PurePosixPath(p).parent) for p in changed if PurePosixPath(p).stem == "__init__"}
    found = []
    for path, source in sources:
        beside = str(PurePosixPath(path).parent) in packages and b"from ." in source
        named = any(word in source for word in words) and _names_any(source, words)
        if path not in changed and (beside or named):
            found.append(path)
            if len(found) == MAX_IMPORTERS:
                break
    return tuple(found)


def _names_any(source: bytes, words: frozenset[bytes]) -> bool:
    return any(
        not words.isdisjoint(_WORD.findall(part))
        for statement in _STATEMENT.finditer(source)
        for part in statement.groups()
        if part
    )
