"""Every reader by name: a language, or a kind of manifest. The one place that knows them all."""

import re
from collections.abc import Callable
from functools import cache

from softwright.facts.extract import codeowners, manifests_code, manifests_python
from softwright.facts.extract.batch import Batch, UnitRow
from softwright.facts.extract.languages import SPECS
from softwright.facts.extract.outline import Outliner
from softwright.facts.flags import has_generated_head
from softwright.facts.words import hashes_of

LANGUAGE_VERSION = 3
"""Rises when any language's facts change: its blobs are then read again."""
MANIFEST_VERSION = 1
"""The same for manifests."""
MAX_BYTES = 2_000_000
"""Files above this size are not parsed; they are data or generated more often than not."""

_Manifest = Callable[[str, int, str, Batch], None]

MANIFESTS: dict[str, _Manifest] = {
    "requirements": manifests_python.read_requirements,
    "pyproject": manifests_python.read_pyproject,
    "setup-cfg": manifests_python.read_setup_cfg,
    "setup-py": manifests_python.read_setup_py,
    "package-json": manifests_code.read_package_json,
    "go-mod": manifests_code.read_go_mod,
    "pom": manifests_code.read_pom,
    "cargo": manifests_code.read_cargo,
    "codeowners": codeowners.read_codeowners,
}
_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-_.a-zA-Z0-9]+)", re.MULTILINE)
_LFS = b"version https://git-lfs.github.com/spec/"


def version_of(reader: str) -> int:
    """The version that facts of this reader must have to count."""
    return LANGUAGE_VERSION if reader in SPECS else MANIFEST_VERSION


@cache
def _outliner(language: str) -> Outliner:
    return Outliner(SPECS[language])


def read_unit(reader: str, source: bytes, unit: int, into: Batch) -> None:
    """Append the facts of one blob; a blob that gives none still gets its row, with the reason."""
    lines = source.count(b"\n") + (not source.endswith(b"\n") and bool(source))
    reason = _unreadable(source)
    if reason is not None:
        into.units.append(UnitRow(unit, None if reason == "binary" else lines, False, reason))
        return
    if reader in SPECS:
        encoding, remark = encoding_of(source, reader)
        words = hashes_of(source, reader)
        if words is not None:
            into.words.append((unit, words))
        error = _outliner(reader).outline(source, encoding, unit, into)
        into.units.append(UnitRow(unit, lines, has_generated_head(source), error or remark))
        return
    kind, _, scope = reader.partition(":")
    mark = into.mark()
    try:
        MANIFESTS[kind](source.decode("utf-8-sig", "replace"), unit, scope, into)
        error = None
    except (ValueError, TypeError, AttributeError, KeyError, SyntaxError, RecursionError) as problem:
        # A manifest is somebody's data: whatever its shape, it may not stop the others.
        into.back_to(mark)
        error = f"not a {kind} that can be read: {str(problem)[:200]}"
    into.units.append(UnitRow(unit, lines, False, error))


def _unreadable(source: bytes) -> str | None:
    if len(source) > MAX_BYTES:
        return too_big(len(source))
    if source.startswith(_LFS):
        return "Git LFS pointer: the content is not in the repository"
    return "binary" if b"\0" in source else None


def too_big(size: int) -> str:
    """The reason that is recorded for a file above the limit."""
    return f"too big: {size} bytes, the limit is {MAX_BYTES}"


def encoding_of(source: bytes, language: str) -> tuple[str, str | None]:
    """Encoding to read names with, and a remark when that had to be guessed."""
    if source.isascii():
        return "utf-8", None
    try:
        source.decode()
    except UnicodeDecodeError:
        pass
    else:
        return "utf-8", None
    if language == "python":
        found = _COOKIE.search(b"\n".join(source.split(b"\n", 2)[:2]))
        name = found[1].decode() if found else ""
        try:
            source.decode(name)
        except (LookupError, ValueError):
            pass
        else:
            return name, None
    return "latin-1", "undecodable as UTF-8: names were read as Latin-1"
