"""`imports.replace` in Java: imports, uses of renamed types, whole names in code."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ast_grep_py import SgNode

from softwright.facts.structure import Tree, extent
from softwright.rewrite.imports.java_names import JavaImport, binds, is_in_header, statement_of
from softwright.rewrite.imports.lines import NewLine, groups_of, removed
from softwright.rewrite.imports.moves import Kept, Move, Replaced, moved
from softwright.rewrite.imports.spec import Wanted
from softwright.rewrite.text_edit import TextEdit

if TYPE_CHECKING:
    from softwright.rewrite.imports.java import JavaImports

_QUALIFIED: Any = [
    {"kind": "scoped_type_identifier"},
    {"kind": "field_access"},
    {"kind": "scoped_identifier"},
]


class JavaReplacement:
    """What the entries of `imports.replace` make of one tree."""

    def __init__(self, file: "JavaImports", tree: Tree, moves: Sequence[Move], is_kept: Kept) -> None:
        self._file = file
        self._tree = tree
        self._moves = moves
        self._is_kept = is_kept
        self._kept: list[int] = []
        self._sites: list[tuple[int, int]] = []
        self._edits: list[TextEdit] = []
        self._gone: list[JavaImport] = []
        self._new: list[NewLine] = []

    def result(self) -> Replaced:
        """Edits, sites and what a comment protects."""
        entries = self._file.entries
        for entry in entries:
            new = _sent(self._moves, entry)
            if new is not None:
                self._replace(entry, new)
        self._whole_names()
        text = self._tree.text
        stay = [entry for entry in entries if entry not in self._gone]
        edits = [*self._edits, *removed(text, [entry.line for entry in self._gone])]
        edits += self._file.added(self._new, stay or entries) if self._new else []
        return Replaced(tuple(sorted(edits)), tuple(sorted(self._sites)), tuple(self._kept))

    def _replace(self, entry: JavaImport, new: str) -> None:
        owner, _, name = new.rpartition(".")
        uses = self._file.uses(entry.name) if name != entry.name and entry.name != "*" else []
        uses = [node for node in uses if not binds(node)]
        places = [(entry.start, entry.end), *(extent(node) for node in uses)]
        kept = [place[0] for place in places if self._is_kept(*place)]
        if kept:
            self._kept += kept
            return
        wanted = Wanted(new, "*") if entry.name == "*" else Wanted(owner, name)
        wanted = wanted._replace(kind="static" if entry.is_static else "")
        is_free = name == entry.name or self._file.is_free(name, new)
        spelling = name if is_free else new
        self._sites += places
        self._edits += [TextEdit(*extent(node), spelling) for node in uses]
        if (
            self._file.is_given(wanted, without=entry)
            or not is_free
            or new in (line.key for line in self._new)
        ):
            self._gone.append(entry)
            return
        path = tuple(f"{new}.*".split(".")) if entry.name == "*" else tuple(new.split("."))
        line = NewLine(statement_of(".".join(path), is_static=entry.is_static), path, wanted.kind)
        if not self._belongs_elsewhere(entry, line):
            self._edits.append(TextEdit(entry.start, entry.end, line.text))
        else:
            self._gone.append(entry)
            self._new.append(line)

    def _belongs_elsewhere(self, entry: JavaImport, line: NewLine) -> bool:
        """True when relatives of the new name stand in another stretch, and none beside the old one."""
        groups = groups_of(self._tree.text, [one.line for one in self._file.entries])
        near = [
            any(one.path[0] == line.path[0] and one.kind == line.kind and one != entry.line for one in group)
            for group in groups
        ]
        here = next(at for at, group in enumerate(groups) if entry.line in group)
        return entry.line.path[0] != line.path[0] and any(near) and not near[here]

    def _whole_names(self) -> None:
        """Types that the code names by package and all."""
        for move in self._moves:
            if move.old not in self._tree.text:
                continue
            for node in self._tree.root.find_all(any=_QUALIFIED, regex=f"^{re.escape(move.old)}$"):
                if is_in_header(node) or not _is_covered(node, move):
                    continue
                if self._is_kept(*extent(node)):
                    self._kept.append(extent(node)[0])
                    continue
                self._edits.append(TextEdit(*extent(node), move.new))
                self._sites.append(extent(node))


def _sent(moves: Sequence[Move], entry: JavaImport) -> str | None:
    """The new name of an import; an entry for a package or class covers what is imported from it."""
    for move in moves:
        if entry.name != "*" and entry.owner == move.old:
            return f"{move.new}.{entry.name}"
        new = moved((move,), entry.dotted)
        if new is not None:
            return new
    return None


def _is_covered(node: SgNode, move: Move) -> bool:
    """True for a type, and for a package of which a type follows (of a prefix, whatever follows)."""
    above = node.parent()
    behind = above.text()[len(move.old) :].lstrip(" .") if above is not None else ""
    if move.is_prefix:
        return bool(behind)
    return move.old.rpartition(".")[2][:1].isupper() or behind[:1].isupper()
