"""Rules for words inside strings and comments, with as little around the words as leaves no counter-example.

A replacement is tried with 0 to 3 words of context on each side, fewest first, on all strings and comments
of the examples; what their author left alone speaks against it. It holds for the kinds of text in which it
was shown.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

from softwright.core import digest
from softwright.rewrite.learning.example import Example
from softwright.rewrite.learning.learned import Evidence, LearnedRule, confidence
from softwright.rewrite.learning.patterns.anchors import is_distinctive
from softwright.rewrite.learning.patterns.scope import narrowed
from softwright.rewrite.learning.trees.diff import TreeDiff
from softwright.rewrite.learning.wording.replacement import Replacement, steps_of
from softwright.rewrite.learning.wording.words import Change, Text, changes_in, texts_of
from softwright.rewrite.rule import Rule, Scope

_MOST_CONTEXT = 3
_MOST_WORDS = 8
"""Words of a replacement from which on it is a reworded text and no rule."""
_MANY = 5
"""Places from which on the texts of one file are enough."""
_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
_WORD = re.compile(r"[^\W\d]\w*")
_PATH = re.compile(r"[^\W\d]\w*(?:[.:/-]+\w+)+")

Renames = dict[str, str]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a replacement was made or missing: file, place in the text, and the text."""

    text: Text
    start: int


@dataclass(slots=True)
class Verdict:
    """What a replacement does to the texts of the examples."""

    right: list[Spot] = field(default_factory=list)
    alone: list[Spot] = field(default_factory=list)
    outside: list[Spot] = field(default_factory=list)
    conflicts: int = 0

    @property
    def files(self) -> set[int]:
        """Examples in which it is right."""
        return {spot.text.file for spot in self.right}


def _is_path(words: str) -> bool:
    """True for several words that dots, slashes or the like make one name of."""
    return _PATH.fullmatch(words.strip(".:/-")) is not None


def _is_coined(word: str) -> bool:
    """True for a name that is no word of a human language: compound, with inner capitals, or with digits."""
    return len(word) >= 4 and re.search(r"[^\W_]_+[^\W_]|[a-z0-9][A-Z]|\d", word) is not None


def learn_texts(diffs: Sequence[TreeDiff], examples: Sequence[Example]) -> list[LearnedRule]:
    """The rules for words in strings and comments."""
    texts = [text for file, diff in enumerate(diffs) for text in texts_of(file, diff)]
    search = _Search(texts, examples, _renames(diffs))
    return search.run(diffs[0].before.language) if diffs else []


def _renames(diffs: Sequence[TreeDiff]) -> Renames:
    """Names that became another one throughout."""
    found: dict[str, set[str]] = defaultdict(set)
    for diff in diffs:
        names = diff.before.grammar.names
        for edit in diff.edits:
            if edit.before.raw in names and edit.after is not None and edit.after.raw in names:
                found[edit.before.text].add(edit.after.text)
    kept = {leaf.text for diff in diffs for leaf in diff.after.leaves if leaf.raw in diff.after.grammar.names}
    return {old: next(iter(new)) for old, new in found.items() if len(new) == 1 and old not in kept}


class _Search:
    def __init__(self, texts: Sequence[Text], examples: Sequence[Example], renames: Renames) -> None:
        self.texts = texts
        self.examples = examples
        self.renames = renames

    def run(self, language: str) -> list[LearnedRule]:
        """Rules for all changes that one explains."""
        waiting = [change for text in self.texts for change in changes_in(text) if _can_be_said(change)]
        learned: list[LearnedRule] = []
        covered: set[tuple[int, int]] = set()
        for group in _groups(waiting):
            left = [change for change in group if (id(change.text), change.end) not in covered]
            found = self._replacements(left) if left else []
            if not found:
                continue
            rule = self._rule(found, language)
            if rule is not None:
                learned.append(rule)
                covered |= {(id(s.text), s.start + len(r.old)) for r, verdict in found for s in verdict.right}
        return learned

    # -- one replacement --------------------------------------------------------------------------------

    def _replacements(self, changes: list[Change]) -> list[tuple[Replacement, Verdict]]:
        """Replacements for the changes of one group, each with the smallest context that will do."""
        found: list[tuple[Replacement, Verdict]] = []
        waiting = {(id(change.text), change.start): change for change in changes}
        shown = frozenset(change.text.role for change in changes)
        windows = sorted(
            product(range(_MOST_CONTEXT + 1), repeat=2), key=lambda w: (sum(w), abs(w[0] - w[1]))
        )
        for left, right in windows:
            tried: set[tuple[str, str]] = set()
            for change in list(waiting.values()):
                context = _context(change, left, right)
                if context is None or context in tried:
                    continue
                tried.add(context)
                made = self._tried(change, context, shown)
                if made is not None:
                    found.append(made)
                    for spot in made[1].right:
                        waiting.pop((id(spot.text), spot.start), None)
            if not waiting:
                break
        return found

    def _tried(
        self, change: Change, context: tuple[str, str], shown: frozenset[str]
    ) -> tuple[Replacement, Verdict] | None:
        for roles in _widths(change, shown):
            made = Replacement(change.old, change.new, *context, roles)
            if context == ("", "") and _feeds_itself(made, change):
                left, right = _bounds(change)
                made = replace(made, left=left, right=right)
            if _feeds_itself(made, change):
                return None
            verdict = self.judge(made)
            if self._is_good(made, verdict):
                return made, verdict
        return None

    def judge(self, made: Replacement) -> Verdict:
        """What the replacement does to all texts of its roles."""
        verdict = Verdict()
        for text in self.texts:
            if text.role not in made.roles or text.new is None or made.old not in text.old:
                continue
            for start, end in made.found(text.old):
                became = text.became(start, end)
                if made.new in became:
                    verdict.right.append(Spot(text, start))
                elif made.old not in became:
                    verdict.conflicts += 1
                elif self.examples[text.file].is_left_alone:
                    verdict.outside.append(Spot(text, start))
                else:
                    verdict.alone.append(Spot(text, start))
        return verdict

    def _is_good(self, made: Replacement, verdict: Verdict) -> bool:
        count = len(verdict.right)
        against = len(verdict.alone) + (0 if self._scope(verdict) is not None else len(verdict.outside))
        if count == 0 or verdict.conflicts > count / 3:
            return False
        if against and not (count >= 8 and count / (count + against) >= 0.93):
            return False
        if count > 1 and self._is_repeated(made, verdict):
            return True
        return made.roles == {verdict.right[0].text.role} and self._is_told_once(made, verdict.right[0].text)

    def _is_repeated(self, made: Replacement, verdict: Verdict) -> bool:
        """Names that are no words of a human language may be replaced wherever they stand; of other words it
        must be seen that they were meant in the texts of several files, or in many of one."""
        words = _WORD.findall(made.old + " " + _plain(made.left) + " " + _plain(made.right))
        coined = any(map(_is_coined, words)) or _is_path(made.old)
        if coined:
            return True
        several = len(verdict.right) >= 3 or len(words) >= 2 or self.renames.get(made.old) == made.new
        if made.roles <= {"name"}:
            return several and any(len(word) > 1 for word in words)
        if _is_old_prefix(made):
            return len(verdict.right) >= 3
        if len(verdict.files) < 2 and len(verdict.right) < _MANY:
            return False
        return several and any(len(word) > 1 for word in words)

    def _is_told_once(self, made: Replacement, text: Text) -> bool:
        """One place is enough for a renamed identifier, a path, or a telling name that is all of a string."""
        if self.renames.get(made.old) == made.new:
            return is_distinctive(made.old) if text.role == "name" else _is_coined(made.old)
        if text.role != "name" or re.search(r"\s", made.new):
            return False
        if _is_path(made.old) and made.new:
            return True
        return made.left == "^" and made.right == "$" and is_distinctive(made.old)

    def _scope(self, verdict: Verdict) -> Scope | None:
        changed = {self.examples[file].path for file in verdict.files}
        return narrowed(changed, {self.examples[spot.text.file].path for spot in verdict.outside})

    # -- the rule ---------------------------------------------------------------------------------------

    def _rule(self, found: list[tuple[Replacement, Verdict]], language: str) -> LearnedRule | None:
        steps = [step for made, _ in found for step in steps_of(made, language)]
        first = found[0][0]
        if not steps:
            return None
        spots = {(id(spot.text), spot.start): spot for _, verdict in found for spot in verdict.right}
        files = {spot.text.file for spot in spots.values()}
        repos = {self.examples[file].repo for file in files}
        conflicts = sum(verdict.conflicts for _, verdict in found)
        evidence = Evidence(len(spots), len(files), len(repos), 0, conflicts)
        outside = Verdict(
            [spot for _, verdict in found for spot in verdict.right],
            outside=[spot for _, verdict in found for spot in verdict.outside],
        )
        message = (
            f"`{first.old}` {f'becomes `{first.new}`' if first.new else 'goes'} in {_named(first.roles)}"
        )
        name = _slug(first)
        rule = Rule(
            id=f"{name}-{digest([message, len(spots)])[:4]}",
            language=language,
            message=message,
            steps=tuple(steps),
            scope=self._scope(outside) or Scope(),
        )
        anchor = 1.0 if any(map(is_distinctive, _WORD.findall(first.old))) else 0.5
        return LearnedRule(rule, evidence, confidence(evidence, anchor))


def _can_be_said(change: Change) -> bool:
    """False for a reworded text, and for one that could end a string that it is put into."""
    words = max(len(_WORD.findall(change.old)), len(_WORD.findall(change.new)))
    ends = change.text.role != "comment" and set(change.new) & set("\"'`\\") - set(change.old)
    return bool(change.old) and not ends and words <= _MOST_WORDS and "\n" not in change.old + change.new


def _groups(changes: Sequence[Change]) -> list[list[Change]]:
    """Changes of one kind together: a telling name bare where it has several heads, else with its head."""
    bare: dict[tuple[str, str], list[Change]] = defaultdict(list)
    headed: dict[tuple[str, str], list[Change]] = defaultdict(list)
    for change in changes:
        bare[change.old, change.new].append(change)
        whole = change.with_head()
        headed[whole.old, whole.new].append(whole)
    several = [
        group
        for (old, _), group in bare.items()
        if is_distinctive(old.strip("./")) and len({change.head for change in group}) > 1
    ]
    return sorted(several, key=len, reverse=True) + sorted(headed.values(), key=len, reverse=True)


def _context(change: Change, left: int, right: int) -> tuple[str, str] | None:
    """Expressions for so many tokens on both sides; None when there are not as many."""
    text = change.text.old
    before = _TOKEN.findall(text[: change.start])[::-1]
    behind = _TOKEN.findall(text[change.end :])
    first, last = _side(before, left, "^"), _side(behind, right, "$")
    if first is None or last is None:
        return None
    pieces, more = first[::-1], last
    opens = r"\b" if pieces and re.match(r"\w", pieces[0]) else ""
    closes = r"\b" if more and re.search(r"\w$", more[-1]) and not more[-1].startswith("\\s") else ""
    return opens + "".join(pieces), "".join(more) + closes


def _side(tokens: Sequence[str], count: int, edge: str) -> list[str] | None:
    pieces: list[str] = []
    seen = 0
    for token in tokens:
        if seen == count:
            return pieces
        if token.isspace():
            pieces.append(r"\s+")
        else:
            pieces.append(re.escape(token))
            seen += 1
    if seen == count:
        return pieces
    return [*pieces, edge] if seen == count - 1 else None


def _plain(regex: str) -> str:
    return re.sub(r"\\[bs]\+?", " ", regex)


def _widths(change: Change, shown: frozenset[str]) -> Iterator[frozenset[str]]:
    """Roles to try: a telling name is looked for in all strings of the code, others where they were shown."""
    telling = is_distinctive(change.old) or _is_path(change.old)
    if telling and shown & {"name", "prose"}:
        yield shown | {"name", "prose"}
    yield shown
    yield frozenset({change.text.role})


def _feeds_itself(made: Replacement, change: Change) -> bool:
    """True when the words would be found again in what was put in their place."""
    text = change.text.old
    after = text[: change.start] + made.new + text[change.end :]
    end = change.start + len(made.new)
    return any(start <= end and change.start <= stop for start, stop in made.found(after))


def _bounds(change: Change) -> tuple[str, str]:
    """Expressions that keep words off their own result, where they stand at one end of it."""
    old, new = change.old, change.new
    left = rf"^|[^\w{re.escape(new[-len(old) - 1])}]" if new.endswith(old) else ""
    right = rf"$|[^\w{re.escape(new[len(old)])}]" if new.startswith(old) else ""
    return left, right


def _is_old_prefix(made: Replacement) -> bool:
    return made.old in ("u", "U") and not made.new


def _named(roles: Collection[str]) -> str:
    names = {"name": "strings", "prose": "strings", "docstring": "docstrings", "comment": "comments"}
    return " and ".join(
        dict.fromkeys(names[role] for role in ("name", "prose", "docstring", "comment") if role in roles)
    )


def _slug(made: Replacement) -> str:
    words = re.findall(r"[a-z0-9]+", f"text {made.old} {made.new}".lower())
    return "-".join(dict.fromkeys(words[:6]))
