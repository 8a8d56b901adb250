"""The facts: bring them up to date, say how they stand, describe the tables."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from softwright.app.fleet import Selection, load_selected
from softwright.app.wiring import House
from softwright.core import InvalidInput, OutsideFault, Repo, nearest
from softwright.facts.index import index
from softwright.facts.query import MATCH_COLUMNS
from softwright.facts.schema import TABLES, Column, Depth
from softwright.facts.store import FactStore
from softwright.facts.waiting import OnWait, open_when_free
from softwright.hosts import GitSource

Progress = Callable[[str, int, int], None]
"""(what is done, how much of it, of how much)."""

MATCHES_DOC = (
    "Places that a structural pattern matches, as a table function: `matches(pattern, language)`, "
    "or `matches(rule)` with the name or path of a rule. Found when asked, and kept."
)


@dataclass(frozen=True, slots=True)
class IndexSummary:
    """Repositories by outcome (with reasons where something is wrong), files and bytes read, wall seconds."""

    indexed: int
    unchanged: int
    broken: dict[str, str]
    not_synced: dict[str, str]
    files: int
    bytes: int
    seconds: float


@dataclass(frozen=True, slots=True)
class FactsStatus:
    """The fact store: its file and size in bytes, and the number of rows by table."""

    path: str
    bytes: int
    rows: dict[str, int]
    repos_by_state: dict[str, int]


@dataclass(frozen=True, slots=True)
class TableDoc:
    """A table for queries: what a row is, what filling it costs, (name, type, meaning) of each column."""

    name: str
    doc: str
    depth: str
    columns: tuple[tuple[str, str, str], ...]


def sources_of(house: House, repos: Iterable[Repo]) -> tuple[dict[str, GitSource], dict[str, str]]:
    """Each synced repository as a source of blobs, and why the others are none; no process is started."""
    sources: dict[str, GitSource] = {}
    absent: dict[str, str] = {}
    for repo in repos:
        try:
            snapshot = house.mirrors.snapshot(repo)
        except OutsideFault as error:
            absent[repo.name] = error.message
            continue
        if snapshot.commit:
            sources[repo.name] = GitSource(repo, snapshot, str(house.mirrors.path(repo.name)))
        else:
            absent[repo.name] = "it has no commit yet"
    return sources, absent


def facts_path(house: House) -> Path:
    """The file of the fact store."""
    return house.folder("facts") / "facts.duckdb"


def index_facts(
    house: House,
    fleet: Path | None,
    *,
    tables: frozenset[str] | None = None,
    on_progress: Progress = lambda what, done, total: None,
    on_wait: OnWait = lambda message: None,
) -> IndexSummary:
    """Bring the facts of the whole fleet up to date with its mirrors; `tables` None means all of them.

    Raises InvalidInput for a bad fleet file or table, OutsideFault when another process holds the store.
    """
    unknown = sorted((tables or frozenset()) - set(TABLES))
    if unknown:
        raise InvalidInput(f"unknown table `{unknown[0]}`; {nearest(unknown[0], TABLES)}")
    _, whole = load_selected(house, fleet, Selection())
    with open_when_free(facts_path(house), on_wait=on_wait) as store:
        sources, absent = sources_of(house, whole.repos)
        return refresh(store, house, sources, absent=absent, tables=tables, on_progress=on_progress)


def refresh(
    store: FactStore,
    house: House,
    sources: dict[str, GitSource],
    *,
    absent: dict[str, str],
    tables: frozenset[str] | None,
    on_progress: Progress,
) -> IndexSummary:
    """Index what changed in the sources; repositories that are `absent` keep the facts they had."""
    report = index(
        store,
        sources.values(),
        workers=house.settings.workers,
        tables=tables,
        on_progress=lambda p: on_progress("repositories indexed", p.repos_done, p.repos),
        keep=frozenset(absent),
    )
    return IndexSummary(
        indexed=len(report.indexed),
        unchanged=len(report.unchanged),
        broken=dict(report.broken),
        not_synced=absent,
        files=report.files,
        bytes=report.bytes,
        seconds=report.seconds,
    )


def facts_status(house: House) -> FactsStatus:
    """How the fact store stands; nothing is indexed. Raises OutsideFault when there is none yet."""
    path = facts_path(house)
    if not path.exists():
        raise OutsideFault("there are no facts yet", hint="run `softwright facts index`, or any query")
    with FactStore.open(path, read_only=True) as store:
        rows: dict[str, int] = {}
        for name in TABLES:
            counted = store.connection.execute(f"SELECT count(*) FROM {name}").fetchone()  # noqa: S608 - our names
            rows[name] = int(counted[0]) if counted else 0
        states = store.connection.execute(
            "SELECT state, count(*) FROM repos GROUP BY state ORDER BY state"
        ).fetchall()
    return FactsStatus(str(path), path.stat().st_size, rows, {str(state): int(n) for state, n in states})


def describe_tables(name: str | None = None) -> tuple[TableDoc, ...]:
    """Documentation of one table or of all, `matches` last. Raises InvalidInput for an unknown name."""
    docs = [_doc(table.name, table.doc, table.depth, table.columns) for table in TABLES.values()]
    docs.append(_doc("matches", MATCHES_DOC, Depth.FILES, MATCH_COLUMNS))
    if name is None:
        return tuple(docs)
    chosen = tuple(doc for doc in docs if doc.name == name.lower().partition("(")[0])
    if not chosen:
        raise InvalidInput(f"unknown table `{name}`; {nearest(name, [doc.name for doc in docs])}")
    return chosen


def schema_markdown(tables: Iterable[TableDoc]) -> str:
    """The documentation of tables as Markdown."""
    out = []
    for table in tables:
        out.append(f"### `{table.name}`\n\n{table.doc}\n\n| column | type | meaning |\n|---|---|---|\n")
        out += [f"| `{name}` | {kind} | {_cell(text)} |\n" for name, kind, text in table.columns]
        out.append("\n")
    return "".join(out).rstrip("\n") + "\n"


def _doc(name: str, doc: str, depth: Depth, columns: tuple[Column, ...]) -> TableDoc:
    return TableDoc(name, doc, depth.value, tuple((one.name, one.type, one.doc) for one in columns))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
