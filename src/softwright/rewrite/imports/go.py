"""Go's imports after a rewrite: packages by path, their names in this file, grouped declarations."""

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from ast_grep_py import SgNode

from softwright.core import InvalidInput
from softwright.facts.structure import Tree, extent
from softwright.rewrite.imports.go_names import (
    GoImport,
    is_hidden,
    is_in_header,
    new_line,
    package_name,
    parted,
    read_go,
)
from softwright.rewrite.imports.go_replace import GoReplacement
from softwright.rewrite.imports.lines import NewLine, placed, removed, sorted_groups
from softwright.rewrite.imports.moves import Kept, Replaced, moves_of
from softwright.rewrite.imports.spec import NOTHING, Leaving, Wanted
from softwright.rewrite.layout import cut_lines, line_end, newline_of
from softwright.rewrite.left_alone import LeftAlone
from softwright.rewrite.text_edit import TextEdit

_STATEMENT = re.compile(r"import\s+(?:\(\s*)?(?:([\w.]+)\s+)?[\"`]([^\"`]+)[\"`](?:\s*\))?\s*;?")
_WORDS: Any = [{"kind": "identifier"}, {"kind": "package_identifier"}]


def parse_go(statement: str) -> list[Wanted]:
    """The package of a Go import statement; InvalidInput when it is none."""
    found = _STATEMENT.fullmatch(" ".join(statement.split()))
    if found is None:
        raise InvalidInput(f"`{statement}` is no import statement", hint='write `import "path/of/package"`')
    alias = found[1] or ""
    return [Wanted(found[2], "", alias, bound=package_name(found[2]))]


class GoImports:
    """The imports of one parsed Go file, and what a rewrite plans to add to them."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._planned: dict[str, Wanted] = {}
        self.entries = list(read_go(tree.root))

    # -- adding --------------------------------------------------------------------------------------------

    def expect(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Nothing: a package that is replaced later may be imported twice until then."""
        del pairs

    def spell(self, dotted: str, node: SgNode) -> str:
        """How `path/of/package` or `path/of/package.Name` is written; LeftAlone where a variable hides it."""
        path, name = parted(dotted)
        local = self.local_name(path)
        if is_hidden(local, node):
            raise LeftAlone(f"`{local}` means something else here than the package {path}")
        if path not in (entry.path for entry in self.entries):
            self._planned[path] = Wanted(path, "", local if local != package_name(path) else "")
        return f"{local}.{name}" if name else local

    def local_name(self, path: str) -> str:
        """The name of a package in this file; for one to be imported, a free one."""
        for entry in self.entries:
            if entry.path == path and entry.local:
                return entry.local
        name, owner = package_name(path), path.split("/")[-2:-1]
        choices = [name, *(package_name(part) + name for part in owner)]
        for choice in choices:
            if not self.uses(choice) and not any(entry.local == choice for entry in self.entries):
                return choice
        raise InvalidInput(f"`{path}` cannot be imported: its names mean something else in this file")

    def require(self, wanted: Wanted, nodes: Sequence[SgNode], leaving: Leaving = NOTHING) -> None:
        """Plan an import unless it is there; InvalidInput when its name means something else."""
        del nodes, leaving
        if any(e.path == wanted.module and e.alias == wanted.alias for e in self.entries):
            return
        if any(entry.local == wanted.local for entry in self.entries):
            raise InvalidInput(
                f"`{wanted.local}` already means something else in this file",
                hint=f"write `$import({wanted.module})` in the rule's fix: it finds another spelling",
            )
        self._planned[wanted.module] = wanted

    def additions(self, taken: Sequence[tuple[int, int]]) -> list[TextEdit]:
        """Edits that add what was planned: into the grouped declaration, beside its relatives."""
        del taken
        new = [(item.module, item.alias) for item in self._planned.values()]
        return self.added(new, self.entries)

    def added(self, new: Sequence[tuple[str, str]], beside: Sequence[GoImport]) -> list[TextEdit]:
        """Edits that put packages (path, alias) beside others, or as the file's first ones."""
        if not new:
            return []
        lines = [new_line(path, alias) for path, alias in new]
        text, newline = self._tree.text, newline_of(self._tree.text)
        grouped = self._tree.root.find(kind="import_spec_list")
        if grouped is not None:
            start, end = extent(grouped)
            inside = [entry.line for entry in beside if start < entry.start < end]
            if inside:
                return placed(text, inside, lines, _opens)
            body = "".join(f"{newline}\t{line.text}" for line in sorted(lines, key=lambda line: line.key))
            return [TextEdit(start + 1, start + 1, body + ("" if "\n" in text[start:end] else newline))]
        single = [node for node in self._tree.root.children() if node.kind() == "import_declaration"]
        if single:
            return self._grouped(single, lines)
        package = next((n for n in self._tree.root.children() if n.kind() == "package_clause"), None)
        place = line_end(text, extent(package)[1]) if package is not None else 0
        below = "" if not text[place : line_end(text, place)].strip() else newline
        return [TextEdit(place, place, f"{newline}{_declaration(lines, newline)}{newline}{below}")]

    def _grouped(self, single: list[SgNode], lines: list[NewLine]) -> list[TextEdit]:
        """One grouped declaration in place of the first single one."""
        node, newline = single[0], newline_of(self._tree.text)
        old = next(entry for entry in self.entries if extent(node)[0] <= entry.start < extent(node)[1])
        all_lines = [new_line(old.path, old.alias), *lines]
        return [TextEdit(*extent(node), _declaration(all_lines, newline))]

    def uses(self, name: str) -> list[SgNode]:
        """Every place where the word stands as a variable or package, imports aside."""
        nodes = self._tree.root.find_all(any=_WORDS, regex=f"^{re.escape(name)}$") if name else []
        return [node for node in nodes if not is_in_header(node)]

    # -- removing ------------------------------------------------------------------------------------------

    def removals(self, names: Sequence[str], before: Tree) -> list[TextEdit]:
        """Edits that drop packages whose last use is gone."""
        was = GoImports(before)
        doomed = [
            entry
            for entry in self.entries
            if any(_is_named(entry.path, name) for name in names)
            and was.is_used(entry)
            and not self.is_used(entry)
        ]
        return self.removed(doomed)

    def is_used(self, entry: GoImport) -> bool:
        """True when the file calls something by the package's name, or may do so."""
        if entry.alias in ("_", "."):
            return True
        words = {entry.local, *re.split(r"\W", entry.path.rsplit("/", 1)[-1])} if not entry.alias else set()
        return any(self.uses(word) for word in words | {entry.local})

    def removed(self, entries: Sequence[GoImport]) -> list[TextEdit]:
        """Edits that drop imports, with the declaration when nothing is left in it."""
        edits: list[TextEdit] = []
        for node in self._tree.root.children():
            if node.kind() != "import_declaration":
                continue
            start, end = extent(node)
            mine = [entry for entry in self.entries if start <= entry.start < end]
            gone = [entry for entry in mine if entry in entries]
            if gone and len(gone) == len(mine):
                cut = cut_lines(self._tree.text, start, end)
                edits.append(TextEdit(cut.start, cut.end, ""))
            else:
                edits += removed(self._tree.text, [entry.line for entry in gone])
        return edits

    # -- replacing -----------------------------------------------------------------------------------------

    def replacements(self, pairs: Sequence[tuple[str, str]], is_kept: Kept) -> Replaced:
        """What `imports.replace` makes of the file: paths, and names that another package gives now."""
        return GoReplacement(self, self._tree, moves_of(pairs), is_kept).result()

    def doubled(self, before: Tree) -> list[TextEdit]:
        """None: steps rename no imports here."""
        del before
        return []

    def sorted_again(self, before: Tree, place: Callable[[int], int]) -> list[TextEdit]:
        """Edits that put stretches of imports in order which were in order before, as gofmt does."""
        was = [entry.line for entry in read_go(before.root)]
        now = [entry.line for entry in self.entries]
        return sorted_groups((before.text, was), (self._tree.text, now), place)


def _declaration(lines: Sequence[NewLine], newline: str) -> str:
    """An import declaration: single, or grouped with the standard library first."""
    if len(lines) == 1:
        return f"import {lines[0].text}"
    by_kind: dict[str, list[NewLine]] = defaultdict(list)
    for line in sorted(lines, key=lambda line: (line.kind != "std", line.key)):
        by_kind[line.kind].append(line)
    stretches = ["".join(f"\t{line.text}{newline}" for line in some) for some in by_kind.values()]
    return f"import ({newline}{newline.join(stretches)})"


def _opens(item: NewLine) -> bool:
    return item.kind == "std"


def _is_named(path: str, name: str) -> bool:
    name = name.strip('"')
    if name.endswith(("/*", ".*")):
        return path == name[:-2] or path.startswith(f"{name[:-2]}/")
    return path == name
