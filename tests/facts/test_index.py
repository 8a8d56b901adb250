"""Indexing: only what is new is read, facts are those of a first run, and nothing stops the others."""

import os
import random
import signal
import subprocess
import sys
import sysconfig
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from softwright.core import Entry, OutsideFault, Repo, Snapshot
from softwright.facts.extract import readers
from softwright.facts.index import LAST_CHANGED, IndexReport, Progress, index
from softwright.facts.schema import TABLES
from softwright.facts.store import FactStore
from softwright.hosts import GitSource
from softwright.testing import GitRepo, MemorySource

STDLIB = Path(sysconfig.get_path("stdlib"))


def source(name: str, files: dict[str, bytes | str], **more: object) -> MemorySource:
    """A repository in memory."""
    content = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
    return MemorySource(Repo(name, f"https://example.org/{name}.git"), content, **more)


def git_source(repo: GitRepo, name: str) -> GitSource:
    """The same for a repository on disk."""
    snapshot = Snapshot(name, repo.head, repo.git("rev-parse", "HEAD^{tree}"), "main")
    return GitSource(Repo(name, repo.url), snapshot, str(repo.path / ".git"))


def rows(store: FactStore, sql: str) -> list[tuple]:
    """The rows of a query."""
    return store.connection.execute(sql).fetchall()


def facts(store: FactStore) -> dict[str, list[tuple]]:
    """Everything users can see, but for the time of indexing."""
    out = {}
    for table in TABLES.values():
        columns = ", ".join(f'"{each.name}"' for each in table.columns if each.name != "indexed_at")
        out[table.name] = sorted(rows(store, f"SELECT {columns} FROM {table.name}"), key=repr)
    return out


@pytest.fixture
def store() -> FactStore:
    """An empty store in memory."""
    return FactStore.open(None)


APP = {
    "src/app/__init__.py": "",
    "src/app/main.py": (
        "import logging\nfrom app.util import go\nfrom . import util\n\ndef main():\n    go(); util.go()\n"
    ),
    "src/app/util.py": "import requests\n\ndef go():\n    requests.get('u')\n",
    "tests/test_main.py": "from app.main import main\n\ndef test_main():\n    main()\n",
    "requirements.txt": "-r deps/more.list\nrequests>=2\n",
    "deps/more.list": "Typing_Extensions\n",
    ".github/CODEOWNERS": "* @all\n/src/ @core @extra\n",
    "web/a.ts": "import { f } from './b';\nf(1);\n",
    "web/b.ts": "export function f(x: number) {}\n",
    "bad.py": "def ok(): pass\nx = = 1\n",
    "blob.py": b"\0\1",
}


class TestFacts:
    """What comes out of one small repository."""

    def test_every_table_is_filled(self, store: FactStore) -> None:
        """Symbols, imports with their files, resolved calls, dependencies, owners, flags, errors, times."""
        when = datetime(2026, 3, 1, tzinfo=UTC)
        report = index(store, [source("app", APP, changed={"bad.py": when})], workers=1)
        assert (report.indexed, report.broken) == (["app"], {})
        assert rows(store, "SELECT path, module, name, resolved_path FROM imports ORDER BY ALL") == [
            ("src/app/main.py", "", "util", "src/app/util.py"),
            ("src/app/main.py", "app.util", "go", "src/app/util.py"),
            ("src/app/main.py", "logging", "", None),
            ("src/app/util.py", "requests", "", None),
            ("tests/test_main.py", "app.main", "main", "src/app/main.py"),
            ("web/a.ts", "./b", "f", "web/b.ts"),
        ]
        assert rows(store, "SELECT callee, resolved FROM calls ORDER BY path, start_byte") == [
            ("go", "app.util.go"),
            ("util.go", "app.util.go"),
            ("requests.get", "requests.get"),
            ("main", "app.main.main"),
            ("f", "./b.f"),
        ]
        assert rows(store, "SELECT path, name, specifier, scope FROM dependencies ORDER BY name") == [
            ("requirements.txt", "requests", ">=2", "runtime"),
            ("deps/more.list", "typing-extensions", "", "runtime"),
        ]
        assert rows(store, "SELECT owner FROM owners WHERE path = 'src/app/util.py' ORDER BY owner") == [
            ("@core",),
            ("@extra",),
        ]
        assert rows(
            store, "SELECT path, parse_error FROM files WHERE parse_error IS NOT NULL ORDER BY 1"
        ) == [
            ("bad.py", "syntax error at line 2"),
            ("blob.py", "binary"),
        ]
        assert rows(store, "SELECT path FROM files WHERE is_test") == [("tests/test_main.py",)]
        assert rows(store, "SELECT lines, last_changed FROM files WHERE path = 'bad.py'") == [
            (2, when.replace(tzinfo=None))
        ]

    def test_a_table_is_read_only_as_deep_as_asked(self, store: FactStore) -> None:
        """Listing files opens none; manifests open manifests; more can be asked for later, and stays."""
        app = [source("app", APP)]
        assert index(store, app, workers=1, tables=frozenset({"files"})).files == 0
        assert index(store, app, workers=1, tables=frozenset({"dependencies"})).files == 3
        assert rows(store, "SELECT count(*) FROM calls") == [(0,)]
        assert index(store, app, workers=1, tables=frozenset({"calls"})).files == 8
        assert index(store, app, workers=1, tables=frozenset({"files"})).unchanged == ["app"]
        assert rows(store, "SELECT count(last_changed) FROM files") == [(0,)]
        assert index(store, app, workers=1, tables=frozenset({LAST_CHANGED})).files == 0
        assert rows(store, "SELECT count(*), count(resolved) FROM calls") == [(5, 5)]
        assert rows(store, "SELECT count(*), count(last_changed) FROM files") == [(11, 11)]

    def test_submodules_are_left_out_and_links_not_followed(self, store: FactStore, tmp_path: Path) -> None:
        """A link is a file without language; a submodule is no file."""
        repo = GitRepo(tmp_path / "r", {"a.py": "x = 1\n"})
        (repo.path / "link.py").symlink_to("a.py")
        repo.git("update-index", "--add", "--cacheinfo", f"160000,{repo.head},sub")
        repo.git("add", "link.py")
        repo.git("commit", "--quiet", "--message=links")
        index(store, [git_source(repo, "r")], workers=1)
        assert rows(store, "SELECT path, language FROM files ORDER BY path") == [
            ("a.py", "python"),
            ("link.py", ""),
        ]


class TestIncrement:
    """Unchanged blobs cost nothing."""

    def test_only_new_blobs_are_read(self, store: FactStore, tmp_path: Path) -> None:
        """After a commit only its blobs are read; without one nothing is; a copied file is read once."""
        repo = GitRepo(tmp_path / "r", {"a.py": "f()\n", "b.py": "f()\n", "c.py": "g()\n"})
        assert index(store, [git_source(repo, "r")], workers=2).files == 2
        assert index(store, [git_source(repo, "r")], workers=2).unchanged == ["r"]
        repo.commit({"c.py": "h()\n", "d.py": "f()\n"})
        assert index(store, [git_source(repo, "r")], workers=2).files == 1
        assert rows(store, "SELECT path, name FROM calls ORDER BY path") == [
            ("a.py", "f"), ("b.py", "f"), ("c.py", "h"), ("d.py", "f"),
        ]  # fmt: skip

    def test_dropped_repositories_vanish(self, store: FactStore) -> None:
        """No source, no rows, unless it is to be kept; the facts return without reading."""
        one, two = source("one", {"a.py": "f()\n"}), source("two", {"b.py": "g()\n"})
        index(store, [one, two], workers=1)
        index(store, [one], workers=1, keep=frozenset({"two"}))
        assert rows(store, "SELECT repo FROM calls ORDER BY repo") == [("one",), ("two",)]
        assert index(store, [one], workers=1).dropped == ["two"]
        assert rows(store, "SELECT DISTINCT repo FROM calls") == [("one",)]
        assert rows(store, "SELECT repo FROM repos") == [("one",)]
        assert index(store, [one, two], workers=1).files == 0

    def test_fleet_file_changes_show_without_reading(self, store: FactStore) -> None:
        """New tags and owners are taken over though the tree is as it was."""
        one = source("one", {"a.py": "f()\n"})
        index(store, [one], workers=1)
        told = replace(one, repo=replace(one.repo, tags=frozenset({"b", "a"}), owners=("@x",)))
        assert index(store, [told], workers=1).unchanged == ["one"]
        assert rows(store, "SELECT tags, owners FROM repos") == [(["a", "b"], ["@x"])]

    def test_another_version_of_a_reader_reads_again(
        self, store: FactStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Facts of older readers are dropped and made anew; manifests are not touched."""
        one = source("one", {"a.py": "f()\n", "requirements.txt": "x\n"})
        index(store, [one], workers=1)
        for module in ("softwright.facts.extract.readers", "softwright.facts.known"):
            monkeypatch.setattr(f"{module}.LANGUAGE_VERSION", readers.LANGUAGE_VERSION + 1)
        assert index(store, [one], workers=1).files == 1
        assert rows(store, "SELECT count(*) FROM calls") == [(1,)]

    def test_after_edits_as_from_scratch(self, store: FactStore) -> None:
        """Whatever is edited, moved, copied, added or removed: facts equal those of a first run."""
        chance = random.Random(20261120)
        pool = [path.read_bytes() for path in sorted((STDLIB / "email").glob("*.py"))]
        fleet = [
            {f"pkg/m{n}.py": content for n, content in enumerate(pool[:6])}
            | {"pkg/__init__.py": b""}
            | APP_BYTES,
            dict(APP_BYTES),
        ]
        for _ in range(4):
            sources = [source(f"r{n}", dict(files)) for n, files in enumerate(fleet)]
            index(store, sources, workers=2)
            fresh = FactStore.open(None)
            index(fresh, sources, workers=2)
            assert facts(store) == facts(fresh)
            for files in fleet:
                _edit(files, pool, chance)


APP_BYTES = {path: text.encode() if isinstance(text, str) else text for path, text in APP.items()}


def _edit(files: dict[str, bytes], pool: list[bytes], chance: random.Random) -> None:
    """Some random changes to a repository."""
    for _ in range(4):
        path = chance.choice(sorted(files))
        match chance.randrange(5):
            case 0:
                files[path] = files[path].replace(b"\n", b"\nimport os  # more\nos.getcwd()\n", 1)
            case 1:
                files[f"moved/{path}"] = files.pop(path)
            case 2:
                files[f"copy{chance.randrange(9)}/{path}"] = files[path]
            case 3:
                files[f"new{chance.randrange(9)}.py"] = chance.choice(pool)
            case _:
                if len(files) > 3:
                    del files[path]


@dataclass(frozen=True)
class BrokenSource:
    """A repository whose listing fails."""

    repo: Repo
    snapshot: Snapshot

    def entries(self) -> list[Entry]:
        """Never anything."""
        raise OutsideFault("the object database is damaged")


class TestTrouble:
    """One file or repository never stops the others."""

    def test_a_broken_repository_is_recorded(self, store: FactStore) -> None:
        """With its reason; the others are indexed, and it is tried again the next time."""
        good = source("good", {"a.py": "f()\n"})
        broken = BrokenSource(Repo("broken", "u"), Snapshot("broken", "c", "t"))
        report = index(store, [broken, good], workers=1)  # type: ignore[list-item]
        assert report.broken == {"broken": "the object database is damaged"}
        assert rows(store, "SELECT repo, state, reason FROM repos ORDER BY repo") == [
            ("broken", "broken", "the object database is damaged"),
            ("good", "indexed", ""),
        ]
        assert index(store, [source("broken", {"b.py": "g()\n"}), good], workers=1).indexed == ["broken"]
        assert rows(store, "SELECT state, reason FROM repos WHERE repo = 'broken'") == [("indexed", "")]

    def test_a_missing_blob_breaks_only_its_repository(self, store: FactStore, tmp_path: Path) -> None:
        """The facts of the last good snapshot stay; other repositories with the same blob get theirs."""
        bad = GitRepo(tmp_path / "bad", {"a.py": "f()\n"})
        index(store, [git_source(bad, "bad")], workers=1)
        bad.commit({"a.py": "g()\n", "b.py": "h()\n"})
        sha = bad.git("rev-parse", "HEAD:b.py")
        (bad.path / ".git/objects" / sha[:2] / sha[2:]).unlink()
        good = source("good", {"b.py": "h()\n", "c.py": "k()\n"})
        report = index(store, [git_source(bad, "bad"), good], workers=1)
        assert list(report.broken) == ["bad"]
        index(store, [good], workers=1, keep=frozenset({"bad"}))
        assert rows(store, "SELECT repo, name FROM calls ORDER BY ALL") == [
            ("bad", "f"),
            ("good", "h"),
            ("good", "k"),
        ]

    @pytest.mark.parametrize(
        ("limits", "words"),
        [
            ({"memory_mb": 300}, ("MemoryError", "signal", "exit code")),
            ({"file_seconds": 0.8}, ("took longer",)),
        ],
        ids=["memory", "time"],
    )
    def test_a_file_that_kills_its_reader_loses_only_itself(
        self, store: FactStore, limits: dict, words: tuple[str, ...]
    ) -> None:
        """Too much memory or time: the file says so, its neighbours have their facts."""
        greedy = "f(a(b(c)))\n" * 180_000  # takes seconds
        report = index(
            store, [source("r", {"a.py": "x()\n", "m.py": greedy, "z.py": "y()\n"})], workers=1, **limits
        )
        assert report.indexed == ["r"]
        assert rows(store, "SELECT name FROM calls WHERE path <> 'm.py' ORDER BY 1") == [("x",), ("y",)]
        ((reason,),) = rows(store, "SELECT parse_error FROM files WHERE path = 'm.py'")
        assert any(word in reason for word in words), reason

    def test_progress_is_told(self, store: FactStore) -> None:
        """Repositories, files and bytes, rising to the totals."""
        seen: list[Progress] = []
        index(
            store,
            [source(f"r{n}", {"a.py": f"f({n})\n"}) for n in range(3)],
            workers=1,
            on_progress=seen.append,
        )
        assert seen == sorted(seen, key=lambda each: (each.repos_done, each.files_done))
        assert (seen[-1].repos_done, seen[-1].repos, seen[-1].files_done, seen[-1].files, seen[-1].bytes) == (
            3,
            3,
            3,
            3,
            15,
        )

    def test_without_any_source(self, store: FactStore) -> None:
        """An empty fleet is no error."""
        assert index(store, [], workers=1) == IndexReport(seconds=pytest.approx(0, abs=60))


SCRIPT = """
import sys
from pathlib import Path
from softwright.core import Repo, Snapshot
from softwright.facts.index import index
from softwright.facts.store import FactStore
from softwright.hosts import GitSource
told = [argument.split("|") for argument in sys.argv[2:]]
sources = [GitSource(Repo(n, "u"), Snapshot(n, c, t, "main"), g) for n, c, t, g in told]
with FactStore.open(Path(sys.argv[1])) as store:
    index(store, sources, workers=2, on_progress=lambda p: print(p.files_done, p.repos_done, flush=True))
"""


def test_killed_at_any_moment_and_run_again(tmp_path: Path) -> None:
    """After kill -9 the store opens, and the next run ends with the facts of a first one."""
    sources = []
    for n, folder in enumerate(("email", "json", "asyncio", "logging", "unittest")):
        files = {f"{folder}/{p.name}": p.read_bytes() for p in sorted((STDLIB / folder).glob("*.py"))}
        files |= {
            f"copy{k}/{path}": content + b"\n# %d" % k for path, content in files.items() for k in range(3)
        }
        sources.append(git_source(GitRepo(tmp_path / folder, files), f"r{n}"))
    told = ["|".join((s.repo.name, s.snapshot.commit, s.snapshot.tree, s.git_dir)) for s in sources]
    path = tmp_path / "facts.duckdb"
    for lines in (1, 2, 3):
        with subprocess.Popen(
            [sys.executable, "-c", SCRIPT, str(path), *told], stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            for _ in range(lines):
                process.stdout.readline()
            os.kill(process.pid, signal.SIGKILL)
        with FactStore.open(path) as store:
            for (repo,) in rows(store, "SELECT repo FROM repos"):
                missing = rows(
                    store,
                    f"SELECT count(*) FROM files WHERE repo = '{repo}' AND language <> '' AND lines IS NULL",
                )
                assert missing == [(0,)], "a snapshot is shown only when it is whole"
    with FactStore.open(path) as store, FactStore.open(None) as fresh:
        index(store, sources, workers=2)
        index(fresh, sources, workers=2)
        assert facts(store) == facts(fresh)
        assert rows(store, "SELECT count(*) FROM raw_units") == rows(fresh, "SELECT count(*) FROM raw_units")
