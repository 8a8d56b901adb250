"""Rows that may be there already, in both databases' words."""

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Table
from sqlalchemy.sql.dml import Insert

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite


def replacing(connection: Connection, table: Table, key: Iterable[str]) -> Insert:
    """An insert of whole rows that replaces what has the same `key`."""
    return _replacing(connection.dialect.name, table, tuple(key))


def keeping(connection: Connection, table: Table, key: Iterable[str]) -> Insert:
    """An insert that leaves alone what has the same `key`."""
    return _insert(connection.dialect.name, table).on_conflict_do_nothing(index_elements=list(key))


@cache  # building it costs as much as executing it for some rows
def _replacing(dialect: str, table: Table, key: tuple[str, ...]) -> Insert:
    insert = _insert(dialect, table)
    newer = {column.name: insert.excluded[column.name] for column in table.c if column.name not in key}
    return insert.on_conflict_do_update(index_elements=list(key), set_=newer)


def _insert(dialect: str, table: Table) -> "postgresql.Insert | sqlite.Insert":
    # Only one of them is wanted, and each takes its time to load.
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table)
    from sqlalchemy.dialects import sqlite

    return sqlite.insert(table)
