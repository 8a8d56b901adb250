"""The `matches(...)` of a query: found, checked, and each given the name of the table it will become."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from sqlglot import exp

from softwright.core import InvalidInput, digest
from softwright.facts.query.parse import MATCHES, position
from softwright.facts.query.trouble import refusal, word_at
from softwright.facts.structure import Pattern

PatternResolver = Callable[[str, str], Pattern | Sequence[Pattern]]
"""(pattern text or the name or path of a rule, language or "") -> what to match."""

_ENGINE = f"2 ast-grep {version('ast-grep-py')}"
_HINT = "for example: FROM matches('logging.getLogger($NAME)', 'python') m"


@dataclass(eq=False, slots=True)
class Call:
    """One `matches(...)`: its place in the tree, what it looks for, and the table it becomes.

    A file belongs to the result when any of the `patterns` matches in it; all are of one `language`.
    """

    table: exp.Table
    name: str
    given: str
    language: str
    patterns: tuple[Pattern, ...]

    @property
    def digest(self) -> str:
        """Key of the patterns in the cache of matches."""
        return digest([_ENGINE, [pattern.digest for pattern in self.patterns]])

    @property
    def words(self) -> str:
        """The literals that a file must hold, in words; "" when every file must be parsed."""
        each = []
        for pattern in self.patterns:
            groups = [
                "|".join(sorted(w.decode("utf-8", "replace") for w in group)) for group in pattern.literals
            ]
            if not groups:
                return ""
            each.append(" + ".join(groups))
        return " or ".join(dict.fromkeys(each))


def find_calls(tree: exp.Expr, text: str, resolve: PatternResolver) -> list[Call]:
    """Every `matches(...)` of the tree, in order of the text, with its patterns.

    Raises InvalidInput for one outside of FROM, for arguments that are not plain text, and for what
    `resolve` refuses.
    """
    calls: list[Call] = []
    prefix = MATCHES + "_"
    while any(word.name.lower().startswith(prefix) for word in tree.find_all(exp.Identifier)):
        prefix = "_" + prefix
    for node in tree.find_all(exp.Anonymous, bfs=False):
        if node.name.lower() != MATCHES:
            continue
        table = node.parent
        if not isinstance(table, exp.Table) or not isinstance(table.parent, exp.From | exp.Join):
            raise refusal(
                "matches(...) is a table, not a value",
                text,
                at=word_at(text, MATCHES),
                hint=f"put it in FROM; {_HINT}",
            )
        if table.args.get("sample"):
            raise refusal(
                "a sample of matches(...) cannot be staged", text, hint="sample the outer SELECT instead"
            )
        calls.append(_call(table, node, text=text, resolve=resolve, name=f"{prefix}{len(calls) + 1}"))
    return calls


def _call(table: exp.Table, node: exp.Anonymous, *, text: str, resolve: PatternResolver, name: str) -> Call:
    given = []
    for argument in node.expressions:
        if not (isinstance(argument, exp.Literal) and argument.is_string):
            raise refusal(
                "the arguments of matches(...) are plain text; columns and expressions cannot be staged",
                text,
                at=position(argument) or word_at(text, MATCHES),
                hint=_HINT,
            )
        given.append(str(argument.this))
    if len(given) not in (1, 2) or not given[0].strip():
        has = "an empty pattern" if len(given) in (1, 2) else f"{len(given)} arguments"
        raise refusal(
            f"matches(...) has {has}; it takes a pattern and a language, or a rule's name",
            text,
            at=word_at(text, MATCHES),
            hint=_HINT,
        )
    language = given[1].strip().lower() if len(given) == 2 else ""
    try:
        resolved = resolve(given[0], language)
    except InvalidInput as error:
        place = position(node.expressions[0]) or word_at(text, given[0].split("\n")[0])
        raise refusal(error.message, text, at=place, hint=error.hint or _HINT) from error
    patterns = (resolved,) if isinstance(resolved, Pattern) else tuple(resolved)
    languages = sorted({pattern.language for pattern in patterns})
    if len(languages) != 1:
        said = ", ".join(languages) or "none"
        raise refusal(f"`{given[0]}` has patterns of {said}; one language at a time can be matched", text)
    return Call(table, name, given[0], languages[0], patterns)


def bind(calls: Sequence[Call]) -> None:
    """Put each call's table in its place in the tree; an unnamed one keeps the name `matches`."""
    for call in calls:
        call.table.set("this", exp.to_identifier(call.name))
        if not call.table.alias:
            columns = call.table.args.get("alias")
            alias = columns if isinstance(columns, exp.TableAlias) else exp.TableAlias()
            alias.set("this", exp.to_identifier(MATCHES))
            call.table.set("alias", alias)
