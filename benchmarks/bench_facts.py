"""The facts of a fleet: first indexing, indexing again, queries, the first structural match.

The fleet is made from the demo's real packages: bare repositories, several copies of each package, every
source file of a copy with a line of its own, so that no two repositories share one. CPU seconds are those
of this process and all its children, git included.

    python benchmarks/bench_facts.py [--quick] [--copies N] [--sdists FOLDER]
"""

import argparse
import ast
import io
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from table import Row, Used, all_met, row, show, used, write

from softwright.core import InvalidInput, Repo, Snapshot, language_of
from softwright.facts.index import IndexReport, index
from softwright.facts.query import run_query
from softwright.facts.schema import TABLES
from softwright.facts.sites import REGULAR, find_sites
from softwright.facts.store import FactStore
from softwright.facts.structure import Pattern, Tree, decode
from softwright.facts.structure import found as site
from softwright.hosts import GitSource

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
WORK = HERE / "work" / "facts"
ARCHIVES = ROOT / "demo-work" / "archives"
WHEN = b"1704164645 +0000"
RECIPE = 1  # raise it when the fleet is made differently
BIGGEST = 20_000_000

QUERIES = {
    "logging.* call sites by repo": """
        SELECT repo, count(*) FROM calls WHERE resolved LIKE 'logging.%' GROUP BY repo ORDER BY 2 DESC""",
    "files importing logging, never calling getLogger": """
        SELECT DISTINCT i.repo, i.path FROM imports i WHERE i.module = 'logging' AND NOT EXISTS (
            SELECT 1 FROM calls c
            WHERE c.repo = i.repo AND c.path = i.path AND c.resolved = 'logging.getLogger')""",
    "requests.get/post/put without timeout": """
        SELECT repo, path, line FROM calls
        WHERE resolved IN ('requests.get', 'requests.post', 'requests.put')
          AND NOT list_contains(keywords, 'timeout')""",
    "top called names across repos": """
        SELECT name, count(DISTINCT repo) AS repos, count(*) AS n FROM calls
        GROUP BY name ORDER BY repos DESC, n DESC LIMIT 20""",
    "declared dependency never imported": """
        SELECT d.repo, d.name FROM dependencies d
        WHERE d.ecosystem = 'pypi' AND d.scope = 'runtime' AND NOT EXISTS (
            SELECT 1 FROM imports i
            WHERE i.repo = d.repo AND split_part(i.module, '.', 1) = replace(d.name, '-', '_'))""",
}
PATTERN = "logging.getLogger($X)"


def except_clause(code: str) -> dict[str, dict[str, str]]:
    """The rule object for an except clause, which is no whole code by itself."""
    return {"pattern": {"context": f"try:\n    $A\n{code}", "selector": "except_clause"}}


PATTERNS: dict[str, tuple[str | dict, float | None]] = {
    f"a call of a fixed name, {PATTERN}": (PATTERN, 6),
    "a named exception raised, raise KeyError($X) from $Y": ("raise KeyError($X) from $Y", 6),
    "a named exception caught, except KeyError": (except_clause("except KeyError:\n    $$$B"), 6),
    "an attribute that is rare, sys.maxint": ("sys.maxint", 6),
    "an attribute that is not, sys.version_info": ("sys.version_info", 6),
    "a keyword argument, $F($$$, verify=False, $$$)": ("$F($$$, verify=False, $$$)", 6),
    'a string, $X.encode("utf-8")': ('$X.encode("utf-8")', 6),
    "keywords and a name, assert isinstance($X, str)": ("assert isinstance($X, str)", 6),
    "keywords alone, $X == None": ("$X == None", 6),
    "keywords alone, except: pass": (except_clause("except:\n    pass"), 6),
    # nothing of it stands side by side, and its words may follow a number: every file is read and parsed
    "keywords apart, not $X in $Y": ("not $X in $Y", None),
}
"""What a user might ask: name -> what to look for, and the bar per 500 MB."""
console = Console()


def archives(folder: Path) -> list[Path]:
    """The packages' archives, downloaded like the demo does when they are not there."""
    sys.path.insert(0, str(ROOT / "scripts" / "demo"))
    from download import download, read_packages

    if not any(folder.glob("*.tar.gz")):
        console.print(f"downloading the demo's packages to {folder}")
        folder.mkdir(parents=True, exist_ok=True)
        download(read_packages(ROOT / "demo" / "packages.txt"), folder, lambda package, how: None)
    found = sorted(path for path in folder.glob("*.tar.gz") if path.stat().st_size < BIGGEST)
    if not found:
        sys.exit(f"no source distributions in {folder}: name a folder that has some with --sdists")
    return found


def files_of(archive: Path) -> list[tuple[str, bytes]]:
    """Path and content of every regular file, without the archive's top folder."""
    found = {}
    with tarfile.open(archive) as tar:
        for member in tar:
            path = member.name.partition("/")[2]
            odd = (
                any(part in ("", ".", "..", ".git") for part in path.split("/"))
                or '"' in path
                or "\\" in path
            )
            if member.isfile() and path and not odd:
                content = tar.extractfile(member)
                assert content is not None
                found[path] = content.read()
    return sorted(found.items())


def write_commit(remote: Path, files: list[tuple[str, bytes]], *, message: str, parent: bool) -> None:
    """One commit on `main` that holds these files, on top of what is there when `parent`."""
    out = io.BytesIO()
    out.write(b"commit refs/heads/main\ncommitter bench <bench@localhost> %s\n" % WHEN)
    out.write(b"data %d\n%s\n" % (len(message), message.encode()))
    out.write(b"from refs/heads/main^0\n" if parent else b"")
    for path, content in files:
        out.write(b"M 100644 inline %s\ndata %d\n" % (path.encode(), len(content)))
        out.write(content + b"\n")
    command = [
        "git",
        "--git-dir",
        str(remote),
        "-c",
        "fastimport.unpackLimit=0",
        "fast-import",
        "--quiet",
        "--force",
    ]
    subprocess.run(command, input=out.getvalue(), check=True)


def make_fleet(folder: Path, packages: list[Path], copies: int) -> list[Path]:
    """The bare repositories, made once and kept."""
    mark, said = folder / "made", f"{RECIPE} {copies} {' '.join(path.name for path in packages)}"
    if not mark.exists() or mark.read_text() != said:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        subprocess.run(
            ["git", "init", "--quiet", "--bare", "--initial-branch=main", str(folder / "empty")], check=True
        )
        columns = (TextColumn("making the fleet"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, console=console, transient=True) as progress:
            for archive in progress.track(packages):
                files = files_of(archive)
                for copy in range(copies):
                    remote = folder / f"{archive.name.removesuffix('.tar.gz')}-{copy}.git"
                    shutil.copytree(folder / "empty", remote)
                    own = b"\n# copy %d\n" % copy
                    varied = [(path, text + own if language_of(path) else text) for path, text in files]
                    write_commit(remote, varied, message="first", parent=False)
        mark.write_text(said)
    return sorted(folder.glob("*.git"))


def source_of(remote: Path) -> GitSource:
    """The head of a bare repository."""
    asked = ["git", "--git-dir", str(remote), "rev-parse", "main", "main^{tree}"]
    commit, tree = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split()
    name = remote.name.removesuffix(".git")
    return GitSource(Repo(name, str(remote)), Snapshot(name, commit, tree, "main"), str(remote))


@dataclass
class Bench:
    """The fleet, its store, and the rows measured so far."""

    remotes: list[Path]
    path: Path
    workers: int
    rows: list[Row] = field(default_factory=list)

    def add(
        self, name: str, value: float, unit: str, bar: float | None = None, *, at_most: bool = True
    ) -> None:
        """Add a figure."""
        met = bar is None or (value <= bar if at_most else value >= bar)
        self.rows.append(row(name, value, unit, bar=bar, met=met))

    def index(self, store: FactStore, sources: list[GitSource], label: str) -> tuple[IndexReport, Used]:
        """Index every table but the history, with a progress bar."""
        columns = (TextColumn(label), BarColumn(), TextColumn("{task.fields[files]} files"))
        with Progress(*columns, console=console, transient=True) as progress, used() as figures:
            task = progress.add_task(label, total=len(sources), files=0)
            report = index(
                store,
                sources,
                workers=self.workers,
                tables=frozenset(TABLES),
                on_progress=lambda p: progress.update(task, completed=p.repos_done, files=p.files_done),
            )
        return report, figures

    def cold(self) -> None:
        """First indexing: the listing alone, then everything; size and memory."""
        sources = [source_of(remote) for remote in self.remotes]
        with FactStore.open(None) as store, used() as figures:
            index(store, sources, workers=self.workers, tables=frozenset({"files"}))
        self.path.unlink(missing_ok=True)
        with FactStore.open(self.path) as store:
            n_files = 0
            report, deep = self.index(store, sources, "indexing")
            ((n_files,),) = store.connection.execute("SELECT count(*) FROM files").fetchall()
            counts = {
                name: store.connection.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0]
                for name in TABLES
            }
        console.print(f"{len(sources)} repos, {report.files} files read; rows: {counts}")
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        worker = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        self.add("repositories", len(sources), "repos")
        self.add("files read", report.files, "files")
        self.add("source read", report.bytes / 1e6, "MB")
        self.add("cold, listing only", n_files / figures.cpu_s, "files/CPU-s")
        self.add("cold, symbols", report.files / deep.cpu_s, "files/CPU-s", 600, at_most=False)
        self.add("cold, symbols, source", report.bytes / 1e6 / deep.cpu_s, "MB/CPU-s")
        self.add("cold, symbols, wall", deep.wall_s, "s")
        self.add("peak memory of the owner", own, "MB", 1000)
        self.add("peak memory of one worker", worker, "MB", 1000)
        self.add("store", self.path.stat().st_size / 1e6, "MB")
        self.add("store per source byte", self.path.stat().st_size / report.bytes, "ratio", 0.4)

    def again(self) -> None:
        """Nothing changed; then one commit of one file in one repository."""
        sources = [source_of(remote) for remote in self.remotes]
        with FactStore.open(self.path) as store:
            report, figures = self.index(store, sources, "unchanged")
            assert (report.files, len(report.unchanged)) == (0, len(sources))
            self.add("again, nothing changed", figures.wall_s, "s", 0.5)
            changed = [(f"bench_{time.time_ns()}.py", b"import os\nos.getcwd()\n# %d\n" % time.time_ns())]
            write_commit(self.remotes[0], changed, message="one file", parent=True)
            sources[0] = source_of(self.remotes[0])
            report, figures = self.index(store, sources, "one commit")
            assert (report.files, report.indexed) == (1, [sources[0].repo.name])
            self.add("again, one commit", figures.wall_s, "s", 2.0)
            self.add("again, one commit", figures.cpu_s, "CPU-s")

    def queries(self) -> None:
        """Median of seven warm runs of each query."""
        with FactStore.open(self.path, read_only=True) as store:
            for name, sql in QUERIES.items():
                times = []
                for _ in range(8):
                    began = time.monotonic()
                    found = len(store.connection.execute(sql).fetchall())
                    times.append(time.monotonic() - began)
                self.add(f"query: {name} ({found} rows)", statistics.median(times[1:]), "s", 0.2)

    def structure(self) -> None:
        """Patterns never asked before, over every Python file."""
        sources = [source_of(remote) for remote in self.remotes]
        size = next(each["value"] for each in self.rows if each["name"] == "source read")
        by_name = {source.repo.name: source for source in sources}
        found: dict[str, set[tuple]] = {}
        with FactStore.open(self.path) as store:
            for name, (_, bar) in PATTERNS.items():
                asked = f"SELECT repo, path, blob, start_byte, end_byte FROM matches('{name}', 'python')"
                with used() as figures:  # one worker: the CPU of a fork server's children cannot be counted
                    rows = run_query(store, asked, sources=by_name, patterns=pattern_of, workers=1).rows
                found[name] = {row[2:] for row in rows}
                self.add(f"first match of {name} ({len(rows)} sites)", figures.cpu_s, "CPU-s")
                self.add(f"first match of {name}, per 500 MB", figures.cpu_s * 500 / size, "CPU-s", bar)
        self.parse_all(sources[:: max(1, len(sources) // 57)], found)
        with used() as figures:
            sites = sum(1 for _ in find_sites(sources, [Pattern.parse(PATTERN, "python")], workers=1))
        self.add(f"the same without facts, {PATTERN} ({sites} sites)", figures.cpu_s, "CPU-s")

    def parse_all(self, sources: list[GitSource], found: dict[str, set[tuple]]) -> None:
        """Search every file of some repositories by parsing it, and count what differs from the answers."""
        patterns = {name: pattern_of(name, "python") for name in found}
        truth: dict[str, set[tuple]] = {name: set() for name in found}
        blobs = set()
        with used() as figures:
            for source in sources:
                listed = [each for each in source.entries() if each.mode in REGULAR]
                fresh = {each.blob for each in listed if language_of(each.path) == "python"} - blobs
                blobs |= fresh
                for blob, content in source.read(sorted(fresh)):
                    for name, start, end in parsed_sites(content, patterns):
                        truth[name].add((blob, start, end))
        wrong = sum(len(truth[name] ^ {row for row in found[name] if row[0] in blobs}) for name in found)
        sites = sum(map(len, truth.values()))
        self.add(f"sites that a parse of all of {len(blobs)} files tells otherwise", wrong, f"of {sites}", 0)
        self.add("parsing each of them for all of these patterns", figures.cpu_s, "CPU-s")

    def usual(self) -> None:
        """What a user would do today: walk Python's own syntax trees; `git grep` in every repository."""
        sample = self.remotes[:: max(1, len(self.remotes) // 60)]
        n_files, n_rows = 0, 0
        with used() as figures:
            for remote in sample:
                source = source_of(remote)
                blobs = {entry.blob for entry in source.entries() if entry.path.endswith(".py")}
                for _, content in source.read(blobs):
                    n_files += 1
                    n_rows += ast_rows(content)
        usual = n_files / figures.cpu_s
        self.add("usual: Python's ast, rows only", usual, "files/CPU-s")
        ours = next(row["value"] for row in self.rows if row["name"] == "cold, symbols")
        self.add("indexing against the usual", ours / usual, "times", 1.0, at_most=False)
        with used() as figures:
            for remote in self.remotes:
                asked = [
                    "git",
                    "--git-dir",
                    str(remote),
                    "grep",
                    "-c",
                    "-E",
                    r"\blogging\.\w+\(",
                    "main",
                    "--",
                    "*.py",
                ]
                subprocess.run(asked, capture_output=True, check=False)
        self.add("usual: git grep of logging calls in every repo", figures.wall_s, "s")
        ours = next(row["value"] for row in self.rows if row["name"].startswith("query: logging"))
        self.add("query against the usual", figures.wall_s / ours, "times", 10, at_most=False)


def pattern_of(name: str, language: str) -> Pattern:
    """The pattern of this name in `PATTERNS`."""
    return Pattern.parse(PATTERNS[name][0], language)


def parsed_sites(content: bytes, patterns: dict[str, Pattern]) -> Iterator[tuple[str, int, int]]:
    """Sites of patterns in a file that is parsed whole, whatever words it has: name, first and last byte."""
    try:
        decoded = decode(content, "python")
    except InvalidInput:
        return
    tree = Tree(decoded.text, "python")
    for name, pattern in patterns.items():
        for match in tree.matches(pattern):
            span = site(match, decoded).span
            yield name, span.start, span.end


def ast_rows(content: bytes) -> int:
    """Definitions, imports and calls of one file as tuples, with the standard library."""
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError):
        return 0
    rows: list[tuple] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            rows.append(
                (ast.unparse(node.func), node.lineno, len(node.args), [each.arg for each in node.keywords])
            )
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            rows.append((node.name, node.lineno, node.end_lineno))
        elif isinstance(node, ast.Import | ast.ImportFrom):
            rows.append((node.lineno, [each.name for each in node.names]))
    return len(rows)


def main() -> int:
    """Run everything; 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one copy of each package")
    parser.add_argument("--copies", type=int, default=9, help="copies of each package (default: 9)")
    parser.add_argument("--sdists", type=Path, default=ARCHIVES, help="folder with *.tar.gz of real packages")
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    chosen = parser.parse_args()
    copies = 1 if chosen.quick else chosen.copies
    remotes = make_fleet(WORK / f"fleet-{copies}", archives(chosen.sdists), copies)
    bench = Bench(remotes, WORK / "facts.duckdb", chosen.workers)
    for step in (bench.cold, bench.again, bench.queries, bench.structure, bench.usual):
        step()
    show(bench.rows)
    if not chosen.quick:
        write("facts", bench.rows)
    return 0 if all_met(bench.rows) else 1


if __name__ == "__main__":
    sys.exit(main())
