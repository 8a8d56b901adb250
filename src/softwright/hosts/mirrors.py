"""Bare mirrors of the fleet: one a repository, brought up to date in parallel, never half-written."""

import errno
import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from softwright.core import Clock, InvalidInput, OutsideFault, Repo, Snapshot, SoftwrightError, SystemClock
from softwright.hosts.git import Git, end_running
from softwright.hosts.inspect import look_inside
from softwright.hosts.record import (
    BASE_REF,
    LastSync,
    MirrorRecord,
    pack_sizes,
    read_last,
    read_record,
    write_last,
    write_record,
)
from softwright.hosts.refs import read_ref
from softwright.hosts.remote import Look, classify, look_at
from softwright.hosts.syncing import SyncResult, SyncState
from softwright.hosts.urls import scrub

_STALE_S = 3600  # a temporary pack untouched for so long belongs to nobody


class Mirrors:
    """The mirrors below `root`. A repository's own faults are results, never errors."""

    def __init__(
        self, root: Path, *, parallel: int = 8, timeout_s: float = 600, clock: Clock | None = None
    ) -> None:
        self.root = root
        self.parallel = parallel
        self.timeout_s = timeout_s
        self.clock = clock or SystemClock()

    def path(self, repo_name: str) -> Path:
        """The folder of a repository's mirror, there or not. Raises InvalidInput for a bad name."""
        parts = repo_name.split("/")
        if "\0" in repo_name or any(not p or p.startswith(".") or p.endswith(".git") for p in parts):
            raise InvalidInput(
                f"{repo_name!r} cannot be the name of a repository",
                hint="use letters, digits, `-`, `_`, `.`, and `/` to group; "
                "no part may start with `.` or end in `.git`",
            )
        return self.root.joinpath(*parts[:-1], f"{parts[-1]}.git")

    def snapshot(self, repo: Repo) -> Snapshot:
        """The repository as it was last synced: two small files are read, no process is started.

        Raises OutsideFault when there is no usable mirror.
        """
        folder = self.path(repo.name)
        record = read_record(folder)
        hint = "run `softwright fleet sync`"
        if record is None:
            raise OutsideFault("this repository has not been synced yet", where=repo.name, hint=hint)
        if repo.branch and repo.branch != record.branch:
            raise OutsideFault(
                f"the mirror holds branch `{record.branch}`, the fleet file asks for `{repo.branch}`",
                where=repo.name,
                hint=hint,
            )
        if read_ref(folder, BASE_REF) != record.commit:
            raise OutsideFault("the last sync was cut short", where=repo.name, hint=hint)
        return record.snapshot(repo.name)

    def sync_all(
        self, repos: Iterable[Repo], on_result: Callable[[SyncResult], None] = lambda result: None
    ) -> list[SyncResult]:
        """Sync every repository, `parallel` at a time; `on_result` is called in this thread as each one ends.

        The results come in the order of `repos`. When interrupted, the git processes are ended.
        """
        wanted = list(repos)
        done: dict[int, SyncResult] = {}
        pool = ThreadPoolExecutor(self.parallel, thread_name_prefix="sync")
        try:
            futures = {pool.submit(self.sync, repo): at for at, repo in enumerate(wanted)}
            for future in as_completed(futures):
                done[futures[future]] = future.result()
                on_result(future.result())
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            end_running()
            raise
        finally:
            pool.shutdown(wait=True)
        return [done[at] for at in range(len(wanted))]

    def sync(self, repo: Repo) -> SyncResult:
        """Bring one mirror up to date. What is wrong with the repository is in the result, never raised."""
        began = self.clock.monotonic()
        result = self._outcome(repo)
        with suppress(OSError):  # a full disk is told by the result; the note about it may be lost
            write_last(self._note_of(repo.name), result, self.clock.now())
        return replace(result, seconds=self.clock.monotonic() - began)

    def last_sync(self, repo_name: str) -> LastSync | None:
        """How the last sync of a repository ended, failures included; None when there was none."""
        return read_last(self._note_of(repo_name))

    def _note_of(self, name: str) -> Path:
        return self.root / ".state" / f"{quote(name, safe='')}.json"

    def _outcome(self, repo: Repo) -> SyncResult:
        try:
            state, record, notes, size = self._sync(repo)
        except SoftwrightError as error:
            fault = classify(error)
            return SyncResult(repo, fault.state, scrub(fault.reason))
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            state = SyncState.DISK_FULL if full else SyncState.BROKEN
            return SyncResult(repo, state, f"{error.strerror}: {error.filename}")
        notes = (*record.notes, *notes)
        return SyncResult(repo, state, snapshot=record.snapshot(repo.name), notes=notes, bytes=size)

    def _sync(self, repo: Repo) -> tuple[SyncState, MirrorRecord, tuple[str, ...], int]:
        folder = self.path(repo.name)
        look = look_at(repo, timeout_s=self.timeout_s)
        with self._lock(repo.name):
            known = read_record(folder)
            notes = _renamed(repo, known, look)
            if known is not None and _holds(folder, known, look):
                if notes:
                    write_record(folder, known.moved(look.branch))
                return SyncState.UNCHANGED, known.moved(look.branch), notes, 0
            if (folder / "objects").is_dir():
                record, size = self._fetch(folder, repo, look)
            else:
                record, size = self._clone(folder, repo, look)
        return SyncState.OK, record, notes, size

    def _clone(self, folder: Path, repo: Repo, look: Look) -> tuple[MirrorRecord, int]:
        """Fetch into a folder of its own, then rename: an interrupted clone leaves no mirror behind."""
        incoming = self.root / ".incoming" / quote(repo.name, safe="")
        shutil.rmtree(incoming, ignore_errors=True)
        try:
            _init(incoming, sha256=len(look.commit) == 64)
            record, size = self._fetch(incoming, repo, look)
            folder.parent.mkdir(parents=True, exist_ok=True)
            incoming.rename(folder)
        finally:
            shutil.rmtree(incoming, ignore_errors=True)
        return record, size

    def _fetch(self, folder: Path, repo: Repo, look: Look) -> tuple[MirrorRecord, int]:
        _sweep(folder)
        before = sum(pack_sizes(folder).values())
        git = Git(folder, timeout_s=self.timeout_s)
        source = f"refs/heads/{look.branch}" if look.branch else "HEAD"
        git.run(
            "-c", "fetch.unpackLimit=1", "-c", "fetch.writeCommitGraph=false",
            "fetch", "--quiet", "--force", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance",
            "--update-shallow", "--no-recurse-submodules", "--", repo.url, f"+{source}:{BASE_REF}",
        )  # fmt: skip
        commit = read_ref(folder, BASE_REF)
        tree, notes = look_inside(folder, commit)
        packs = pack_sizes(folder)
        record = MirrorRecord(look.branch, commit, tree, notes, packs)
        write_record(folder, record)
        return record, max(0, sum(packs.values()) - before)

    @contextmanager
    def _lock(self, name: str) -> Iterator[None]:
        """One sync of a mirror at a time, over all processes."""
        locks = self.root / ".locks"
        locks.mkdir(parents=True, exist_ok=True)
        lock = os.open(locks / quote(name, safe=""), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


def _init(folder: Path, *, sha256: bool) -> None:
    for part in ("objects/pack", "objects/info", "refs/heads", "refs/tags"):
        (folder / part).mkdir(parents=True)
    (folder / "HEAD").write_text(f"ref: {BASE_REF}\n")
    extra = "[extensions]\n\tobjectformat = sha256\n" if sha256 else ""
    (folder / "config").write_text(
        f"[core]\n\trepositoryformatversion = {int(sha256)}\n\tfilemode = true\n\tbare = true\n{extra}"
    )


def _holds(folder: Path, known: MirrorRecord, look: Look) -> bool:
    """True when the mirror has what the remote shows, and its packs are as they were left."""
    if known.commit != look.commit or read_ref(folder, BASE_REF) != known.commit:
        return False
    packs = pack_sizes(folder)
    return all(packs.get(name) == size for name, size in known.packs.items())


def _renamed(repo: Repo, known: MirrorRecord | None, look: Look) -> tuple[str, ...]:
    if repo.branch or known is None or known.branch == look.branch:
        return ()
    return (f"the default branch was renamed: {known.branch or 'none'} → {look.branch or 'none'}",)


def _sweep(folder: Path) -> None:
    """Remove what a killed fetch left: locks of the refs only a sync writes, and old temporary packs."""
    for lock in (folder / f"{BASE_REF}.lock", folder / "shallow.lock", folder / "packed-refs.lock"):
        lock.unlink(missing_ok=True)
    for pack in (folder / "objects" / "pack").glob("tmp_*"):
        if time.time() - pack.stat().st_mtime > _STALE_S:
            pack.unlink(missing_ok=True)
