"""Where a Python file lies among packages: what its relative imports mean, how it spells its own package."""

import sys
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from softwright.facts.structure import Import
from softwright.rewrite.imports.spec import Wanted

APART = frozenset({"test", "tests", "testing", "doc", "docs", "example", "examples", "scripts"})
"""Folders whose code is no part of the packages it is about, even where folders below are called alike."""
_ROOTS = ("lib", "python")
_HOLDERS = frozenset({"apps", "libs", "modules", "packages", "plugins", "projects", "services", "src"})


class Home:
    """The place of one file, as its path tells it."""

    def __init__(self, path: str) -> None:
        *folders, file = path.split("/")
        stem = file.partition(".")[0]
        self._folders = tuple(folders)
        self._module = (*folders, *([] if stem == "__init__" else [stem]))
        self._tops = tuple(_tops(folders))
        self.is_package = stem == "__init__"

    def is_own(self, module: str) -> bool:
        """True for a module, named absolutely, of the top-level package that the file is in."""
        return self._top(module) is not None

    def is_module(self, module: str) -> bool:
        """True when the file is that module."""
        is_top = not self._folders or (self._folders[-1] == "src" and APART.isdisjoint(self._folders))
        if is_top and module not in sys.stdlib_module_names and (module,) == self._module[-1:]:
            return True
        return self.canonical(module) == _placed(self._module)

    def may_be_module(self, module: str) -> bool:
        """True when the file is that module as seen from any of the folders above it."""
        parts = tuple(module.split("."))
        return len(parts) > 1 and self._module[-len(parts) :] == parts

    def is_foreign(self, module: str) -> bool:
        """True for a module that is not known to lie in the file's own package."""
        return not module.startswith(".") and not self.is_own(module)

    def canonical(self, dotted: str) -> str:
        """One name for what can be written relatively and absolutely; other names stay as they are.

        What follows a dot behind the name follows a dot behind its canonical one.
        """
        bare = dotted.lstrip(".")
        dots = len(dotted) - len(bare)
        if not dots:
            at = self._top(dotted)
            return dotted if at is None else _placed((*self._folders[:at], dotted))
        if dots > len(self._folders):
            return dotted
        return _placed((*self._folders[: len(self._folders) - dots + 1], *([bare] if bare else [])))

    def relative(self, module: str) -> str:
        """A module of the file's own package with dots (`.b`, `..a.b`), any other as it is."""
        at = self._top(module)
        if at is None:
            return module
        parts = (*self._folders[:at], *module.split("."))
        same = next((n for n, (a, b) in enumerate(zip(parts, self._folders, strict=False)) if a != b), None)
        shared = min(len(parts), len(self._folders)) if same is None else same
        return "." * (len(self._folders) - shared + 1) + ".".join(parts[shared:])

    def absolute(self, module: str, known: Collection[str] = ()) -> str | None:
        """A relative module without dots; None where the path does not tell the top-level package.

        `known` are packages that the project's code names: where several folders may be the top they decide.
        """
        bare = module.lstrip(".")
        owner = self._folders[: len(self._folders) - (len(module) - len(bare)) + 1]
        tops = [at for at in self._tops if at < len(owner) and self._top(self._folders[at]) == at]
        told = [at for at in tops if self._folders[at] in known]
        told += [at for at in tops[:1] if self._folders[at] not in _HOLDERS]
        return ".".join([*owner[told[0] :], *([bare] if bare else [])]) if told else None

    def _top(self, dotted: str) -> int | None:
        """Which of the folders is the package that the name begins with."""
        name = dotted.partition(".")[0]
        if name not in self._folders or name in sys.stdlib_module_names:
            return None
        at = next((at for at in self._tops if self._folders[at] == name), None)
        return None if at is None or not APART.isdisjoint(self._folders[:at]) else at


class Own(NamedTuple):
    """How a file, by its imports, spells what it imports from its own package."""

    home: Home
    imports: Sequence[Import]

    def same(self, one: str, other: str) -> bool:
        """True when two dotted names stand for one thing in this file."""
        return one == other or self.home.canonical(one) == self.home.canonical(other)

    def joined(self, module: str) -> str | None:
        """How an import of the file's head spells the module already; its own spelling when there are two."""
        there = [entry.module for entry in self.imports if entry.is_top and entry.name and not entry.is_star]
        alike = [each for each in there if self.same(each, module)]
        return module if module in alike else next(iter(alike), None)

    def spelled(self, module: str) -> str:
        """The module as a new import names it: with dots where most of the file's own imports have them."""
        joined = self.joined(module)
        if joined is not None or not self.home.is_own(module):
            return joined or module
        statements = {entry.start: entry.module for entry in self.imports}.values()
        relative = sum(each.startswith(".") for each in statements)
        absolute = sum(self.home.is_own(each) for each in statements)
        return self.home.relative(module) if relative > absolute else module

    def placed(self, wanted: Wanted) -> Wanted:
        """The import as the file would write it."""
        return wanted._replace(module=self.spelled(wanted.module)) if wanted.name else wanted


def _tops(folders: Sequence[str]) -> Iterator[int]:
    """Folders that may be the top-level package, the likeliest first.

    One called like the folder above it may be either's: that tells nothing.
    """
    last = len(folders) - 1
    if "src" in folders[:last]:
        yield folders.index("src") + 1
    if last > 0 and folders[0] in _ROOTS:
        yield 1
    if last == 0 or (last > 0 and folders[0] != folders[1]):
        yield 0


def _placed(parts: Sequence[str]) -> str:
    """A canonical name: no name of the language begins with a slash."""
    return "/" + ".".join(parts)
