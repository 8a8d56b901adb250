"""Bare mirrors of the fleet: one a repository, brought up to date in parallel, never half-written."""

import errno
import fcntl
import os
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed, wait
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

from softwright.core import (
    Clock,
    InvalidInput,
    OutsideFault,
    PrerequisiteMissing,
    Repo,
    Snapshot,
    SoftwrightError,
    SystemClock,
    digest,
)
from softwright.hosts.care import (
    consolidate,
    fetching,
    init_mirror,
    is_sound,
    replaced_note,
    sweep,
    take_over_branches,
)
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
from softwright.hosts.stored import Objects
from softwright.hosts.syncing import SyncResult, SyncState
from softwright.hosts.urls import scrub


class EmptyRepository(OutsideFault):
    """The repository is there and has no commit yet: nothing to read, nothing to mend."""


class Mirrors:
    """The mirrors below `root`. A repository's own faults are results, never errors."""

    def __init__(
        self, root: Path, *, parallel: int = 8, timeout_s: float = 600, clock: Clock | None = None
    ) -> None:
        self.root = root
        self.parallel = parallel
        self.timeout_s = timeout_s
        self.clock = clock or SystemClock()
        self._stopped = threading.Event()

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
            raise self._absent(repo.name)
        if repo.branch and repo.branch != record.branch:
            raise OutsideFault(
                f"the mirror holds branch `{record.branch}`, the fleet file asks for `{repo.branch}`",
                where=repo.name,
                hint=hint,
            )
        if record.source and repo.url and record.source != _source_of(repo):
            raise OutsideFault(
                f"the mirror is not of {scrub(repo.url)}: it was synced from another address",
                where=repo.name,
                hint=hint,
            )
        if read_ref(folder, BASE_REF) != record.commit:
            raise OutsideFault("the last sync was cut short", where=repo.name, hint=hint)
        return record.snapshot(repo.name)

    def sync_all(
        self,
        repos: Iterable[Repo],
        on_result: Callable[[SyncResult], None] = lambda result: None,
        *,
        verify: bool = False,
    ) -> list[SyncResult]:
        """Sync every repository, `parallel` at a time; `on_result` is called in this thread as each one ends.

        The results come in the order of `repos`. When interrupted, the git processes are ended first.
        """
        wanted = list(repos)
        self._stopped.clear()
        with ThreadPoolExecutor(self.parallel, thread_name_prefix="sync") as pool:
            futures = [pool.submit(self.sync, repo, verify=verify) for repo in wanted]
            try:
                for future in as_completed(futures):
                    on_result(future.result())
            except BaseException:
                self._stopped.set()
                pool.shutdown(wait=False, cancel_futures=True)
                while wait(futures, timeout=0.1).not_done:
                    end_running()
                raise
        return [future.result() for future in futures]

    def sync(self, repo: Repo, *, verify: bool = False) -> SyncResult:
        """Bring one mirror up to date. What is wrong with the repository is in the result, never raised.

        With `verify` every object of the mirror is read; a damaged mirror is made anew.
        """
        began = self.clock.monotonic()
        result = self._outcome(repo, verify)
        result = replace(result, seconds=self.clock.monotonic() - began)
        if not self._stopped.is_set():  # an interrupted sync says nothing about the repository
            with suppress(OSError):  # a full disk is told by the result; the note about it may be lost
                write_last(self._note_of(repo.name), result, self.clock.now())
        return result

    def holds(self, repo_name: str, commit: str) -> bool:
        """True when the mirror holds a commit."""
        folder = self.path(repo_name)
        if Objects(folder).get(commit) is not None:
            return True
        return folder.is_dir() and not Git(folder).attempt("cat-file", "-e", f"{commit}^{{commit}}")[0]

    def ensure(self, repo: Repo, commit: str) -> None:
        """Have the mirror hold a commit: it is synced when it does not, as on a machine that is new.

        Raises OutsideFault when the remote has the commit no longer.
        """
        if self.holds(repo.name, commit):
            return
        result = self.sync(repo)
        if not self.holds(repo.name, commit):
            why = result.reason or "it is not there any more"
            raise OutsideFault(
                f"commit {commit} cannot be had from {scrub(repo.url)}: {why}",
                where=repo.name,
                hint="run the campaign again: it then works on what is there now",
            )

    def last_sync(self, repo_name: str) -> LastSync | None:
        """How the last sync of a repository ended, failures included; None when there was none."""
        return read_last(self._note_of(repo_name))

    def _absent(self, name: str) -> OutsideFault:
        last = self.last_sync(name)
        if last is None:
            return OutsideFault(
                "this repository has not been synced yet", where=name, hint="run `softwright fleet sync`"
            )
        if last.state is SyncState.EMPTY:
            return EmptyRepository(last.reason, where=name)
        return OutsideFault(
            f"there is no mirror, its sync ended as {last.state}: {last.reason}",
            where=name,
            hint="mend the cause, then run `softwright fleet sync`",
        )

    def _note_of(self, name: str) -> Path:
        return self.root / ".state" / f"{quote(name, safe='')}.json"

    def _outcome(self, repo: Repo, verify: bool) -> SyncResult:
        try:
            return self._sync(repo, verify)
        except PrerequisiteMissing:
            raise  # no git: no repository is to blame
        except SoftwrightError as error:
            fault = classify(error)
            return SyncResult(repo, fault.state, scrub(fault.reason))
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            state = SyncState.DISK_FULL if full else SyncState.BROKEN
            return SyncResult(repo, state, f"{error.strerror}: {error.filename}")

    def _sync(self, repo: Repo, verify: bool) -> SyncResult:
        folder = self.path(repo.name)
        look = look_at(repo, timeout_s=self.timeout_s)
        with self._lock(repo.name):
            known = read_record(folder)
            notes = _renamed(repo, known, look)
            sound = not verify or not folder.exists() or is_sound(folder, timeout_s=self.timeout_s)
            if sound and known is not None and _holds(folder, known, look):
                record, size, state = (
                    known.moved(look.branch, repo.branch, _source_of(repo)),
                    0,
                    SyncState.UNCHANGED,
                )
                if consolidate(folder, timeout_s=self.timeout_s):
                    record = replace(record, packs=pack_sizes(folder))
                if record != known:
                    write_record(folder, record)
            else:
                state = SyncState.OK
                record, size, told = self._bring(folder, repo, look, sound=sound)
                notes += told
        notes = (*record.notes, *notes)
        return SyncResult(repo, state, snapshot=record.snapshot(repo.name), notes=notes, bytes=size)

    def _bring(
        self, folder: Path, repo: Repo, look: Look, *, sound: bool
    ) -> tuple[MirrorRecord, int, tuple[str, ...]]:
        """Fetch into the mirror; where there is none, or it is damaged, make it anew."""
        if not folder.exists():
            return (*self._clone(folder, repo, look), ())
        if sound:
            try:
                return (*self._fetch(folder, repo, look), ())
            except OutsideFault as error:
                broken = classify(error).state is SyncState.BROKEN
                if not broken or is_sound(folder, timeout_s=self.timeout_s):
                    raise  # it is the remote, or the way to it
        aside = self.root / ".damaged" / f"{quote(repo.name, safe='')}-{uuid4().hex[:8]}"
        record, size = self._clone(folder, repo, look, aside=aside)
        return record, size, (replaced_note(aside, folder),)

    def _clone(
        self, folder: Path, repo: Repo, look: Look, *, aside: Path | None = None
    ) -> tuple[MirrorRecord, int]:
        """Fetch into a folder of its own, then rename: an interrupted clone leaves no mirror behind.

        A damaged mirror in its place is moved `aside`; our own branches are taken over where readable.
        """
        incoming = self.root / ".incoming" / quote(repo.name, safe="")
        shutil.rmtree(incoming, ignore_errors=True)
        try:
            init_mirror(incoming, sha256=len(look.commit) == 64)
            record, size = self._fetch(incoming, repo, look)
            folder.parent.mkdir(parents=True, exist_ok=True)
            if aside is not None:
                take_over_branches(folder, incoming)
                aside.parent.mkdir(exist_ok=True)
                folder.rename(aside)
            incoming.rename(folder)
        finally:
            shutil.rmtree(incoming, ignore_errors=True)
        return record, size

    def _fetch(self, folder: Path, repo: Repo, look: Look) -> tuple[MirrorRecord, int]:
        sweep(folder)
        before = sum(pack_sizes(folder).values())
        source = f"refs/heads/{look.branch}" if look.branch else "HEAD"
        try:
            with fetching(folder):
                Git(folder, timeout_s=self.timeout_s).run(
                    "-c", "fetch.unpackLimit=1", "-c", "fetch.writeCommitGraph=false",
                    "fetch", "--quiet", "--force", "--no-tags", "--no-write-fetch-head",
                    "--no-auto-maintenance", "--update-shallow", "--no-recurse-submodules",
                    "--", repo.url, f"+{source}:{BASE_REF}",
                )  # fmt: skip
        except SoftwrightError:
            sweep(folder)  # git leaves half a pack behind when the disk is full
            raise
        commit = read_ref(folder, BASE_REF)
        inside = look_inside(folder, commit)
        added = max(0, sum(pack_sizes(folder).values()) - before)
        consolidate(folder, timeout_s=self.timeout_s)
        packs = pack_sizes(folder)
        record = MirrorRecord(
            look.branch,
            commit,
            inside.tree,
            inside.notes,
            packs,
            inside.submodules,
            wanted=repo.branch,
            source=_source_of(repo),
        )
        write_record(folder, record)
        return record, added

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


def _source_of(repo: Repo) -> str:
    """A name for the repository's address; that itself may hold a password."""
    return digest(repo.url, length=16)


def _holds(folder: Path, known: MirrorRecord, look: Look) -> bool:
    """True when the mirror has what the remote shows, and its packs are as they were left."""
    if known.commit != look.commit or read_ref(folder, BASE_REF) != known.commit:
        return False
    packs = pack_sizes(folder)
    return all(packs.get(name) == size for name, size in known.packs.items())


def _renamed(repo: Repo, known: MirrorRecord | None, look: Look) -> tuple[str, ...]:
    if repo.branch or known is None or known.wanted or known.branch == look.branch:
        return ()
    return (f"the default branch was renamed: {known.branch or 'none'} → {look.branch or 'none'}",)
