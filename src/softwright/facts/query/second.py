"""A second reading of a query, by DuckDB's own parser: what it names must be what the first one allowed.

Two parsers may read one text differently. The text that is executed is read by DuckDB, so DuckDB is
asked which tables it sees in it; only names the first reading has checked may be among them.
"""

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import duckdb
from sqlglot import exp

from softwright.facts.query.functions import ALLOWED_FUNCTIONS
from softwright.facts.query.parse import written
from softwright.facts.query.trouble import refusal


def check_again(tree: exp.Expr, text: str, allowed: frozenset[str]) -> None:
    """Raise InvalidInput when DuckDB sees a table in the tree's SQL that is not `allowed` nor a WITH's."""
    row = _reader().execute("SELECT json_serialize_sql(?)", [written(tree)]).fetchone()
    read = json.loads(row[0]) if row else {"error": True}
    if read.get("error"):
        raise refusal(f"the query cannot be read a second time: {read.get('error_message', '')}", text)
    own = {entry.alias.lower() for entry in tree.find_all(exp.CTE)}
    for node in _nodes(read):
        kind = node.get("type")
        if kind == "BASE_TABLE":
            qualified = node.get("schema_name") or node.get("catalog_name")
            name = str(node.get("table_name", "")).lower()
            if qualified or (name not in allowed and name not in own):
                raise refusal(f"table `{name}` is not allowed", text)
        elif kind == "TABLE_FUNCTION":
            name = str(node.get("function", {}).get("function_name", "")).lower()
            if name not in ALLOWED_FUNCTIONS:
                raise refusal(f"function `{name}` is not allowed", text)


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for part in value.values():
            yield from _nodes(part)
    elif isinstance(value, list):
        for part in value:
            yield from _nodes(part)


@lru_cache(maxsize=1)
def _reader() -> duckdb.DuckDBPyConnection:
    """An empty database that is asked to read texts, never to run them."""
    return duckdb.connect(config={"enable_external_access": "false", "lock_configuration": "true"})
