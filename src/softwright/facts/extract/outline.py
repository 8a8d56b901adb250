"""One pass over a syntax tree: definitions, imports and calls of a file, appended to a batch.

The tree is visited once, by a compiled query inside tree-sitter; Python sees only the nodes that become rows.
Distinct callees of a file are named and resolved once and then found by their bytes.
"""

import re
from dataclasses import dataclass, field

from tree_sitter import Node, Parser, Query, QueryCursor

from softwright.facts.extract.batch import Batch, Callee, ImportRow, SymbolRow
from softwright.facts.extract.callee import plain_callee
from softwright.facts.extract.spec import TYPE_KINDS, Imported, Role, Spec, Text

MAX_SIGNATURE = 1000
"""Characters of a signature that are kept."""

_HIGH_TO_LETTER = bytes(range(128)) + b"x" * 128


@dataclass(slots=True)
class _Scope:
    """A definition whose body is being read."""

    end: int
    qualified_name: str
    is_type: bool
    index: int


@dataclass(slots=True)
class _File:
    """What is known of the file being read."""

    unit: int
    text: Text
    first_call: int
    bindings: dict[str, tuple[int, str]] = field(default_factory=dict)
    marks: list[str] = field(default_factory=list)
    own: set[str] = field(default_factory=set)
    callees: dict[bytes, int] = field(default_factory=dict)
    keywords: dict[int, list[str]] = field(default_factory=dict)
    remarks: dict[int, int] = field(default_factory=dict)
    n_imports: int = 0


class Outliner:
    """Reads files of one language. Make one per process: it holds the parser and the compiled query."""

    def __init__(self, spec: Spec) -> None:
        language = spec.language()
        self.spec = spec
        self._parser = Parser(language)
        self._cursor = QueryCursor(Query(language, "\n".join(pattern for _, pattern in spec.patterns)))
        self._roles = tuple(role for role, _ in spec.patterns)
        self._counts = {language.id_for_node_kind(k, True): n for k, n in spec.argument_counts.items()}

    def outline(self, source: bytes, encoding: str, unit: int, into: Batch) -> str | None:
        """Append the facts of `source` to `into`; gives the first syntax error as words, or None.

        `encoding` must be UTF-8 or one whose bytes below 128 are ASCII.
        """
        parsed = source if encoding == "utf-8" else source.translate(_HIGH_TO_LETTER)
        root = self._parser.parse(parsed).root_node
        file = _File(unit, Text(source, encoding), len(into.calls))
        self._read(root, file, into)
        self._finish(file, into)
        return _syntax_error(root) if root.has_error else None

    def _read(self, root: Node, file: _File, into: Batch) -> None:
        # The hot loop: one round per call, definition, import, keyword. Kept flat on purpose.
        roles, source, counts = self._roles, file.text.source, self._counts
        unit, calls, callees, first = file.unit, into.calls, file.callees, len(into.callees)
        scopes = [_Scope(len(source) + 1, "", False, _scope(into, ""))]
        open_calls: list[tuple[int, int]] = []
        for pattern, found in self._cursor.matches(root):
            role = roles[pattern]
            if role <= Role.NEW:
                called, arguments = found["f"][0], found["a"][0]
                whole = called if role is Role.CALL else found["c"][0]
                start, end = whole.start_byte, arguments.end_byte
                written = source[called.start_byte if role is Role.NEW else start : called.end_byte]
                while start >= scopes[-1].end:
                    scopes.pop()
                known = callees.get(written)
                if known is None:
                    known = callees[written] = first + len(callees)
                kind = arguments.kind_id
                count = counts.get(kind, arguments.named_child_count)
                open_calls.append((end, len(calls)))
                line, end_line = whole.start_point[0] + 1, arguments.end_point[0] + 1
                calls.append((unit, line, end_line, start, end, count, known, scopes[-1].index))
            elif role <= Role.REMARK:
                self._argument(role, found["k"][0], open_calls, file)
            elif role is Role.IMPORT:
                self._import(found["i"][0], file, into)
            elif role is Role.MARK:
                file.marks.append(_mark_name(file.text.flat(found["m"][0])))
            else:
                self._definition(role, found, scopes, file, into)

    @staticmethod
    def _argument(role: Role, node: Node, open_calls: list[tuple[int, int]], file: _File) -> None:
        start = node.start_byte
        while open_calls and open_calls[-1][0] <= start:
            open_calls.pop()
        if not open_calls:
            return  # keywords of a class definition
        call = open_calls[-1][1]
        if role is Role.REMARK:
            file.remarks[call] = file.remarks.get(call, 0) + 1
        else:
            name = file.text.of(node) if role is Role.KEYWORD else "**"
            file.keywords.setdefault(call, []).append(name)

    def _import(self, node: Node, file: _File, into: Batch) -> None:
        line = node.start_point[0] + 1
        for each in self.spec.imports(node, file.text):
            file.n_imports += 1
            row = (file.unit, file.n_imports, line, each.module, each.name, each.alias, each.level)
            into.imports.append(ImportRow(*row, each.is_type_checking))
            if each.bound:
                file.bindings.setdefault(each.bound, _target(each))

    def _definition(
        self, role: Role, found: dict[str, list[Node]], scopes: list[_Scope], file: _File, into: Batch
    ) -> None:
        name_node = found["n"][0]
        while name_node.start_byte >= scopes[-1].end:
            scopes.pop()
        outer = scopes[-1]
        name, parent = file.text.of(name_node), outer.qualified_name
        if role is Role.HOLDER:
            scopes.append(_Scope(found["b"][0].end_byte, " ".join(name.partition("<")[0].split()), True, 0))
            scopes[-1].index = _scope(into, scopes[-1].qualified_name)
            return
        node = found["d"][0]
        parent = parent or self.spec.owner_of(node, file.text)
        qualified = f"{parent}.{name}" if parent else name
        in_type = outer.is_type or parent != outer.qualified_name
        kind = self.spec.kind_of(node)
        if kind == "function" and in_type:
            kind = "method"
        details = self.spec.details(node, file.text, name, in_type)
        marks, file.marks = [*file.marks, *details.marks], []
        into.symbols.append(
            SymbolRow(
                file.unit,
                name,
                qualified,
                kind,
                node.start_point[0] + 1,
                node.end_point[0] + 1,
                parent,
                details.is_public,
                marks,
                details.bases,
                _bounded(details.signature),
                details.docstring_lines,
            )
        )
        if not parent:
            file.own.add(name)
        if "b" in found:
            is_type = kind in TYPE_KINDS
            scopes.append(_Scope(found["b"][0].end_byte, qualified, is_type, _scope(into, qualified)))

    def _finish(self, file: _File, into: Batch) -> None:
        """What can be told only when the whole file has been read: callees, counts, keywords."""
        encoding = file.text.encoding
        for written in file.callees:
            into.callees.append(self._callee(written.decode(encoding, "replace"), file))
        for call, names in file.keywords.items():
            into.keywords[call] = tuple(names)
        for call, count in file.remarks.items():
            row = into.calls[call]
            into.calls[call] = (*row[:5], row[5] - count, *row[6:])

    def _callee(self, written: str, file: _File) -> Callee:
        callee, receiver, name = plain_callee(written, self.spec)
        if receiver:
            split = _DOTTED.match(callee)
            if split is None:
                return Callee(callee, len(receiver), name, 0, None)
            head, rest = split["head"], split["rest"]
        else:
            head, rest = callee, ""
        if head in file.bindings:
            level, target = file.bindings[head]
            return Callee(callee, len(receiver), name, level, target + rest)
        if self.spec.own_module and head in file.own:
            return Callee(callee, len(receiver), name, 1, callee)
        return Callee(callee, len(receiver), name, 0, None)


_DOTTED = re.compile(r"(?P<head>[\w$]+)(?P<rest>(?:(?:\.|::)[\w$#]+)*)\Z")


def _bounded(signature: str) -> str:
    return signature if len(signature) <= MAX_SIGNATURE else signature[: MAX_SIGNATURE - 1] + "…"


def _target(each: Imported) -> tuple[int, str]:
    # Level 1 of raw_files.packages is the file's own module, so one leading dot is level 2.
    return (each.level + 1 if each.level else 0, each.target)


def _scope(into: Batch, name: str) -> int:
    into.scopes.append(name)
    return len(into.scopes) - 1


def _mark_name(text: str) -> str:
    return text.removeprefix("@").partition("(")[0].strip()


def _syntax_error(root: Node) -> str:
    # An ERROR node may span the whole file: the innermost one is where the trouble is.
    node = root
    while inner := next((each for each in node.children if each.has_error or each.is_missing), None):
        node = inner
    return f"syntax error at line {node.start_point[0] + 1}"
