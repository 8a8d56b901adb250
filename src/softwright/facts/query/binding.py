"""Has DuckDB check names and types before anything costly runs, and says in our words what is wrong."""

import re
from collections.abc import Mapping, Sequence

import duckdb
import sqlglot
from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from softwright.core import InvalidInput, nearest
from softwright.facts.query.calls import Call
from softwright.facts.query.parse import MATCHES, cte_in_scope, place_in, written
from softwright.facts.query.second import check_again
from softwright.facts.query.sources import Schema
from softwright.facts.query.trouble import refusal, word_at

_HEAD = "EXPLAIN\n"
_BAD_REGEX = re.compile(r"(missing|invalid|unexpected|bad|no argument for)\b[^:]*(: |$)")
_NO_COLUMN = re.compile(r'Referenced column "(?P<column>[^"]+)" not found')
_NOT_OF = re.compile(
    r'(?:Table|Values list) "(?P<table>[^"]+)" does not have a column named "(?P<column>[^"]+)"'
)
_NO_TABLE = re.compile(r'Referenced table "(?P<table>[^"]+)" not found')
_NO_FUNCTION = re.compile(r"No function matches the given name and argument types '(?P<call>[^']*)'")


def check_binding(
    connection: duckdb.DuckDBPyConnection,
    tree: exp.Expr,
    text: str,
    *,
    calls: Sequence[Call],
    schema: Schema,
) -> None:
    """Raise InvalidInput when DuckDB cannot bind the tree, or when by its own reading the tree touches a
    table that is not of the `schema`. Every table of `calls` must exist already.
    """
    check_again(tree, text, frozenset(schema))
    try:
        connection.execute("EXPLAIN " + written(tree)).fetchall()
    except duckdb.Error as error:
        said, place = str(error), None
        twin = _with_names(text, calls)
        if twin is not None:
            said, place = _asked_again(connection, twin, said)
        raise explained(said, text, place=place, known=_named_columns(tree, schema)) from error


def explained(
    said: str, text: str, *, place: tuple[int, int] | None, known: Mapping[str, frozenset[str]]
) -> InvalidInput:
    """DuckDB's message about the query `text` as a refusal; `known` maps table names to their columns."""
    column = _NO_COLUMN.search(said)
    if column:
        allowed = frozenset().union(*known.values()) if known else frozenset()
        return _unknown(column["column"], column["column"], allowed, text, place)
    foreign = _NOT_OF.search(said)
    if foreign:
        table = foreign["table"].lower()
        shown = MATCHES if table.lstrip("_").startswith(MATCHES + "_") else foreign["table"]
        allowed = known.get(table) or frozenset().union(*known.values())
        return _unknown(f"{shown}.{foreign['column']}", foreign["column"], allowed, text, place)
    missing = _NO_TABLE.search(said)
    if missing:
        name = missing["table"]
        message = f"`{name}` names no table of this FROM; {nearest(name, known)}"
        return refusal(message, text, at=place or word_at(text, name))
    call = _NO_FUNCTION.search(said)
    if call:
        message = f"no function takes these types: `{call['call'].replace('_LITERAL', '')}`"
        return refusal(message, text, at=place, hint="convert with CAST(... AS ...)")
    first = said.strip().splitlines()[0]
    first = re.sub(r"^(Binder|Catalog|Conversion|Parser|Invalid Input|Not implemented) Error: ", "", first)
    if _BAD_REGEX.match(first):
        message = f"a regular expression of the query is not one: {first}"
        return refusal(
            message, text, at=place, hint="regular expressions are RE2's; LIKE and GLOB know wildcards"
        )
    return refusal(f"the database cannot answer this: {first}", text, at=place)


def _unknown(
    shown: str, column: str, allowed: frozenset[str], text: str, place: tuple[int, int] | None
) -> InvalidInput:
    return refusal(
        f"unknown column `{shown}`; {nearest(column, allowed)}",
        text,
        at=place or word_at(text, column),
        hint="`softwright facts schema` describes every column",
    )


def _asked_again(
    connection: duckdb.DuckDBPyConnection, twin: str, said: str
) -> tuple[str, tuple[int, int] | None]:
    """The same complaint about the text as it was given, so that its place is known."""
    statements = duckdb.extract_statements(twin)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        return said, None
    asked = _HEAD + twin
    try:
        connection.execute(asked).fetchall()
    except duckdb.Error as error:
        place = place_in(asked, str(error))
        return str(error), (place[0] - len(_HEAD), place[1]) if place else None
    return said, None


def _with_names(text: str, calls: Sequence[Call]) -> str | None:
    """The text with a table name for each `matches(...)`, all other characters in their places."""
    names = iter(calls)
    tokens = sqlglot.tokenize(text, dialect="duckdb")
    out, at = [], 0
    for index, token in enumerate(tokens[:-1]):
        if token.text.lower() != MATCHES or tokens[index + 1].token_type != TokenType.L_PAREN:
            continue
        call = next(names, None)
        end = next((one.end for one in tokens[index:] if one.token_type == TokenType.R_PAREN), None)
        if call is None or end is None:
            return None
        replaced = text[token.start : end + 1]
        unnamed = call.table.alias == MATCHES and not _follows_alias(text[end + 1 :])
        name = f"{call.name} {MATCHES}" if unnamed else call.name
        if len(name) > len(replaced) or "\n" in replaced:
            return None
        out += [text[at : token.start], name.ljust(len(replaced))]
        at = end + 1
    return "".join([*out, text[at:]])


def _follows_alias(rest: str) -> bool:
    return re.match(rf"\s+(?:as\s+)?{MATCHES}\b", rest, re.IGNORECASE) is not None


def _named_columns(tree: exp.Expr, schema: Schema) -> dict[str, frozenset[str]]:
    """Columns of each stored table of the tree, by the name it has there."""
    named: dict[str, frozenset[str]] = {}
    for table in tree.find_all(exp.Table):
        columns = schema.get(table.name.lower())
        if columns and cte_in_scope(table) is None:
            named[(table.alias or table.name).lower()] = columns
    return named
