"""What bringing a mirror up to date came to, as values."""

from dataclasses import dataclass
from enum import StrEnum

from softwright.core import Repo, Snapshot


class SyncState(StrEnum):
    """How a sync ended; only `ok` and `unchanged` give a snapshot."""

    OK = "ok"  # new commits were fetched
    UNCHANGED = "unchanged"  # the mirror already had everything
    EMPTY = "empty"  # the remote has no commits yet
    UNREACHABLE = "unreachable"  # the remote cannot be read: wrong address, no access, network
    BROKEN = "broken"  # the remote or its objects are damaged
    BRANCH_MISSING = "branch-missing"  # the wanted branch is not on the remote
    TIMEOUT = "timeout"  # git did not finish in time
    DISK_FULL = "disk-full"  # our own disk has no room for it

    @property
    def usable(self) -> bool:
        """True when the repository can be worked on."""
        return self in (SyncState.OK, SyncState.UNCHANGED)

    @property
    def failed(self) -> bool:
        """True when somebody should look at it; an empty repository is no failure."""
        return not self.usable and self is not SyncState.EMPTY


@dataclass(frozen=True, slots=True)
class SyncResult:
    """One repository's sync: `reason` says why it failed, `notes` what is unusual but harmless.

    `seconds` is wall time; `bytes` is what the fetch added on disk.
    """

    repo: Repo
    state: SyncState
    reason: str = ""
    snapshot: Snapshot | None = None
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    bytes: int = 0
