"""What changed inside strings and comments, word by word: they have no syntax, only words.

Strings are paired by the tree diff, comments by their order. The words of each pair are aligned; a change
inside a dotted path is told with the head of the path, because `contrib` alone says little and
`scrapy.contrib` much.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import accumulate

from softwright.rewrite.learning.trees.diff import TreeDiff
from softwright.rewrite.learning.trees.strings import is_content
from softwright.rewrite.learning.trees.tree import Node

_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
_MOST_TOKENS = 3_000
_LIKE = 0.5
"""Likeness from which a comment may be what became of another one."""
_JOINTS = frozenset(".:/-")
"""Tokens that hold the words of one name together."""
_PATH_JOINTS = frozenset("./")


@dataclass(frozen=True, slots=True)
class WordEdit:
    """Tokens `i1` to `i2` of the old text became tokens `j1` to `j2` of the new one."""

    i1: int
    i2: int
    j1: int
    j2: int


@dataclass(slots=True, eq=False)
class Text:
    """A string part or comment of an example: its place, role, and what became of it.

    `role` is `name` (a string without blanks), `prose` (one with blanks), `docstring` or `comment`. `new`
    None: the code around it was replaced, so that nothing can be said.
    """

    file: int
    role: str
    old: str
    new: str | None
    tokens: list[str] = field(default_factory=list)
    becomes: list[str] = field(default_factory=list)
    edits: list[WordEdit] = field(default_factory=list)
    at: list[int] = field(default_factory=list)
    becomes_at: list[int] = field(default_factory=list)

    def read(self) -> None:
        """Align the words of both sides."""
        if self.new is not None and self.new != self.old:
            self.tokens, self.becomes = _TOKEN.findall(self.old), _TOKEN.findall(self.new)
            self.edits = word_edits(self.tokens, self.becomes)
            self.at = list(accumulate(map(len, self.tokens), initial=0))
            self.becomes_at = list(accumulate(map(len, self.becomes), initial=0))

    def became(self, start: int, end: int) -> set[str]:
        """What the characters may be said to have become; empty when they are only a part of a change."""
        if self.new is None:
            return set()
        if not self.edits:
            return {self.old[start:end]} if self.new == self.old else set()
        first, last = self._places(start), self._places(end)
        return {self.new[i:j] for i in first for j in last if i <= j}

    def _places(self, at: int) -> set[int]:
        shift = 0
        for edit in self.edits:
            start, end = self.at[edit.i1], self.at[edit.i2]
            first, last = self.becomes_at[edit.j1], self.becomes_at[edit.j2]
            if at < start:
                break
            if start < at < end:
                return set()
            if at in (start, end):
                return ({first} if at == start else set()) | ({last} if at == end else set())
            shift = last - end
        return {at + shift}


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """Characters `start` to `end` of the old text became `new`; `head` is the path before them."""

    text: Text
    start: int
    end: int
    new: str
    head: str = ""

    @property
    def old(self) -> str:
        """What stood there."""
        return self.text.old[self.start : self.end]

    def with_head(self) -> "Change":
        """The same change told with the head of its path."""
        return Change(self.text, self.start - len(self.head), self.end, self.head + self.new)


# -- finding the texts ----------------------------------------------------------------------------------


def texts_of(file: int, diff: TreeDiff) -> list[Text]:
    """All string parts and comments of one example."""
    found = [*_strings(file, diff), *_comments(file, diff)]
    for text in found:
        text.read()
    return found


def _strings(file: int, diff: TreeDiff) -> Iterator[Text]:
    grammar = diff.before.grammar
    edited = {id(edit.before): edit.after for edit in diff.edits if edit.before.is_leaf}
    for node in diff.before.leaves:
        if not is_content(node, grammar):
            continue
        if id(node) in edited:
            after = edited[id(node)]
            new = after.text if after is not None and is_content(after, grammar) else None
        else:
            touched = any(s <= node.start and node.end <= e for s, e in diff.touched)
            new = None if touched else node.text
        yield Text(file, _role(node), node.text, new)


def _role(node: Node) -> str:
    owner = node.parent.parent if node.parent is not None else None
    if owner is not None and owner.raw == "expression_statement":
        return "docstring"
    return "prose" if re.search(r"\s", node.text) else "name"


def _comments(file: int, diff: TreeDiff) -> Iterator[Text]:
    old = [text for _, _, text in sorted(diff.before.comments)]
    new = [text for _, _, text in sorted(diff.after.comments)]
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        same_length = i2 - i1 == j2 - j1
        for at in range(i1, i2):
            partner = new[j1 + at - i1] if same_length else None
            if tag != "equal" and partner is not None and not _alike(old[at], partner):
                partner = None
            yield Text(file, "comment", old[at], partner)


def _alike(old: str, new: str) -> bool:
    return SequenceMatcher(None, _TOKEN.findall(old), _TOKEN.findall(new), autojunk=False).ratio() >= _LIKE


# -- aligning words -------------------------------------------------------------------------------------


def word_edits(old: Sequence[str], new: Sequence[str]) -> list[WordEdit]:
    """The smallest changes between two sequences of tokens; those that one name holds together are one."""
    first = 0
    while first < min(len(old), len(new)) and old[first] == new[first]:
        first += 1
    last = 0
    while last < min(len(old), len(new)) - first and old[-1 - last] == new[-1 - last]:
        last += 1
    a, b = old[first : len(old) - last], new[first : len(new) - last]
    if len(a) + len(b) > _MOST_TOKENS:
        return [WordEdit(first, first + len(a), first, first + len(b))]
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    found: list[WordEdit] = []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            continue
        edit = WordEdit(first + i1, first + i2, first + j1, first + j2)
        if found and _are_one(old, found[-1], edit):
            edit = WordEdit(found[-1].i1, edit.i2, found[-1].j1, edit.j2)
            found.pop()
        found.append(edit)
    return [_turned(edit, old, new) for edit in found]


def _are_one(old: Sequence[str], before: WordEdit, edit: WordEdit) -> bool:
    between = old[before.i2 : edit.i1]
    return len(between) == 1 and between[0] in _JOINTS


def _turned(edit: WordEdit, old: Sequence[str], new: Sequence[str]) -> WordEdit:
    """`a.b.c` -> `a.c` takes away `b.` as well as `.b`: the form that begins with a word."""
    is_deletion = edit.j1 == edit.j2
    if is_deletion == (edit.i1 == edit.i2):  # neither, or nothing
        return edit
    tokens, first, last = (old, edit.i1, edit.i2) if is_deletion else (new, edit.j1, edit.j2)
    if _is_word(tokens[first]):
        return edit
    if (
        last < len(tokens)
        and tokens[first] == tokens[last]
        and first + 1 < len(tokens)
        and _is_word(tokens[first + 1])
    ):
        return WordEdit(edit.i1 + 1, edit.i2 + 1, edit.j1 + 1, edit.j2 + 1)
    return edit


def _is_word(token: str) -> bool:
    return token[:1].isalnum() or token[:1] == "_"


# -- changes --------------------------------------------------------------------------------------------


def changes_in(text: Text) -> list[Change]:
    """The changed stretches of one text; an insertion takes a neighbour along."""
    found: list[Change] = []
    for number, edit in enumerate(text.edits):
        floor = text.edits[number - 1].i2 if number else 0
        ceiling = text.edits[number + 1].i1 if number + 1 < len(text.edits) else len(text.tokens)
        whole = edit if edit.i1 < edit.i2 else _with_neighbour(edit, text, floor, ceiling)
        if whole is None:
            continue
        start, end = text.at[whole.i1], text.at[whole.i2]
        new = "".join(text.becomes[whole.j1 : whole.j2])
        found.append(Change(text, start, end, new, _head(text.tokens, whole.i1, floor)))
    return found


def _with_neighbour(edit: WordEdit, text: Text, floor: int, ceiling: int) -> WordEdit | None:
    inserted = text.becomes[edit.j1 : edit.j2]
    behind = edit.i2 < ceiling and _is_word(text.tokens[edit.i2])
    before = edit.i1 > floor and not text.tokens[edit.i1 - 1].isspace()
    if behind and (not before or not _is_word(inserted[-1])) and not inserted[0].isspace():
        return WordEdit(edit.i1, edit.i2 + 1, edit.j1, edit.j2 + 1)
    if before:
        return WordEdit(edit.i1 - 1, edit.i2, edit.j1 - 1, edit.j2)
    return None


def _head(tokens: Sequence[str], at: int, floor: int) -> str:
    """The part of a path that stands before a token, be it a word or a joint."""
    first = at
    if tokens[at] in _PATH_JOINTS and at > floor and _is_word(tokens[at - 1]):
        first -= 1
    while first - 2 >= floor and tokens[first - 1] in _PATH_JOINTS and _is_word(tokens[first - 2]):
        first -= 2
    return "".join(tokens[first:at])
