"""`imports.replace` in Go: paths of packages, and names that another package gives now."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from softwright.facts.structure import Tree, extent
from softwright.rewrite.imports.go_names import GoImport, is_package, kind_of, new_line, package_name, parted
from softwright.rewrite.imports.moves import Kept, Move, Replaced, moved
from softwright.rewrite.text_edit import TextEdit

if TYPE_CHECKING:
    from softwright.rewrite.imports.go import GoImports


class GoReplacement:
    """What the entries of `imports.replace` make of one tree."""

    def __init__(self, file: "GoImports", tree: Tree, moves: Sequence[Move], is_kept: Kept) -> None:
        self._file = file
        self._tree = tree
        self._moves = moves
        self._is_kept = is_kept
        self._kept: list[int] = []
        self._sites: list[tuple[int, int]] = []
        self._edits: list[TextEdit] = []
        self._gone: list[GoImport] = []
        self._new: dict[str, str] = {}

    def result(self) -> Replaced:
        """Edits, sites and what a comment protects."""
        for entry in self._file.entries:
            path = moved(self._moves, entry.path, separators="/")
            if path is not None:
                self._package(entry, path)
            elif entry.local:
                self._names(entry)
        stay = [entry for entry in self._file.entries if entry not in self._gone]
        edits = [*self._edits, *self._placed(stay)]
        return Replaced(tuple(sorted(edits)), tuple(sorted(self._sites)), tuple(self._kept))

    def _placed(self, stay: list[GoImport]) -> list[TextEdit]:
        """New packages and those that are gone; the only one that goes is changed where it stands."""
        new = list(self._new.items())
        if (
            len(self._gone) == 1
            and new
            and (not stay or (len(new) == 1 and kind_of(new[0][0]) == kind_of(self._gone[0].path)))
        ):
            first, alias = new[0]
            gone = self._gone[0]
            return [
                TextEdit(gone.start, gone.end, new_line(first, alias).text),
                *self._file.added(new[1:], stay),
            ]
        return [*self._file.removed(self._gone), *self._file.added(new, stay)]

    def _package(self, entry: GoImport, path: str) -> None:
        """A package that lies at another path now, and is perhaps called otherwise."""
        uses = [node for node in self._file.uses(entry.local) if is_package(node)]
        places = [(entry.start, entry.end), *(extent(node) for node in uses)]
        alias, local = entry.alias, package_name(path)
        renamed = not alias and local != entry.local
        if renamed and (self._file.uses(local) or any(e.local == local for e in self._file.entries)):
            alias, renamed = entry.local, False
        kept = [place[0] for place in (places if renamed else places[:1]) if self._is_kept(*place)]
        if kept:
            self._kept += kept
            return
        self._sites += places if renamed else places[:1]
        if renamed:
            self._edits += [TextEdit(*extent(node), local) for node in uses]
        if any(other.path == path and other.alias == alias for other in self._file.entries):
            self._gone.append(entry)
        else:
            self._edits.append(TextEdit(entry.start, entry.end, new_line(path, alias).text))

    def _names(self, entry: GoImport) -> None:
        """Names of a package that another one gives now, or that are called otherwise."""
        moves = {parted(move.old)[1]: move.new for move in self._moves if parted(move.old)[0] == entry.path}
        moves.pop("", None)
        if not moves:
            return
        nodes = [node.parent() for node in self._file.uses(entry.local) if is_package(node)]
        left = 0
        for node in (node for node in nodes if node is not None):
            name = node.text().rsplit(".", 1)[-1].strip()
            if name not in moves:
                left += 1
            elif self._is_kept(*extent(node)):
                self._kept.append(extent(node)[0])
                left += 1
            else:
                self._edits.append(TextEdit(*extent(node), self._spelled(moves[name], entry)))
                self._sites.append(extent(node))
                left += parted(moves[name])[0] == entry.path
        if nodes and not left:
            self._gone.append(entry)

    def _spelled(self, new: str, entry: GoImport) -> str:
        path, name = parted(new)
        if path == entry.path:
            return f"{entry.local}.{name}"
        local = self._file.local_name(path)
        if path not in (other.path for other in self._file.entries):
            self._new[path] = local if local != package_name(path) else ""
        return f"{local}.{name}"
