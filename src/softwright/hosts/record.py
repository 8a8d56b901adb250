"""What a mirror holds, in one small file beside its objects: read instead of asking git."""

import json
import os
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path

from softwright.core import Snapshot
from softwright.hosts.syncing import SyncResult, SyncState

BASE_REF = "refs/softwright/base"
"""The ref of every mirror that follows the wanted branch: one name, whatever the branch is called."""

_FILE = "softwright.json"


@dataclass(frozen=True, slots=True)
class MirrorRecord:
    """The last complete sync of a mirror.

    `packs` are the pack files it left, with their sizes in bytes; `wanted` is the branch the fleet file
    asked for, "" for the remote's default; `source` names the address it came from, "" when that
    was not recorded.
    """

    branch: str
    commit: str
    tree: str
    notes: tuple[str, ...] = ()
    packs: dict[str, int] = field(default_factory=dict)
    submodules: int = 0
    wanted: str = ""
    source: str = ""

    def snapshot(self, repo: str) -> Snapshot:
        """The recorded commit as a snapshot of the repository of that name."""
        return Snapshot(repo, self.commit, self.tree, self.branch)

    def moved(self, branch: str, wanted: str, source: str) -> "MirrorRecord":
        """The same commit under another branch name, asked for otherwise, or at another address."""
        return replace(self, branch=branch, wanted=wanted, source=source)


def read_record(folder: Path) -> MirrorRecord | None:
    """The mirror's record, or None when no sync was ever completed (or the file is damaged)."""
    try:
        raw = json.loads((folder / _FILE).read_bytes())
        return MirrorRecord(
            branch=str(raw["branch"]),
            commit=str(raw["commit"]),
            tree=str(raw["tree"]),
            notes=tuple(raw["notes"]),
            packs=dict(raw["packs"]),
            submodules=int(raw["submodules"]),
            wanted=str(raw["wanted"]),
            source=str(raw.get("source", "")),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_record(folder: Path, record: MirrorRecord) -> None:
    """Write the record whole or not at all."""
    draft = folder / f"{_FILE}.new"
    with draft.open("w", encoding="utf-8") as file:
        json.dump(asdict(record), file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / _FILE)


@dataclass(frozen=True, slots=True)
class LastSync:
    """How a repository's last sync ended, and when (UTC)."""

    state: SyncState
    reason: str
    notes: tuple[str, ...]
    at: datetime


def write_last(file: Path, result: SyncResult, at: datetime) -> None:
    """Remember how a sync ended. Raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    row = {"state": result.state, "reason": result.reason, "notes": result.notes, "at": at.isoformat()}
    draft = file.with_suffix(".new")
    draft.write_text(json.dumps(row), "utf-8")
    draft.replace(file)


def read_last(file: Path) -> LastSync | None:
    """How the last sync ended, or None when nothing (readable) was remembered."""
    try:
        raw = json.loads(file.read_bytes())
        return LastSync(
            SyncState(raw["state"]), raw["reason"], tuple(raw["notes"]), datetime.fromisoformat(raw["at"])
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def pack_sizes(folder: Path) -> dict[str, int]:
    """Name and size in bytes of every pack of the mirror."""
    try:
        with os.scandir(folder / "objects" / "pack") as found:
            return {e.name: e.stat().st_size for e in found if e.name.endswith(".pack")}
    except OSError:
        return {}
