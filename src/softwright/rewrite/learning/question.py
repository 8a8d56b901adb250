"""Where two readings of a change differ on real code: the one place to ask about."""

import difflib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from softwright.core import Span
from softwright.rewrite.learning.bounds import outcome
from softwright.rewrite.learning.example import Example
from softwright.rewrite.learning.learned import Ambiguity
from softwright.rewrite.learning.lesson import Lesson, hunk_at, unified
from softwright.rewrite.learning.samples.cut import Cutter
from softwright.rewrite.rule import Rule
from softwright.rewrite.rule_text import write_rule

MOST_LOOKED_AT = 400
"""Files that both readings are tried on for one question."""
_ENOUGH = 12  # differing files among which the clearest is chosen

Texts = Callable[[Rule], Iterable[tuple[str, str, str]]]
"""Rule -> repository, path and text of the files in which it may match."""


@dataclass(frozen=True, slots=True)
class Question:
    """A place on which two readings differ, and the change (a hunk) that each makes there; "": none.

    `others` counts further places of the same file that the answer is about too. `key` names the readings.
    """

    key: str
    text: str
    repo: str
    path: str
    line: int
    narrow: str
    wide: str
    others: int
    yes: Example = field(repr=False)
    no: Example = field(repr=False)


def next_question(lesson: Lesson, texts: Texts) -> Question | None:
    """The next thing to ask; None when no two readings differ in the first files that were looked at.

    Of the differing places the one is taken that is alone in its file and short.
    """
    for ambiguity in lesson.learned.ambiguities:
        key = _key(ambiguity)
        if key not in lesson.asked:
            found = list(_differences(lesson, ambiguity, texts, key))
            if found:
                return min(found, key=lambda question: (question.others, len(question.wide)))
    return None


def answer(lesson: Lesson, question: Question, *, yes: bool) -> Lesson:
    """The lesson with one more example: the place as the wide reading has it (`yes`), or the narrow one."""
    return lesson.with_example(question.yes if yes else question.no, asked=question.key)


def pass_over(lesson: Lesson, question: Question) -> Lesson:
    """The lesson with the more specific reading kept, and the question not asked again."""
    return replace(lesson, asked=lesson.asked | {question.key})


def _readings(lesson: Lesson, ambiguity: Ambiguity) -> tuple[Rule, Rule]:
    """Both rules, with the imports that the lesson gave to the narrow one."""
    narrow = ambiguity.narrow.rule
    narrow = next((each.rule for each in lesson.learned.rules if each.rule.id == narrow.id), narrow)
    wide = replace(
        ambiguity.wide.rule,
        imports_add=narrow.imports_add,
        imports_remove=narrow.imports_remove,
        imports_replace=narrow.imports_replace,
    )
    return narrow, wide


def _key(ambiguity: Ambiguity) -> str:
    rules = (each.rule for each in (ambiguity.narrow, ambiguity.wide))
    plain = (replace(rule, id="rule", message="rule", title="", why="", samples=()) for rule in rules)
    return "\n".join(write_rule(rule) for rule in plain)


def _differences(lesson: Lesson, ambiguity: Ambiguity, texts: Texts, key: str) -> Iterator[Question]:
    narrow, wide = _readings(lesson, ambiguity)
    known = {example.before for example in lesson.examples}
    looked = found = 0
    for repo, path, text in texts(wide):
        if text in known:
            continue
        known.add(text)
        looked += 1
        if looked > MOST_LOOKED_AT or found >= _ENOUGH:
            return
        sides = [outcome([rule], text, path) for rule in (narrow, wide)]
        if sides[0] != sides[1]:
            found += 1
            yield _question(lesson, ambiguity, Place(repo, path, text, *sides), key)


@dataclass(frozen=True, slots=True)
class Place:
    """A file, and what each reading makes of it."""

    repo: str
    path: str
    text: str
    narrow: str
    wide: str


def _question(lesson: Lesson, ambiguity: Ambiguity, place: Place, key: str) -> Question:
    """The question on the first difference, about the code around it where that shows it too."""
    narrow, wide = _readings(lesson, ambiguity)
    line, count = _first_difference(place)
    piece = _piece(narrow, wide, place, line)
    before = piece or place.text
    rules = [learned.rule for learned in lesson.learned.rules]
    others = [rule for rule in rules if rule.id not in (narrow.id, wide.id)]
    at = next((at for at, rule in enumerate(rules) if rule.id in (narrow.id, wide.id)), len(others))
    no, yes = (
        Example(
            place.path, before, outcome([*others[:at], rule, *others[at:]], before, place.path), place.repo
        )
        for rule in (narrow, wide)
    )
    return Question(
        key=key,
        text=ambiguity.question,
        repo=place.repo,
        path=place.path,
        line=line,
        narrow=hunk_at(unified(place.text, place.narrow, place.path), line),
        wide=hunk_at(unified(place.text, place.wide, place.path), line),
        others=0 if piece else count - 1,
        yes=yes,
        no=no,
    )


def _first_difference(place: Place) -> tuple[int, int]:
    """The first line, from 1, on which the readings differ, and on how many stretches of lines they do."""
    lines = place.text.split("\n")
    narrow, wide = (_made(lines, side.split("\n")) for side in (place.narrow, place.wide))
    differing = [at for at in range(len(lines) + 1) if narrow.get(at) != wide.get(at)]
    stretches = sum(1 for at in differing if at - 1 not in differing)
    return (differing[0] if differing else 0) + 1, stretches


def _made(lines: list[str], new: list[str]) -> dict[int, tuple[str, ...]]:
    """Line (from 0) of the text before -> what stands in its place, for lines that are changed."""
    made: dict[int, tuple[str, ...]] = {}
    for tag, a, b, c, d in difflib.SequenceMatcher(None, lines, new, autojunk=False).get_opcodes():
        if tag == "replace" and b - a == d - c:
            made.update({a + at: (new[c + at],) for at in range(b - a)})
        elif tag != "equal":
            made[a] = tuple(new[c:d])
            made.update(dict.fromkeys(range(a + 1, b), ()))
    return made


def _piece(narrow: Rule, wide: Rule, place: Place, line: int) -> str:
    """The shortest code around a line on which the readings differ as in the file, "" when there is none."""
    lines = place.text.split("\n")
    row = lines[line - 1] if line <= len(lines) else ""
    start = len("".join(f"{each}\n" for each in lines[: line - 1]).encode("utf-8", "surrogatepass"))
    indent = len(row) - len(row.lstrip())
    span = Span(start + indent, start + len(row.rstrip().encode("utf-8", "surrogatepass")))
    wanted = {each.strip() for each in place.wide.split("\n")}
    for piece in Cutter(place.text, wide.language).pieces(span) if row.strip() else ():
        sides = [outcome([rule], piece.text, place.path) for rule in (narrow, wide)]
        if sides[0] != sides[1] and {each.strip() for each in sides[1].split("\n")} - {""} <= wanted:
            return piece.text
    return ""
