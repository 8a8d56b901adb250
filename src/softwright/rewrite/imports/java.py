"""Java's imports after a rewrite: single types, static members and whole packages."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from ast_grep_py import SgNode

from softwright.core import InvalidInput
from softwright.facts.structure import Tree, extent
from softwright.rewrite.imports.java_names import (
    JavaImport,
    binds,
    is_head,
    parted,
    path_in,
    read_java,
    statement_of,
)
from softwright.rewrite.imports.java_replace import JavaReplacement
from softwright.rewrite.imports.lines import (
    NewLine,
    placed,
    removed,
    sorted_groups,
)
from softwright.rewrite.imports.moves import Kept, Replaced, moves_of
from softwright.rewrite.imports.spec import NOTHING, Leaving, Wanted
from softwright.rewrite.layout import line_end, newline_of
from softwright.rewrite.text_edit import TextEdit

_STATEMENT = re.compile(r"import\s+(static\s+)?([\w$.]+?)(\.\*)?\s*;?")
_HEADS: Any = [{"kind": "identifier"}, {"kind": "type_identifier"}]

_COMMENTS: Any = [{"kind": "line_comment"}, {"kind": "block_comment"}]


def parse_java(statement: str) -> list[Wanted]:
    """The name of a Java import statement; InvalidInput when it is none."""
    found = _STATEMENT.fullmatch(" ".join(statement.split()))
    if found is None or ("." not in found[2] and not found[3]):
        raise InvalidInput(f"`{statement}` is no import statement", hint="write `import a.b.Name;`")
    package, _, name = found[2].rpartition(".")
    kind = "static" if found[1] else ""
    return [Wanted(found[2], "*", kind=kind) if found[3] else Wanted(package, name, kind=kind)]


class JavaImports:
    """The imports of one parsed Java file, and what a rewrite plans to add to them."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._planned: dict[str, Wanted] = {}
        self.entries = list(read_java(tree.root))
        package = next((n for n in tree.root.children() if n.kind() == "package_declaration"), None)
        self._package = path_in(package) if package is not None else ""
        self._names: dict[str, list[SgNode]] = {}

    # -- adding --------------------------------------------------------------------------------------------

    def expect(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Nothing: where a name is taken the whole one is written."""
        del pairs

    def spell(self, dotted: str, node: SgNode) -> str:
        """The simple name where it is imported or can be, else the whole name, which is right anywhere."""
        del node
        owner, _, name = dotted.rpartition(".")
        if not owner:
            return dotted
        if self.is_given(Wanted(owner, name)) and not self._is_declared(name):
            return name
        outer = owner.rpartition(".")[2]
        if outer[:1].isupper() and self.is_given(Wanted(*parted(owner))):
            return f"{outer}.{name}"
        if any(e.is_static and (e.owner, e.name) == (owner, name) for e in self.entries):
            return name
        if not name[:1].isupper() and outer[:1].isupper():
            return f"{self.spell(owner, self._tree.root)}.{name}"
        if not self.is_free(name, dotted):
            return dotted
        self._planned[dotted] = Wanted(owner, name)
        return name

    def require(self, wanted: Wanted, nodes: Sequence[SgNode], leaving: Leaving = NOTHING) -> None:
        """Plan an import unless it is there; InvalidInput when its name means something else."""
        del nodes, leaving
        if self.is_given(wanted):
            return
        if wanted.name != "*" and not wanted.kind and not self.is_free(wanted.name, wanted.dotted):
            raise InvalidInput(
                f"`{wanted.name}` already means something else in this file",
                hint=f"write `$import({wanted.dotted})` in the rule's fix: it finds another spelling",
            )
        self._planned[f"{wanted.kind} {wanted.dotted}"] = wanted

    def additions(self, taken: Sequence[tuple[int, int]]) -> list[TextEdit]:
        """Edits that add what was planned, beside its relatives."""
        del taken
        new = [
            NewLine(
                statement_of(item.dotted, is_static=bool(item.kind)), tuple(item.dotted.split(".")), item.kind
            )
            for item in self._planned.values()
        ]
        return self.added(new, self.entries)

    def added(self, new: Sequence[NewLine], beside: Sequence[JavaImport]) -> list[TextEdit]:
        """Edits that put imports beside others, or as the file's first ones."""
        if not new:
            return []
        if beside:
            return placed(self._tree.text, [entry.line for entry in beside], new, _opens)
        text, newline = self._tree.text, newline_of(self._tree.text)
        lines = "".join(f"{item.text}{newline}" for item in sorted(new, key=lambda item: item.key))
        package = next((n for n in self._tree.root.children() if n.kind() == "package_declaration"), None)
        if package is None:
            code = (node for node in self._tree.root.children() if "comment" not in node.kind())
            place = extent(first)[0] if (first := next(code, None)) is not None else 0
            return [TextEdit(place, place, f"{lines}{newline}")]
        place = line_end(text, extent(package)[1])
        below = "" if not text[place : line_end(text, place)].strip() else newline
        return [TextEdit(place, place, f"{newline}{lines}{below}")]

    def is_given(self, wanted: Wanted, *, without: JavaImport | None = None) -> bool:
        """True when the name is at hand without a new import, and without a certain one that is there."""
        entries = [entry for entry in self.entries if entry != without]
        if not wanted.kind and wanted.module in ("java.lang", self._package) and wanted.name != "*":
            return not any(e.name == wanted.name for e in entries if e.dotted != wanted.dotted)
        others = [e for e in entries if e.name == wanted.name and not e.is_static]
        return any(
            entry.is_static == bool(wanted.kind)
            and entry.owner == wanted.module
            and (entry.name == wanted.name or (entry.name == "*" and not others))
            for entry in entries
        )

    def is_free(self, name: str, dotted: str) -> bool:
        """True when the simple name means nothing in the file, or the very thing."""
        if any(e.name == name and e.dotted != dotted and not e.is_static for e in self.entries):
            return False
        same = any(entry.dotted == dotted for entry in self.entries)
        return same or not self.uses(name)

    # -- removing ------------------------------------------------------------------------------------------

    def removals(self, names: Sequence[str], before: Tree) -> list[TextEdit]:
        """Edits that drop single imports whose last use is gone, in code and in comments."""
        was = JavaImports(before)
        doomed = [
            entry
            for entry in self.entries
            if entry.name != "*"
            and any(_is_named(entry.dotted, name) for name in names)
            and was.uses(entry.name)
            and not self.uses(entry.name)
            and not self._is_mentioned(entry.name)
        ]
        return removed(self._tree.text, [entry.line for entry in doomed])

    def _is_mentioned(self, name: str) -> bool:
        """True when a documentation comment links the name."""
        return self._tree.root.find(any=_COMMENTS, regex=rf"[@#{{].*\b{re.escape(name)}\b") is not None

    def uses(self, name: str) -> list[SgNode]:
        """Every place where the simple name begins a name or a call, imports aside."""
        if name not in self._names:
            nodes = self._tree.root.find_all(any=_HEADS, regex=f"^{re.escape(name)}$")
            self._names[name] = [node for node in nodes if is_head(node)]
        return self._names[name]

    def _is_declared(self, name: str) -> bool:
        """True when the file declares the name itself."""
        return any(binds(node) for node in self.uses(name))

    # -- replacing -----------------------------------------------------------------------------------------

    def replacements(self, pairs: Sequence[tuple[str, str]], is_kept: Kept) -> Replaced:
        """What `imports.replace` makes of the file: imports, uses of renamed types, whole names in code."""
        return JavaReplacement(self, self._tree, moves_of(pairs), is_kept).result()

    def doubled(self, before: Tree) -> list[TextEdit]:
        """None: steps rename no imports here."""
        del before
        return []

    def sorted_again(self, before: Tree, place: Callable[[int], int]) -> list[TextEdit]:
        """Edits that put stretches of imports in order which were in order before."""
        was = [entry.line for entry in read_java(before.root)]
        now = [entry.line for entry in self.entries]
        return sorted_groups((before.text, was), (self._tree.text, now), place)


def _opens(item: NewLine) -> bool:
    """The platform's own packages stand above the others, static imports below."""
    return not item.kind and item.path[0] in ("java", "javax")


def _is_named(dotted: str, name: str) -> bool:
    if name.endswith(".*"):
        return dotted.startswith(name[:-1])
    return dotted == name
