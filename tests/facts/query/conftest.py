"""A small fleet of real repositories, indexed, and a way to ask it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from shutil import copy
from typing import Any

import pytest

from softwright.core import Repo, Snapshot
from softwright.facts.index import index
from softwright.facts.query import QueryLimits, QueryResult, run_query
from softwright.facts.store import FactStore
from softwright.facts.structure import Pattern
from softwright.hosts import GitSource
from softwright.testing import GitRepo

LOGGED = "import logging\n\nlog = logging.getLogger(__name__)\n\n\ndef run(x):\n    print(x)\n"
LOUD = "# coding: latin-1\nprint('ä', 1)\nprint(print(2))\n".encode("latin-1")
FLEET: dict[str, dict[str, str | bytes]] = {
    "web": {
        "app/main.py": LOGGED,
        "app/loud.py": LOUD,
        "app/quiet.py": "import logging\n\n\ndef nothing():\n    return 1\n",
        "tests/test_main.py": "import logging\nlogging.getLogger('t')\nprint(3)\n",
        "static/x.js": "console.log(print(1));\n",
        "CODEOWNERS": "/app/ @web/team\n/tests/ @qa\n",
        "pyproject.toml": '[project]\nname = "web"\nversion = "1"\ndependencies = ["requests>=2", "attrs"]\n',
    },
    "api": {
        "src/main.py": LOGGED,
        "src/loud.py": LOUD,
        "src/net.py": "import requests\n\n\ndef get(u):\n    return requests.get(u)\n",
        "README": "print(1)\n",
        "pyproject.toml": '[project]\nname = "api"\nversion = "1"\ndependencies = ["requests>=2"]\n',
    },
    "tool": {"tool.py": "def main():\n    return 0\n", "bin.py": b"print(1)\0", "same.py": LOGGED},
}


@dataclass
class Asked:
    """An indexed fleet that can be asked."""

    store: FactStore
    sources: dict[str, GitSource]
    folders: dict[str, Path]

    def result(self, sql: str, **options: Any) -> QueryResult:
        """The whole result of a query."""
        return run_query(self.store, sql, **{"sources": self.sources, "patterns": resolve, **options})

    def __call__(self, sql: str) -> list[tuple[Any, ...]]:
        """Its rows, sorted."""
        return sorted(self.result(sql).rows, key=repr)


def resolve(text: str, language: str) -> Pattern:
    """Every first argument is pattern text."""
    return Pattern.parse(text, language)


@pytest.fixture
def resolver() -> Callable[[str, str], Pattern]:
    """What a pattern text means."""
    return resolve


@pytest.fixture(scope="session")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> dict[str, GitSource]:
    """The repositories as sources, made once."""
    root = tmp_path_factory.mktemp("fleet")
    sources = {}
    for name, files in FLEET.items():
        repo = GitRepo(root / name, files)
        snapshot = Snapshot(name, repo.head, repo.git("rev-parse", "HEAD^{tree}"), "main")
        sources[name] = GitSource(Repo(name, repo.url), snapshot, str(repo.path / ".git"))
    return sources


@pytest.fixture(scope="session")
def indexed(fleet: dict[str, GitSource], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fact store of the fleet, made once; to be copied."""
    path = tmp_path_factory.mktemp("facts") / "facts.duckdb"
    with FactStore.open(path) as store:
        index(store, fleet.values(), workers=1, tables=None)
    return path


@pytest.fixture
def ask(fleet: dict[str, GitSource], indexed: Path, tmp_path: Path) -> Iterator[Asked]:
    """The fleet, indexed in a store of its own."""
    copy(indexed, tmp_path / "facts.duckdb")
    with FactStore.open(tmp_path / "facts.duckdb") as store:
        yield Asked(store, dict(fleet), {name: Path(source.git_dir) for name, source in fleet.items()})


@pytest.fixture
def quick() -> QueryLimits:
    """Limits that a runaway query meets at once."""
    return QueryLimits(timeout_s=0.5, memory_mb=128, disk_mb=1)
