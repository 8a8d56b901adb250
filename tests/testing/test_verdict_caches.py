"""Every verdict cache there is keeps the same contract."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from softwright.checks import VerdictCache
from softwright.core import Verdict
from softwright.ledger import Ledger
from softwright.testing import VerdictCacheContract


class TestLedgerVerdicts(VerdictCacheContract):
    """The one of the ledger, over a real file."""

    @pytest.fixture
    def open_cache(self, tmp_path: Path) -> Callable[[], VerdictCache]:
        """The ledger opened once more."""
        return lambda: Ledger.open(tmp_path / "ledger.sqlite").verdicts


class Dictionary:
    """A cache as small as can be."""

    def __init__(self, rows: dict[str, Verdict]) -> None:
        self.rows = rows

    def get(self, key: str) -> Verdict | None:
        """The verdict under `key`."""
        return self.rows.get(key)

    def put(self, key: str, verdict: Verdict) -> None:
        """Keep a verdict."""
        self.rows[key] = verdict


class TestDictionary(VerdictCacheContract):
    """The suite asks nothing that only a database can do."""

    @pytest.fixture
    def open_cache(self) -> Iterator[Callable[[], VerdictCache]]:
        """Another door to the same dictionary."""
        rows: dict[str, Verdict] = {}
        yield lambda: Dictionary(rows)
