"""The text of a query -> its tree, or a refusal. First wall: only a reading of the public tables passes.

The second wall is DuckDB's own (see `guard`). What is executed is always the text written back
from the checked tree, never the text that was given.
"""

from collections.abc import Iterator
from difflib import get_close_matches
from functools import lru_cache

import duckdb
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import TokenType

from softwright.core import InvalidInput, nearest
from softwright.facts.query.functions import ALLOWED_FUNCTIONS, SYNTAX
from softwright.facts.query.trouble import refusal, word_at

MATCHES = "matches"
"""The table function for structural patterns."""

_SAMPLING = {"bernoulli", "reservoir", "system"}
_LONGEST = 100_000
_ROOTS = (exp.Select, exp.SetOperation, exp.Values, exp.Subquery)
_FORBIDDEN = (
    exp.DML,
    exp.Create,
    exp.Drop,
    exp.Command,
    exp.Copy,
    exp.Attach,
    exp.Detach,
    exp.Install,
    exp.Pragma,
    exp.Set,
    exp.Use,
    exp.Into,
    exp.Describe,
    exp.Summarize,
    exp.Show,
    exp.Pivot,
    exp.Parameter,
    exp.Placeholder,
    exp.SessionParameter,
    exp.Transaction,
    exp.Commit,
    exp.Rollback,
    exp.Alter,
    exp.Analyze,
)
_READ_ONLY = "a query only reads: SELECT, WITH, VALUES, UNION, EXCEPT and INTERSECT are allowed"
_SETTINGS_LIKE = ("duckdb_", "pragma_", "sqlite_", "pg_", "raw_", "information_schema", "_matchable_")


def parse_query(text: str, tables: frozenset[str]) -> exp.Expr:
    """The tree of one reading statement over `tables`.

    Raises InvalidInput for anything else: other statements, several statements, tables that are not
    public, functions that are not allowed, parameters.
    """
    _check_size(text)
    _check_statement(text)
    try:
        tree = sqlglot.parse_one(text, dialect="duckdb")
    except SqlglotError as error:
        raise _unreadable(text, error) from error
    except RecursionError as error:
        raise refusal("the query is nested too deeply", text, hint="split it with WITH") from error
    _check_tree(tree, text)
    _check_tables(tree, text, tables)
    _check_calls(tree, text)
    return tree


def written(tree: exp.Expr) -> str:
    """SQL for DuckDB, from a tree; comments are left out."""
    return tree.sql(dialect="duckdb", comments=False, normalize_functions=False)


def position(node: exp.Expr) -> tuple[int, int] | None:
    """Offset and length of a node in the text it was parsed from, as far as that is known."""
    for part in node.find_all(exp.Identifier, exp.Literal, exp.Anonymous, exp.Column, exp.Func):
        if "start" in part.meta:
            return part.meta["start"], part.meta["end"] - part.meta["start"] + 1
    return None


def cte_in_scope(table: exp.Table) -> exp.CTE | None:
    """The WITH entry that an unqualified table name means at its place, or None for a stored table."""
    if not isinstance(table.this, exp.Identifier) or table.args.get("db"):
        return None
    name = table.name.lower()
    child: exp.Expr = table
    parent = table.parent
    while parent is not None:
        clause = parent.args.get("with_")
        if isinstance(clause, exp.With):
            entries = _visible(clause, table) if child is clause else list(clause.expressions)
            for entry in reversed(entries):
                if entry.alias.lower() == name:
                    assert isinstance(entry, exp.CTE)
                    return entry
        child, parent = parent, parent.parent
    return None


def _visible(clause: exp.With, table: exp.Table) -> list[exp.Expr]:
    """Entries of a WITH that a table in one of them can mean: earlier ones, itself if recursive."""
    own = table.find_ancestor(exp.CTE)
    while own is not None and own.parent is not clause:
        own = own.find_ancestor(exp.CTE)
    at = next((i for i, entry in enumerate(clause.expressions) if entry is own), len(clause.expressions))
    return list(clause.expressions[: at + 1 if clause.args.get("recursive") else at])


def _check_size(text: str) -> None:
    if not text.strip():
        raise InvalidInput(
            "the query is empty", hint="for example: SELECT repo, count(*) FROM files GROUP BY repo"
        )
    if len(text) > _LONGEST:
        raise InvalidInput(f"the query has {len(text)} characters; up to {_LONGEST} are allowed")
    if "\x00" in text:
        raise refusal("the query holds a NUL character", text, at=(text.index("\x00"), 1))


def _check_statement(text: str) -> None:
    """DuckDB's own parser must see exactly one SELECT."""
    try:
        statements = duckdb.extract_statements(text)
    except duckdb.Error as error:
        raise syntax_error(text, str(error)) from error
    except (UnicodeError, RuntimeError) as error:
        raise refusal(f"the query cannot be read: {error}", text) from error
    if len(statements) != 1:
        given = "no statement" if not statements else f"{len(statements)} statements"
        raise refusal(f"the query has {given}; exactly one is allowed", text, hint=_READ_ONLY)
    name = _kind(statements[0])
    if name != "select":
        first = len(text) - len(text.lstrip())
        raise refusal(f"a statement of kind `{name}` is not allowed", text, at=(first, 1), hint=_READ_ONLY)


def _kind(statement: duckdb.Statement) -> str:
    try:
        return str(statement.type).rpartition(".")[2].lower().replace("_", " ")
    except ValueError:  # DuckDB's Python client has no name for its newest kinds
        return "other"


def syntax_error(text: str, duckdb_says: str) -> InvalidInput:
    """A refusal from the words of DuckDB's parser, with the place it points at."""
    first = duckdb_says.splitlines()[0].removeprefix("Parser Error: ")
    return refusal(first, text, at=place_in(text, duckdb_says), hint="softwright query --help shows examples")


def place_in(text: str, duckdb_says: str) -> tuple[int, int] | None:
    """Offset and length that the `LINE n:` part of a DuckDB message marks in `text`, if it has one."""
    lines = duckdb_says.splitlines()
    for at, line in enumerate(lines[:-1]):
        head, mark = line.partition(":")[0], lines[at + 1]
        if line.startswith("LINE ") and mark.strip(" ^") == "" and "^" in mark:
            number = int(head.removeprefix("LINE "))
            shown, column = line[len(head) + 2 :], mark.index("^") - len(head) - 2
            source = text.split("\n")
            if not 0 < number <= len(source):
                return None
            fragment = shown.removeprefix("...").removesuffix("...")
            cut = max(0, source[number - 1].find(fragment)) if shown != fragment else 0
            offset = sum(len(one) + 1 for one in source[: number - 1])
            return offset + cut + column - (3 if shown.startswith("...") else 0), mark.count("^")
    return None


def _unreadable(text: str, error: SqlglotError) -> InvalidInput:
    details = getattr(error, "errors", None) or [{}]
    first = details[0]
    said = first.get("description") or str(error).splitlines()[0]
    word = str(first.get("highlight") or "")
    return refusal(f"the query cannot be analysed: {said}", text, at=word_at(text, word) if word else None)


def _check_tree(tree: exp.Expr, text: str) -> None:
    if not isinstance(tree, _ROOTS):
        name = type(tree).__name__.upper()
        schema = "see `softwright facts schema` for tables and columns"
        hint = schema if isinstance(tree, exp.Describe | exp.Summarize | exp.Show) else _READ_ONLY
        raise refusal(f"{name} is not allowed", text, hint=hint)
    for node in tree.walk():
        if isinstance(node, _FORBIDDEN):
            name = type(node).__name__.upper()
            raise refusal(f"{name} is not allowed in a query", text, at=position(node), hint=_READ_ONLY)


def _check_tables(tree: exp.Expr, text: str, tables: frozenset[str]) -> None:
    for table in tree.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier):
            continue  # a table function: its name is checked with all other calls
        if table.args.get("db") or table.args.get("catalog"):
            given = ".".join(part.name for part in table.parts)
            raise refusal(
                f"table `{given}` is qualified; tables have plain names here",
                text,
                at=position(table),
                hint=nearest(table.name, tables),
            )
        if cte_in_scope(table) is None and table.name.lower() not in tables:
            known = tables | {MATCHES + "(pattern, language)"}
            raise refusal(
                f"unknown table `{table.name}`; {nearest(table.name, known)}",
                text,
                at=position(table),
                hint="`softwright facts schema` describes every table",
            )
    for entry in tree.find_all(exp.CTE):
        name = entry.alias.lower()
        if name.startswith(_SETTINGS_LIKE) or (name in _catalogue() and name not in ALLOWED_FUNCTIONS):
            raise refusal(
                f"`{entry.alias}` cannot be the name of a WITH entry", text, at=position(entry.args["alias"])
            )


def _check_calls(tree: exp.Expr, text: str) -> None:
    """Every word before a parenthesis in the text that would be executed is an allowed function."""
    own_words = {entry.alias.lower() for entry in tree.find_all(exp.CTE)}
    own_words |= {window.name.lower() for window in tree.find_all(exp.Window) if window.this is None}
    if tree.find(exp.TableSample) is not None:
        own_words |= _SAMPLING
    for name in called(written(tree)):
        if name in own_words and name not in _catalogue():
            continue
        if name != MATCHES and name not in ALLOWED_FUNCTIONS and name not in SYNTAX:
            raise refusal(
                f"function `{name}` is not allowed; {_near_function(name)}",
                text,
                at=word_at(text, name),
                hint="a query can reach no file, network, setting or extension",
            )


def called(sql: str) -> Iterator[str]:
    """Every word, lower case, that stands before a parenthesis as the name of a function does."""
    tokens = list(sqlglot.tokenize(sql, dialect="duckdb"))
    for at, token in enumerate(tokens[:-1]):
        if tokens[at + 1].token_type != TokenType.L_PAREN or not token.text[:1].strip():
            continue
        if token.token_type in (TokenType.STRING, TokenType.NUMBER):
            continue
        if at and tokens[at - 1].token_type == TokenType.ALIAS:
            continue  # a list of column aliases: AS t(a, b)
        if token.text[0].isalpha() or token.text[0] == "_" or token.token_type == TokenType.IDENTIFIER:
            yield token.text.lower()


def _near_function(name: str) -> str:
    close = get_close_matches(name, ALLOWED_FUNCTIONS, n=1, cutoff=0.75)
    near = f"did you mean `{close[0]}`? " if close else ""
    return f"{near}allowed: functions of numbers, text, lists, maps, JSON, dates and groups"


@lru_cache(maxsize=1)
def _catalogue() -> frozenset[str]:
    """Names of every function of this DuckDB."""
    with duckdb.connect() as connection:
        rows = connection.execute("SELECT DISTINCT lower(function_name) FROM duckdb_functions()").fetchall()
    return frozenset(row[0] for row in rows)
