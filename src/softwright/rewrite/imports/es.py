"""ES imports after a rewrite: `import {name} from "module"` added once, dropped when unused."""

import re
from collections import defaultdict
from collections.abc import Callable, Sequence

from ast_grep_py import SgNode

from softwright.core import InvalidInput
from softwright.facts.structure import EsImport, EsNames, Tree, extent
from softwright.rewrite.imports.es_replace import replace_imports
from softwright.rewrite.imports.moves import Kept, Replaced
from softwright.rewrite.imports.spec import NOTHING, Leaving, Wanted, doubled
from softwright.rewrite.layout import cut_element, line_end, line_start, newline_of, opens_line
from softwright.rewrite.text_edit import TextEdit

_STATEMENT = re.compile(r"import\s+(?P<clause>.+?)\s+from\s+([\"'])(?P<module>[^\"']+)\2;?")
_ITEM = re.compile(r"([\w$]+)(?:\s+as\s+([\w$]+))?")


def parse_es(statement: str) -> list[Wanted]:
    """The names of an ES import statement; InvalidInput when it is none."""
    found = _STATEMENT.fullmatch(" ".join(statement.split()))
    clause = found["clause"] if found else ""
    named = re.search(r"\{(.*)\}", clause)
    wanted: list[Wanted] = []
    head = re.sub(r"\{.*\}", "", clause).strip(" ,")
    module = found["module"] if found else ""
    if head.startswith("*"):
        space = re.fullmatch(r"\*\s*as\s+([\w$]+)", head)
        wanted += [Wanted(module, "*", space[1])] if space else []
    elif re.fullmatch(r"[\w$]+", head):
        wanted.append(Wanted(module, "default", head))
    for part in named[1].split(",") if named else []:
        item = _ITEM.fullmatch(part.strip())
        wanted += [Wanted(module, item[1], item[2] or "")] if item else []
    if not wanted:
        raise InvalidInput(
            f"`{statement}` is no import statement", hint='write `import {name} from "module"`'
        )
    return wanted


class EsImports:
    """The imports of one parsed JavaScript or TypeScript file."""

    def __init__(self, tree: Tree, path: str) -> None:
        assert isinstance(tree.names, EsNames)
        self._tree = tree
        self._path = path
        self._names: EsNames = tree.names
        self._planned: dict[str, Wanted] = {}

    def expect(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Nothing: a name that is free is imported, and one statement more does no harm."""
        del pairs

    def spell(self, dotted: str, node: SgNode) -> str:
        """The local name of an export ("module.name"), imported when no binding serves."""
        del node
        module, _, name = dotted.rpartition(".")
        for entry in self._names.imports:
            if entry.is_type or self._names.resolve(entry.local) is not entry:
                continue
            if entry.dotted == dotted:
                return entry.local
            if entry.name == "*" and entry.module == module:
                return f"{entry.local}.{name}"
        alias = re.sub(r"\W+", "_", module).strip("_")
        local = alias if name == "default" else name
        for choice in (local, f"{alias}_{name}"):
            if not self._names.uses(choice):
                self._planned[dotted] = Wanted(module, name, "" if choice == name else choice)
                return choice
        raise InvalidInput(f"`{dotted}` cannot be imported: its names mean something else in this file")

    def require(self, wanted: Wanted, nodes: Sequence[SgNode], leaving: Leaving = NOTHING) -> None:
        """Plan `wanted` unless its name is bound by that very import."""
        del nodes, leaving
        entry = self._names.resolve(wanted.local)
        if entry is not None and (entry.module, entry.name) == (wanted.module, wanted.name):
            return
        if self._names.uses(wanted.local):
            raise InvalidInput(
                f"`{wanted.local}` already means something else in this file",
                hint=f"write `$import({wanted.dotted})` in the rule's fix: it finds another spelling",
            )
        self._planned[wanted.dotted] = wanted

    def additions(self, taken: Sequence[tuple[int, int]] = ()) -> list[TextEdit]:
        """Edits that add what was planned: into the braces of the module's import, or as a new line."""
        by_module: dict[str, list[Wanted]] = defaultdict(list)
        edits: list[TextEdit] = []
        lines: list[str] = []
        for wanted in self._planned.values():
            if wanted.name in ("default", "*"):
                clause = wanted.alias if wanted.name == "default" else f"* as {wanted.alias}"
                lines.append(self._statement(clause, wanted.module))
            else:
                by_module[wanted.module].append(wanted)
        for module, items in by_module.items():
            texts = sorted(item.item for item in items)
            last = self._last_specifier(module, taken)
            if last is None:
                lines.append(self._statement(f"{{ {', '.join(texts)} }}", module))
            else:
                start, end = extent(last)
                alone = opens_line(self._tree.text, start)
                gap = newline_of(self._tree.text) + self._indent(start) if alone else " "
                edits.append(TextEdit(end, end, "".join(f",{gap}{text}" for text in texts)))
        return [*edits, *self._placed(lines)]

    def removals(self, names: Sequence[str], before: Tree) -> list[TextEdit]:
        """Edits that drop named imports whose last use is gone; index files keep theirs."""
        if re.search(r"(^|/)index\.\w+$", self._path):
            return []
        was = before.names
        assert isinstance(was, EsNames)
        doomed: dict[int, list[EsImport]] = defaultdict(list)
        for entry in self._names.imports:
            wanted = any(_is_named(entry, name) for name in names)
            was_used = len(was.uses(entry.local)) > 1
            if wanted and was_used and not entry.is_require and len(self._names.uses(entry.local)) == 1:
                doomed[entry.start].append(entry)
        return [edit for entries in doomed.values() for edit in self._removed(entries)]

    def doubled(self, before: Tree) -> list[TextEdit]:
        """Edits that drop a name that has become the same as another one: to have both is an error."""
        was = before.names
        assert isinstance(was, EsNames)
        now, then = ([e for e in names.imports if not e.is_require] for names in (self._names, was))
        doomed: dict[int, list[EsImport]] = defaultdict(list)
        for entry in doubled(now, then, lambda entry: (entry.module, entry.name, entry.local)):
            doomed[entry.start].append(entry)
        return [edit for entries in doomed.values() for edit in self._removed(entries)]

    def replacements(self, pairs: Sequence[tuple[str, str]], is_kept: Kept) -> Replaced:
        """What `imports.replace` makes of the file: module specifiers, exports by name, and their uses."""
        return replace_imports(self._tree, self._names, pairs, is_kept)

    def sorted_again(self, before: Tree, place: Callable[[int], int]) -> list[TextEdit]:
        """None: the order of ES imports is nothing that tools agree on."""
        del before, place
        return []

    def _removed(self, entries: list[EsImport]) -> list[TextEdit]:
        text, first = self._tree.text, entries[0]
        everything = [entry for entry in self._names.imports if entry.start == first.start]
        if len(entries) == len(everything):
            if not opens_line(text, first.start) or text[first.end : line_end(text, first.end)].strip(
                " \t\r\n;"
            ):
                return []
            return [TextEdit(line_start(text, first.start), line_end(text, first.end), "")]
        named = [entry for entry in everything if entry.name not in ("default", "*")]
        if any(entry not in named for entry in everything) or len(entries) > 1:
            return []  # mixed clauses stay as they are: an unused name breaks nothing
        places = [(entry.item_start, _item_end(text, entry.item_start)) for entry in named]
        at = named.index(first)
        cut = cut_element(text, places, at, at)
        return [TextEdit(cut.start, cut.end, cut.leave)]

    def _last_specifier(self, module: str, taken: Sequence[tuple[int, int]]) -> SgNode | None:
        for statement in self._tree.root.find_all(kind="import_statement"):
            source = statement.field("source")
            if source is None or source.text()[1:-1] != module or statement.text().startswith("import type"):
                continue
            start, end = extent(statement)
            if any(start < other_end and other_start < end for other_start, other_end in taken):
                continue
            items = statement.find_all(kind="import_specifier")
            if items:
                return items[-1]
        return None

    def _placed(self, lines: list[str]) -> list[TextEdit]:
        if not lines:
            return []
        text, newline = self._tree.text, newline_of(self._tree.text)
        top = [node for node in self._tree.root.children() if node.kind() == "import_statement"]
        block = "".join(f"{line}{newline}" for line in sorted(lines))
        if top:
            place = line_end(text, extent(top[-1])[1])
            lead = "" if text[:place].endswith("\n") else newline
            return [TextEdit(place, place, lead + block)]
        place = 0
        for node in self._tree.root.children():
            directive = node.kind() == "expression_statement" and node.text()[:1] in "\"'"
            if node.kind() not in ("comment", "hash_bang_line") and not directive:
                break
            place = line_end(text, extent(node)[1])
        return [TextEdit(place, place, f"{block}{newline}")]

    def _statement(self, clause: str, module: str) -> str:
        """An import in the file's own quotes, with or without semicolon."""
        text = self._tree.text
        quote = '"' if text.count('"') > text.count("'") else "'"
        known = [entry for entry in self._names.imports if not entry.is_require]
        bare = bool(known) and not any(text[entry.start : entry.end].endswith(";") for entry in known)
        return f"import {clause} from {quote}{module}{quote}{'' if bare else ';'}"

    def _indent(self, place: int) -> str:
        return self._tree.text[line_start(self._tree.text, place) : place]


def _item_end(text: str, start: int) -> int:
    found = re.compile(r"[^,}]*").match(text, start)
    return start + len(found[0].rstrip()) if found else start


def _is_named(entry: EsImport, name: str) -> bool:
    if name.endswith(".*"):
        return entry.dotted == name[:-2] or entry.dotted.startswith(name[:-1])
    return entry.dotted == name
