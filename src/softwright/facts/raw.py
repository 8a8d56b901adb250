"""The raw tables behind the views.

Facts are stored once per *unit*: a blob read by one reader (a language, or a kind of manifest). `raw_units`
gives each unit a small integer, fact rows carry only that integer, and `raw_files` says which paths of which
repositories hold the unit now. So a file copied into fifty repositories costs its facts once, and a commit
costs the facts of the blobs it brought.
"""

SCHEMA_VERSION = 3
"""Rises when a raw table changes; a store of another version is emptied: facts are derived."""


def _columns(text: str) -> tuple[tuple[str, str], ...]:
    pairs = (pair.split() for pair in text.replace("\n", ",").split(",") if pair.strip())
    return tuple((name, kind) for name, kind in pairs)


RAW: dict[str, tuple[tuple[str, str], ...]] = {
    # `done`: what was indexed of the tree, with the versions of the readers (see index.py)
    "raw_repos": _columns("""
        repo VARCHAR, url VARCHAR, branch VARCHAR, commit VARCHAR, tree VARCHAR, tags VARCHAR[]
        owners VARCHAR[], state VARCHAR, reason VARCHAR, files INTEGER, bytes BIGINT, indexed_at TIMESTAMP
        done VARCHAR
    """),
    # `packages`: prefixes that raw_calls.level points to; `import_paths`: by raw_imports.ordinal
    "raw_files": _columns("""
        repo VARCHAR, path VARCHAR, blob VARCHAR, mode VARCHAR, language VARCHAR, manifest VARCHAR
        bytes BIGINT, is_test BOOLEAN, is_generated BOOLEAN, is_vendored BOOLEAN, unit INTEGER
        manifest_unit INTEGER, packages VARCHAR[], import_paths VARCHAR[], last_changed TIMESTAMP
    """),
    "raw_units": _columns("""
        unit INTEGER, blob VARCHAR, reader VARCHAR, version INTEGER
        lines INTEGER, is_generated BOOLEAN, parse_error VARCHAR
    """),
    "raw_symbols": _columns("""
        unit INTEGER, name VARCHAR, qualified_name VARCHAR, kind VARCHAR, line INTEGER, end_line INTEGER
        parent VARCHAR, is_public BOOLEAN, decorators VARCHAR[], bases VARCHAR[], signature VARCHAR
        docstring_lines INTEGER
    """),
    "raw_imports": _columns("""
        unit INTEGER, ordinal INTEGER, line INTEGER, module VARCHAR, name VARCHAR, alias VARCHAR
        level INTEGER, is_type_checking BOOLEAN
    """),
    # the receiver is the head of the callee: a number costs a fifth of what the text did
    "raw_calls": _columns("""
        unit INTEGER, line INTEGER, end_line INTEGER, callee VARCHAR, receiver_length INTEGER, name VARCHAR
        level INTEGER, resolved VARCHAR, arguments INTEGER, keywords VARCHAR[], in_symbol VARCHAR
        start_byte INTEGER, end_byte INTEGER
    """),
    # hashes of the words of a file (see words.py); units of other encodings have no row
    "raw_words": _columns("unit INTEGER, words USMALLINT[]"),
    "raw_dependencies": _columns(
        "unit INTEGER, ecosystem VARCHAR, name VARCHAR, specifier VARCHAR, scope VARCHAR"
    ),
    # what a manifest says of paths: `-r other.txt` of requirements, the module of a go.mod
    "raw_includes": _columns("unit INTEGER, path VARCHAR"),
    "raw_owner_rules": _columns("unit INTEGER, ordinal INTEGER, pattern VARCHAR, owners VARCHAR[]"),
    "raw_owners": _columns("repo VARCHAR, path VARCHAR, pattern VARCHAR, owner VARCHAR"),
}
"""Raw tables: name -> (column, DuckDB type)."""


def raw_statements() -> list[str]:
    """The SQL that creates them in an empty database."""
    out = ["CREATE TABLE raw_meta (schema_version INTEGER)"]
    out.append(f"INSERT INTO raw_meta VALUES ({SCHEMA_VERSION})")  # noqa: S608 - a number of ours
    for name, columns in RAW.items():
        body = ", ".join(f'"{column}" {kind}' for column, kind in columns)
        out.append(f"CREATE TABLE {name} ({body})")
    return out
