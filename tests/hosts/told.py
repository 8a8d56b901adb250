"""What tests of mirrors ask of a sync's result and of the folder."""

from collections.abc import Callable

from softwright.core import Repo
from softwright.hosts import Mirrors, SyncResult, SyncState
from softwright.testing import GitRepo

Make = Callable[..., GitRepo]
Named = Callable[..., Repo]


def check(result: SyncResult, state: SyncState, *words: str) -> None:
    """The state is as expected, and the reason or notes say all the words."""
    told = " ".join((result.reason, *result.notes))
    assert result.state is state, told
    for word in words:
        assert word in told
    assert (result.snapshot is not None) == state.usable


def leftovers(mirrors: Mirrors) -> list[str]:
    """Everything below the root that is neither a mirror nor bookkeeping."""
    incoming = mirrors.root / ".incoming"
    return [place.name for place in incoming.iterdir()] if incoming.exists() else []
