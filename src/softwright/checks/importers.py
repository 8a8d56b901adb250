"""Which Python files an edit can break: those that import the edited files, through re-exports too.

Import statements are read by a scan of the text and resolved within the repository. A name that an
importer hands on (`from .impl import f` in an `__init__.py`) is followed to whoever imports it there, and
so is a class derived from an imported one.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath
from typing import NamedTuple

from softwright.checks.changed_names import Names, changed_names
from softwright.core import Patch, Write
from softwright.facts.resolve import Resolver

_STATEMENT = re.compile(
    rb"[ \t]*(?:from[ \t]*([.\w \t]+?)[ \t]*\bimport\b[ \t]*"
    rb"(\((?:#[^\n]*|[^)#])*\)|(?:[^\n#;\\]|\\\r?\n)*)|import[ \t]+((?:[^\n#;\\]|\\\r?\n)*))"
)
_NOISE = re.compile(rb"#[^\n]*|\\\r?\n|[()]")
_ITEM = re.compile(rb"([\w.]+|\*)(?:\s+as\s+(\w+))?\s*$")
_CLASS = re.compile(rb"^class[ \t]+(\w+)[ \t]*\(([^)]*)\)", re.MULTILINE)
_WORD = re.compile(rb"\w+")


class _Import(NamedTuple):
    """One imported name: the file it comes from, `name` there (b"" for the module itself), `local` here."""

    target: str
    name: bytes
    local: bytes


def importers_of(
    patch: Patch,
    sources: Iterable[tuple[str, bytes]],
    *,
    base: Callable[[str], bytes | None] | None = None,
) -> tuple[str, ...]:
    """Paths among `sources` that may see what `patch` changes, sorted, without the changed files.

    `sources` are path and content of the repository's Python files. With `base`, the unchanged content by
    path, only importers of the names that a file really changed are given.
    """
    changed: dict[str, Names] = {}
    for path, change in patch.files.items():
        if path.endswith((".py", ".pyi")):
            after = change.content if isinstance(change, Write) else None
            changed[path] = changed_names(base(path), after) if base is not None else None
    if not any(names is None or names for names in changed.values()):
        return ()
    scan = _Scan({path: source for path, source in sources if path not in changed}, changed)
    return tuple(sorted(scan.follow()))


@dataclass
class _Scan:
    """The files of one repository, their imports read when they are asked for."""

    sources: Mapping[str, bytes]
    changed: Mapping[str, Names]
    _texts: dict[str, bytes] = field(default_factory=dict)
    _read: dict[str, list[_Import]] = field(default_factory=dict)

    @cached_property
    def resolver(self) -> Resolver:
        """Knows which file a module is."""
        return Resolver([*self.sources, *self.changed])

    def statements(self, path: str) -> bytes:
        """The import statements of a file, one a line."""
        if path not in self._texts:
            self._texts[path] = b"\n".join(m[0] for m in _statements(self.sources[path]))
        return self._texts[path]

    def follow(self) -> set[str]:
        """Every file reached from the changed ones."""
        reached: set[str] = set()
        done: dict[str, Names] = {}
        todo = sorted(self.changed.items(), key=lambda item: item[0])
        while todo:
            path, names = todo.pop()
            known = done.get(path, frozenset())
            if known is None or names == frozenset() or (names is not None and names <= known):
                continue
            done[path] = names = None if names is None else names | known
            for user in self._mentions(path, names):
                handed_on = self._handed_on(user, path, names)
                if handed_on is not None:
                    reached.add(user)
                    if handed_on:
                        todo.append((user, None if b"*" in handed_on else handed_on))
        return reached

    def _mentions(self, path: str, names: Names) -> list[str]:
        """Files that may import one of the `names` of `path`, by the look of them: cheapest look first."""
        pure = PurePosixPath(path)
        package = pure.stem == "__init__"
        word = (pure.parent.name if package else pure.stem).encode("utf-8", "surrogateescape")
        folder = f"{pure.parent}/" if package and str(pure.parent) != "." else ""
        found = []
        for other, source in self.sources.items():
            inside = package and other.startswith(folder)
            if other == path or not (inside or (word and word in self._texts.get(other, source))):
                continue
            if names is not None and not any(name in source for name in names):
                continue
            text = self.statements(other)
            if (word and word in text) or (inside and b"from ." in text):
                found.append(other)
        return found

    def _handed_on(self, user: str, path: str, names: Names) -> frozenset[bytes] | None:
        """Names by which `user` makes the changed `names` of `path` its own; None when it uses none."""
        local: set[bytes] = set()
        uses = False
        for found in self._imports(user):
            if found.target != path:
                continue
            if names is not None and not self._meets(user, found.name, names):
                continue
            uses = True
            local.add(found.local)
        if not uses:
            return None
        return frozenset(local | self._derived(user, local)) - {b""}

    def _meets(self, user: str, imported: bytes, names: frozenset[bytes]) -> bool:
        """True when an import of `imported`, as `user` goes on to use it, may concern one of the `names`."""
        if imported not in (b"", b"*"):
            return imported in names
        before = rb"\." if imported == b"" else rb"\b"
        likely = [name for name in names if name in self.sources[user]]
        return any(
            re.search(before + rb"\s*" * (imported == b"") + re.escape(name) + rb"\b", self.sources[user])
            for name in likely
        )

    def _derived(self, user: str, local: set[bytes]) -> set[bytes]:
        """Classes of `user` with a base among the `local` names, or among classes so found."""
        derived: set[bytes] = set()
        for match in _CLASS.finditer(self.sources[user]):
            if b"*" in local or not (local | derived).isdisjoint(_WORD.findall(match[2])):
                derived.add(match[1])
        return derived

    def _imports(self, path: str) -> list[_Import]:
        if path not in self._read:
            self._read[path] = [
                found
                for statement in _statements(self.statements(path))
                for found in (
                    self._plain(path, statement[3])
                    if statement[1] is None
                    else self._from(path, statement[1], statement[2])
                )
            ]
        return self._read[path]

    def _plain(self, path: str, items: bytes) -> Iterable[_Import]:
        for name, alias in _items(items):
            parts = name.decode().split(".")
            for length in range(1, len(parts) + 1):  # `import a.b` runs a, and binds it
                target = self._target(path, ".".join(parts[:length]), "", 0)
                if target:
                    yield _Import(target, b"", alias or parts[0].encode())

    def _from(self, path: str, origin: bytes, items: bytes) -> Iterable[_Import]:
        dotted = b"".join(origin.split()).decode()
        module = dotted.lstrip(".")
        level = len(dotted) - len(module)
        package = self._target(path, module, "", level)
        for name, alias in _items(items):
            target = self._target(path, module, "" if name == b"*" else name.decode(), level)
            if target and target != package:  # a module of the package
                yield _Import(target, b"", alias or name)
            if package:
                yield _Import(package, name, alias or name)

    def _target(self, path: str, module: str, name: str, level: int) -> str:
        return self.resolver.path_of("python", path, module, name, level) or ""


def _statements(source: bytes) -> Iterable[re.Match[bytes]]:
    """Import statements, found by their keyword: most of a file is never looked at."""
    at = source.find(b"import")
    while at >= 0:
        line = source.rfind(b"\n", 0, at) + 1
        found = _STATEMENT.match(source, line)
        if found is None and (cut := max(source.rfind(b";", line, at), source.rfind(b":", line, at))) >= 0:
            found = _STATEMENT.match(source, cut + 1)
        if found is not None:
            yield found
        at = source.find(b"import", max(at + 6, found.end() if found else 0))


def _items(items: bytes) -> Iterable[tuple[bytes, bytes]]:
    for item in _NOISE.sub(b" ", items).split(b","):
        match = _ITEM.search(item.strip())
        if match:
            yield match[1], match[2] or b""
