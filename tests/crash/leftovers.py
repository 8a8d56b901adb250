"""What must not be left behind, and how what was done is compared."""

import fcntl
import sqlite3
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from tests.crash.processes import belonging_to
from tests.crash.scene import NAME, Scene

from softwright.engine import ACTIVE, Kinds
from softwright.engine.artefacts import Artefacts
from softwright.engine.durable import DurableEngine, EngineDatabase

_PATIENCE_S = 10.0


@dataclass(frozen=True)
class End:
    """How a repository ended: `raw` is the commit as git keeps it, `files` the hashes of its whole tree."""

    state: str
    reason: str
    commit: str
    raw: bytes
    files: bytes
    remote: str


def ends(scene: Scene, campaign: str = NAME) -> dict[str, End]:
    """Every repository of a campaign as it is recorded, in the mirror, and on the remote."""
    house = scene.fresh_house()
    found = {}
    branch = f"refs/heads/softwright/{campaign}"
    for record in house.ledger.states.all(campaign):
        mirror = house.mirrors.path(record.repo)
        commit = record.commit_sha
        found[record.repo] = End(
            record.state,
            record.reason,
            commit,
            _git(mirror, "cat-file", "commit", commit),
            _git(mirror, "ls-tree", "-r", commit),
            scene.at_remote(record.repo, f"rev-parse --verify --quiet {branch}"),
        )
        _git(mirror, "rev-list", "--objects", "--quiet", commit)  # nothing of it is missing
    house.ledger.close()
    return found


def _git(mirror: Path, *args: str) -> bytes:
    done = subprocess.run(["git", "--git-dir", str(mirror), *args], capture_output=True, check=True)
    return done.stdout


def once_recorded(scene: Scene, campaign: str = NAME) -> None:
    """Nothing was done twice: the record's history tells each state once."""
    ledger = scene.fresh_house().ledger
    for name in scene.works:
        states = [entry.state for entry in ledger.states.history(campaign, name)]
        assert len(states) == len(set(states)), (name, states)
    ledger.close()


def never_failed(scene: Scene, campaign: str = NAME) -> None:
    """No repository was ever taken for a failed one, not even until the next run."""
    ledger = scene.fresh_house().ledger
    events = ledger.events.since(0, run=campaign)
    assert [e.event.data for e in events if e.event.data.get("state") == "failed"] == []
    for name in scene.works:
        entries = ledger.states.history(campaign, name)
        assert [entry.reason for entry in entries if entry.state == "failed"] == []
    ledger.close()


def once_pushed(scene: Scene) -> None:
    """Every remote saw its branch come once, and nothing else."""
    for name in scene.works:
        lines = (scene.root / "pushed" / name).read_text().splitlines()
        assert len(lines) == 1, (name, lines)
        old, _new, ref = lines[0].split()
        assert (set(old), ref) == ({"0"}, f"refs/heads/softwright/{NAME}")


def nothing_left(scene: Scene) -> None:
    """No process, mount, workspace, temporary file, held lock, half-written artefact or open run is left."""
    _no_process(scene)
    mounts = Path("/proc/self/mountinfo").read_text()
    assert str(scene.root) not in mounts
    assert _below(scene.root / "tmp") == []
    home = scene.root / "home"
    assert _below(home / "workspaces" / "forks") == []
    assert [p for p in _below(home / "workspaces") if p.name.startswith(".")] == []
    assert [p for p in _below(home / "packs") if p.name.startswith(".")] == []
    _mirrors_clean(home / "mirrors")
    _no_lock_held(home)
    _groups_gone(scene)
    _artefacts_whole(home)
    _databases_whole(scene)


def _no_process(scene: Scene) -> None:
    until = time.monotonic() + _PATIENCE_S
    while found := belonging_to(scene.root):
        assert time.monotonic() < until, found
        time.sleep(0.05)


def _below(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*")) if folder.exists() else []


def _mirrors_clean(mirrors: Path) -> None:
    bad = [
        path
        for path in _below(mirrors)
        if path.name.startswith(("tmp_", "fast_import_crash", ".tmp"))
        or (path.suffix == ".lock" and path.name != "softwright.lock")
        or ".incoming" in path.parent.parts
    ]
    assert bad == []


def _no_lock_held(home: Path) -> None:
    for path in [*home.rglob("*.lock"), *(home / "mirrors" / ".locks").glob("*")]:
        with path.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _groups_gone(scene: Scene) -> None:
    groups = {path.name for path in Path("/sys/fs/cgroup").rglob("softwright-*") if path.is_dir()}
    left = [name for name in groups if int(name.split("-")[1]) in scene.seen]
    assert left == []


def _artefacts_whole(home: Path) -> None:
    store = Artefacts.open(str(home / "artefacts"))
    assert [path for path in _below(home / "artefacts") if path.name.startswith(".")] == []
    for name in store.digests():
        store.get(name)


def _databases_whole(scene: Scene) -> None:
    home = scene.root / "home"
    for path in home.glob("*.db"):
        with sqlite3.connect(path) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    url = scene.database_url or f"sqlite:///{home / 'engine.db'}"
    database = EngineDatabase(url)
    engine = DurableEngine(database, Kinds([], []))
    assert engine.runs(states=ACTIVE) == []
    engine.close()
    database.close()


def entries(scene: Scene, url: str, table: str) -> int:
    """How many rows a table has."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        count = int(connection.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one())
    engine.dispose()
    return count
