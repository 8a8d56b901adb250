"""The tables users see, every column documented, as views over the raw tables of `raw`."""

from dataclasses import dataclass
from enum import StrEnum

from softwright.facts.raw import SCHEMA_VERSION, raw_statements


class Depth(StrEnum):
    """What must be read to fill a table, cheapest first."""

    FILES = "files"  # the tree listing only: no file is opened
    MANIFESTS = "manifests"  # the few files that declare dependencies and owners
    SYMBOLS = "symbols"  # every source file is parsed
    HISTORY = "history"  # the commit log is walked: only `files.last_changed` needs it


@dataclass(frozen=True, slots=True)
class Column:
    """One column: DuckDB `type`, and what a value means."""

    name: str
    type: str
    doc: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table users can query; `depth` is what filling it costs, `select` the view over the raw tables."""

    name: str
    doc: str
    depth: Depth
    columns: tuple[Column, ...]
    select: str


def _table(name: str, doc: str, depth: Depth, *, columns: str, source: str) -> Table:
    """A table whose columns are lines `name TYPE = select expression: documentation`."""
    described, selected = [], []
    for line in columns.strip().splitlines():
        head, _, text = line.strip().partition(": ")
        left, _, expression = head.partition(" = ")
        column, kind = left.split()
        described.append(Column(column, kind, text))
        selected.append(f'{expression} AS "{column}"')
    select = f"SELECT {', '.join(selected)} FROM {source}"  # noqa: S608 - made of constants of this file
    return Table(name, doc, depth, tuple(described), select)


_REPOS = """
repo VARCHAR = repo: Name of the repository in the fleet; unique.
url VARCHAR = url: Where git fetches it from.
branch VARCHAR = branch: Branch the snapshot is of; empty when unknown.
commit VARCHAR = "commit": Commit of the snapshot; empty when the repository was never read.
tree VARCHAR = tree: Hash of the snapshot's root tree: equal trees hold equal files.
tags VARCHAR[] = tags: Tags from the fleet file, sorted.
owners VARCHAR[] = owners: Owners from the fleet file (CODEOWNERS are in table `owners`).
state VARCHAR = state: `indexed`; otherwise why not, such as `broken` or `unreachable`.
reason VARCHAR = reason: What went wrong, for people; empty when indexed.
files INTEGER = files: Number of files in the snapshot.
bytes BIGINT = bytes: Sum of the sizes of those files, in bytes.
indexed_at TIMESTAMP = indexed_at: When this snapshot was indexed (UTC).
"""

_FILES = """
repo VARCHAR = f.repo: Name of the repository in the fleet.
path VARCHAR = f.path: Path of the file from the root of the repository, with `/`.
blob VARCHAR = f.blob: Git's hash of the content: equal blobs are equal files.
language VARCHAR = f.language: Language by file name (`python`, `go`, …); empty for anything else.
bytes BIGINT = f.bytes: Size in bytes.
lines INTEGER = u.lines: Number of lines; NULL until the file has been read.
is_test BOOLEAN = f.is_test: By its path it belongs to the tests.
is_generated BOOLEAN = f.is_generated OR coalesce(u.is_generated, false): A program wrote it.
is_vendored BOOLEAN = f.is_vendored: By its path it is a copy of somebody else's code.
parse_error VARCHAR = u.parse_error: Why facts are missing or partial (`syntax error at line 3`, …).
last_changed TIMESTAMP = f.last_changed: When a commit last touched it (UTC), or NULL.
"""

_SYMBOLS = """
repo VARCHAR = f.repo: Name of the repository in the fleet.
path VARCHAR = f.path: File that holds the definition.
name VARCHAR = x.name: Name as written in the definition.
qualified_name VARCHAR = x.qualified_name: With the names of enclosing definitions: `Outer.Inner.method`.
kind VARCHAR = x.kind: `function`, `method`, `class`, `interface`, `enum`, `struct`, `trait`, `type` or so.
line INTEGER = x.line: First line of the definition (of its keyword, not of its decorators), from 1.
end_line INTEGER = x.end_line: Last line, inclusive; comments that end the body count.
parent VARCHAR = x.parent: Qualified name of the enclosing definition; empty at the top of the file.
is_public BOOLEAN = x.is_public: By the language's rule or habit it may be used from outside.
decorators VARCHAR[] = x.decorators: Decorators or annotations, without `@` and arguments, as written.
bases VARCHAR[] = x.bases: Base classes, extended and implemented types, as written.
signature VARCHAR = x.signature: Parameters and result on one line, as written; empty for classes.
docstring_lines INTEGER = x.docstring_lines: Lines of the documentation string (Python), or 0.
"""

_IMPORTS = """
repo VARCHAR = f.repo: Name of the repository in the fleet.
path VARCHAR = f.path: File that holds the import.
line INTEGER = x.line: Line of the imported name, from 1.
module VARCHAR = x.module: Module or package as written, without the leading dots of a relative import.
name VARCHAR = x.name: Name taken from the module (`*` for all); empty when the module itself is imported.
alias VARCHAR = x.alias: Name it is bound to by `as` or its like; empty when it keeps its own.
level INTEGER = x.level: Number of leading dots of a relative import (Python); else 0.
resolved_path VARCHAR = f.import_paths[x.ordinal]: File of the same repository it means, or NULL.
is_type_checking BOOLEAN = x.is_type_checking: Only for type checkers (`if TYPE_CHECKING`, `import type`).
"""

_CALLS = """
repo VARCHAR = f.repo: Name of the repository in the fleet.
path VARCHAR = f.path: File that holds the call.
line INTEGER = x.line: First line of the call, from 1.
end_line INTEGER = x.end_line: Last line, inclusive.
callee VARCHAR = x.callee: What is called, as written; arguments of inner calls are left out: `a.b().c`.
receiver VARCHAR = left(x.callee, x.receiver_length): The callee without its last name: `a.b()`, or empty.
name VARCHAR = x.name: Last name of the callee (`c`); empty when what is called has no name.
resolved VARCHAR = {resolved}: Full dotted name through the file's imports, aliases and definitions, or NULL.
arguments INTEGER = x.arguments: Number of arguments, keyword and unpacked ones included.
keywords VARCHAR[] = x.keywords: Names of the keyword arguments; `**` for an unpacked mapping.
in_symbol VARCHAR = x.in_symbol: Qualified name of the definition it stands in; empty at the top of the file.
start_byte INTEGER = x.start_byte: Offset of the call in the file, in bytes.
end_byte INTEGER = x.end_byte: Offset of its end, exclusive, in bytes.
""".replace("{resolved}", "CASE WHEN x.level = 0 THEN x.resolved ELSE f.packages[x.level] || x.resolved END")

_DEPENDENCIES = """
repo VARCHAR = f.repo: Name of the repository in the fleet.
path VARCHAR = f.path: The manifest that declares it.
ecosystem VARCHAR = x.ecosystem: `pypi`, `npm`, `go`, `maven` or `cargo`.
name VARCHAR = x.name: Package, normalised as its ecosystem does (`typing-extensions`, `group:artifact`).
specifier VARCHAR = x.specifier: Version constraint as written; empty when any version will do.
scope VARCHAR = x.scope: `runtime`, `dev`, `build`, `optional`, `peer`, `test`, or the extra or group.
"""

_OWNERS = """
repo VARCHAR = repo: Name of the repository in the fleet.
path VARCHAR = path: The owned file.
pattern VARCHAR = pattern: The pattern that decided: the last of CODEOWNERS that matches.
owner VARCHAR = owner: One owner as written: `@user`, `@org/team` or an address.
"""


def _of_unit(table: str) -> str:
    return f"raw_files f JOIN {table} x ON x.unit = f.unit"


TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        _table(
            "repos",
            "Repositories of the fleet, each at the snapshot its facts were taken from.",
            Depth.FILES,
            columns=_REPOS,
            source="raw_repos",
        ),
        _table(
            "files",
            "Files of each snapshot; symbolic links are among them, submodules are not.",
            Depth.FILES,
            columns=_FILES,
            source="raw_files f LEFT JOIN raw_units u ON u.unit = f.unit",
        ),
        _table(
            "symbols",
            "What files define: functions, methods, classes and their like, nested ones included.",
            Depth.SYMBOLS,
            columns=_SYMBOLS,
            source=_of_unit("raw_symbols"),
        ),
        _table(
            "imports",
            "What files import, one row per name.",
            Depth.SYMBOLS,
            columns=_IMPORTS,
            source=_of_unit("raw_imports"),
        ),
        _table("calls", "Calls.", Depth.SYMBOLS, columns=_CALLS, source=_of_unit("raw_calls")),
        _table(
            "dependencies",
            "Packages that manifests declare.",
            Depth.MANIFESTS,
            columns=_DEPENDENCIES,
            source="raw_files f JOIN raw_dependencies x ON x.unit = f.manifest_unit",
        ),
        _table(
            "owners",
            "Who owns which file by the repository's CODEOWNERS, one row per file and owner.",
            Depth.MANIFESTS,
            columns=_OWNERS,
            source="raw_owners",
        ),
    )
}
"""Every table by name, in the order in which they are documented."""


def statements() -> list[str]:
    """The SQL that creates every raw table and view in an empty database."""
    views = [f"CREATE VIEW {table.name} AS {table.select}" for table in TABLES.values()]
    return [*raw_statements(), *views]


__all__ = ["SCHEMA_VERSION", "TABLES", "Column", "Depth", "Table", "statements"]
