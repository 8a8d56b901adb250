"""One pass over a syntax tree: definitions, imports and calls of a file, appended to a batch.

The tree is visited once, by a compiled query inside tree-sitter; Python sees only the nodes that become rows.
Distinct callees of a file are named and resolved once and then found by their bytes.
"""

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from tree_sitter import Node, Parser, Query, QueryCursor

from softwright.facts.extract.batch import Batch, Callee, ImportRow, SymbolRow
from softwright.facts.extract.callee import plain_callee
from softwright.facts.extract.spec import TYPE_KINDS, Imported, Role, Spec, Text

MAX_SIGNATURE = 1000
"""Characters of a signature that are kept."""

_HIGH_TO_LETTER = bytes(range(128)) + b"x" * 128


_MOST_KNOWN = 20_000
"""Spellings of callees that an outliner remembers."""

_REMARKS = frozenset({"comment", "line_comment", "block_comment", "line_continuation"})

_Found = dict[str, list[Node]]


class _Scope(NamedTuple):
    """A definition whose body is being read; `number` is that of its name in the batch."""

    end: int
    qualified_name: str
    is_type: bool
    number: int


@dataclass(slots=True)
class _File:
    """What is known of the file being read."""

    unit: int
    text: Text
    first_call: int
    scopes: list[_Scope]
    calls: list[int] = field(default_factory=list)
    """Rows of `CALL_WIDTH` numbers, end to end."""
    bindings: dict[str, tuple[int, str]] = field(default_factory=dict)
    marks: list[str] = field(default_factory=list)
    own: set[str] = field(default_factory=set)
    callees: dict[bytes, int] = field(default_factory=dict)
    n_imports: int = 0


class _Spelling(NamedTuple):
    """What the spelling of a callee alone tells; `head` is its first name when it is a chain of names."""

    callee: str
    receiver_length: int
    name: str
    head: str | None
    rest: str


class Outliner:
    """Reads files of one language. Make one per process: it holds the parser and the compiled query."""

    def __init__(self, spec: Spec) -> None:
        language = spec.language()
        self.spec = spec
        self._parser = Parser(language)
        self._cursor = QueryCursor(Query(language, "\n".join(pattern for _, pattern in spec.patterns)))
        self._roles = tuple(role for role, _ in spec.patterns)
        self._counts = {language.id_for_node_kind(k, True): n for k, n in spec.argument_counts.items()}
        self._spellings: dict[bytes, _Spelling] = {}

    def outline(self, source: bytes, encoding: str, unit: int, into: Batch) -> str | None:
        """Append the facts of `source` to `into`; gives the first syntax error as words, or None.

        `encoding` must be UTF-8 or one whose bytes below 128 are ASCII.
        """
        parsed = source if encoding == "utf-8" else source.translate(_HIGH_TO_LETTER)
        root = self._parser.parse(self.spec.for_parser(parsed)).root_node
        module = _Scope(len(source) + 1, "", False, into.scope(""))
        file = _File(unit, Text(source, encoding), into.n_calls, [module])
        self._read(root, file, into)
        self._finish(file, into)
        return _syntax_error(root) if root.has_error else None

    def _read(self, root: Node, file: _File, into: Batch) -> None:
        # The hot loop: one round per call, definition, import, keyword. Kept flat on purpose.
        roles, odd_counts, source, scopes = self._roles, self._counts, file.text.source, file.scopes
        callees, first, add = file.callees, len(into.callees), file.calls.extend
        keywords, index = self.spec.keywords, file.first_call
        remarks = tuple(mark for mark in self.spec.remarks if mark in source)
        plain_call, last_call = Role.CALL, Role.NEW
        for pattern, found in self._cursor.matches(root):
            role = roles[pattern]
            if role <= last_call:
                called, arguments = found["f"][0], found["a"][0]
                whole = called if role is plain_call else found["c"][0]
                start, end = whole.start_byte, arguments.end_byte
                written = source[called.start_byte if role is last_call else start : called.end_byte]
                while start >= scopes[-1][0]:
                    scopes.pop()
                known = callees.get(written)
                if known is None:
                    known = callees[written] = first + len(callees)
                kind = arguments.kind_id
                if kind in odd_counts:
                    count = odd_counts[kind]
                else:
                    count = arguments.named_child_count
                    for mark in remarks if count else ():
                        if source.find(mark, arguments.start_byte, end) >= 0:
                            count -= _n_remarks(arguments)
                            break
                    if keywords is not None and count and (names := keywords(arguments, file.text)):
                        into.keywords[index] = tuple(names)
                line, end_line = whole.start_point[0] + 1, arguments.end_point[0] + 1
                add((line, end_line, start, end, count, known, scopes[-1][3]))
                index += 1
            elif role is Role.IMPORT:
                self._import(found["i"][0], file, into)
            elif role is Role.MARK:
                file.marks.append(_mark_name(file.text.flat(found["m"][0])))
            else:
                self._definition(role, found, file, into)

    def _import(self, node: Node, file: _File, into: Batch) -> None:
        line = node.start_point[0] + 1
        for each in self.spec.imports(node, file.text):
            file.n_imports += 1
            into.imports.append(ImportRow(file.unit, file.n_imports, line, *each[:5]))
            if each.bound:
                file.bindings.setdefault(each.bound, _target(each))

    def _definition(self, role: Role, found: _Found, file: _File, into: Batch) -> None:
        name_node, scopes, text = found["n"][0], file.scopes, file.text
        start = name_node.start_byte
        while start >= scopes[-1][0]:
            scopes.pop()
        _, outer, in_type, _ = scopes[-1]
        name, parent = text.of(name_node), outer
        if role is Role.HOLDER:
            held = " ".join(name.partition("<")[0].split())
            scopes.append(_Scope(found["b"][0].end_byte, held, True, into.scope(held)))
            return
        node = found["d"][0]
        parent = outer or self.spec.owner_of(node, text)
        qualified = f"{parent}.{name}" if parent else name
        kind = self.spec.kind_of(node)
        if kind == "function" and (in_type or parent != outer):
            kind = "method"
        details = self.spec.details(found, text, name)
        marks, file.marks = [*file.marks, *details.marks], []
        line, end_line = node.start_point[0] + 1, node.end_point[0] + 1
        into.symbols.append(
            SymbolRow(
                file.unit,
                name,
                qualified,
                kind,
                line,
                end_line,
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
            body_end, is_type = found["b"][0].end_byte, kind in TYPE_KINDS
            scopes.append(_Scope(body_end, qualified, is_type, into.scope(qualified)))

    def _finish(self, file: _File, into: Batch) -> None:
        """What can be told only when the whole file has been read: callees."""
        into.add_calls(file.unit, file.calls)
        for written in file.callees:
            into.callees.append(self._callee(written, file))

    def _callee(self, written: bytes, file: _File) -> Callee:
        spelling = self._spellings.get(written) if file.text.encoding == "utf-8" else None
        callee, receiver_length, name, head, rest = spelling or self._spelling(written, file.text.encoding)
        if head in file.bindings:
            level, target = file.bindings[head]
            return Callee(callee, receiver_length, name, level, target + rest)
        if head in file.own and self.spec.own_module:
            return Callee(callee, receiver_length, name, 1, callee)
        return Callee(callee, receiver_length, name, 0, None)

    def _spelling(self, written: bytes, encoding: str) -> _Spelling:
        callee, receiver, name = plain_callee(written.decode(encoding, "replace"), self.spec)
        if receiver:
            split = _DOTTED.match(callee)
            head, rest = (split["head"], split["rest"]) if split else (None, "")
        else:
            head, rest = callee, ""
        spelling = _Spelling(callee, len(receiver), name, head, rest)
        if encoding == "utf-8":
            if len(self._spellings) >= _MOST_KNOWN:
                self._spellings.clear()
            self._spellings[written] = spelling
        return spelling


_DOTTED = re.compile(r"(?P<head>[\w$]+)(?P<rest>(?:(?:\.|::)[\w$#]+)*)\Z")


def _bounded(signature: str) -> str:
    return signature if len(signature) <= MAX_SIGNATURE else signature[: MAX_SIGNATURE - 1] + "…"


def _target(each: Imported) -> tuple[int, str]:
    # Level 1 of raw_files.packages is the file's own module, so one leading dot is level 2.
    return (each.level + 1 if each.level else 0, each.target)


def _n_remarks(arguments: Node) -> int:
    """Comments and the like among the named children."""
    return sum(each.type in _REMARKS for each in arguments.named_children)


def _mark_name(text: str) -> str:
    return text.removeprefix("@").partition("(")[0].strip()


def _syntax_error(root: Node) -> str:
    # An ERROR node may span the whole file: the innermost one is where the trouble is.
    node = root
    while inner := next((each for each in node.children if each.has_error or each.is_missing), None):
        node = inner
    return f"syntax error at line {node.start_point[0] + 1}"
