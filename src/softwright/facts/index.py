"""Bring the facts up to date with the fleet: read only blobs never seen, then switch each repo's snapshot.

Order makes it safe to be killed at any moment: facts of a unit and its `raw_units` row are one transaction,
and a repository's snapshot is switched, in one transaction, only when all of its units are there. What was
stored before a kill is found again by the next run.
"""

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from softwright.core import SoftwrightError
from softwright.facts.extract.readers import MAX_BYTES, too_big
from softwright.facts.includes import follow_includes
from softwright.facts.ingest import Ingest
from softwright.facts.known import known_repos, missing_units, next_unit
from softwright.facts.listing import Listing, list_files
from softwright.facts.pool import FILE_SECONDS, MEMORY_MB, Casualty, Pool
from softwright.facts.schema import TABLES, Depth
from softwright.facts.source import BlobSource
from softwright.facts.store import FactStore
from softwright.facts.switch import switch
from softwright.facts.upkeep import drop_repos, forget_stale_units, note_trouble, prune, touch_unchanged
from softwright.facts.worker import IDLE, ReadResult, ReadTask

LAST_CHANGED = "last_changed"
"""Among `tables`: also fill `files.last_changed`, which walks the commit log."""
_CHUNK_BYTES = 3_000_000
_CHUNK_UNITS = 600
_WAVE_FILES = 2_000
_WAVE_REPOS = 32
_COMMIT_CALLS = 150_000
_QUEUED = 4

_Wanted = tuple[BlobSource, str, str]
"""A blob to read: where from, its hash, the reader."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where indexing stands; `repos` counts all, `files` those found to need reading so far."""

    repos_done: int
    repos: int
    files_done: int
    files: int
    bytes: int


@dataclass(slots=True)
class IndexReport:
    """What was done: repos by outcome (broken ones with reasons), files and bytes read, wall seconds."""

    indexed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)
    dropped: list[str] = field(default_factory=list)
    files: int = 0
    bytes: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class _Wave:
    """Repositories whose snapshots are switched together, once all chunks up to `last_chunk` are stored."""

    listings: list[Listing]
    last_chunk: int = 0


def index(
    store: FactStore,
    sources: Iterable[BlobSource],
    *,
    workers: int,
    tables: frozenset[str] | None = None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    keep: frozenset[str] | None = None,
    file_seconds: float = FILE_SECONDS,
    memory_mb: int = MEMORY_MB,
) -> IndexReport:
    """Make the facts of `sources` current; gives what was done.

    `tables` are those a query will need (None: all, and `files.last_changed`); what they do not need is not
    read. `keep` names repositories that stay although no source is given for them; every other one without
    a source is dropped. A file that takes longer than `file_seconds` or its reader more than `memory_mb`
    loses its facts and says so in `parse_error`. A broken repository is reported and keeps the facts it had.
    Raises OutsideFault when the store cannot be written (disk full).
    """
    started = time.monotonic()
    listed = list(sources)
    wanted = depths_of(tables)
    forget_stale_units(store)
    with (
        Pool(workers, file_seconds=file_seconds, memory_mb=memory_mb) as pool,
        Ingest(store, _COMMIT_CALLS) as ingest,
    ):
        work = _Indexing(store, pool, ingest, wanted, len(listed), on_progress)
        work.report.dropped = drop_repos(store, {s.repo.name for s in listed} | (keep or frozenset()))
        work.run(listed)
    prune(store)
    work.report.seconds = time.monotonic() - started
    return work.report


def depths_of(tables: frozenset[str] | None) -> frozenset[Depth]:
    """What must be read for these tables; raises KeyError for an unknown one."""
    if tables is None:
        return frozenset(Depth)
    named = {Depth.HISTORY if name == LAST_CHANGED else TABLES[name].depth for name in tables}
    return frozenset(named | {Depth.FILES} | ({Depth.MANIFESTS} if Depth.SYMBOLS in named else set()))


class _Indexing:
    """One run of `index`."""

    def __init__(
        self,
        store: FactStore,
        pool: Pool,
        ingest: Ingest,
        depths: frozenset[Depth],
        n_repos: int,
        on_progress: Callable[[Progress], None],
    ) -> None:
        self.report = IndexReport()
        self._store, self._pool, self._ingest, self._depths = store, pool, ingest, depths
        self._n_repos, self._on_progress = n_repos, on_progress
        self._next_unit = next_unit(store)
        self._in_flight: set[tuple[str, str]] = set()
        self._queue: deque[tuple[int, ReadTask]] = deque()
        self._chunk: list[_Wanted] = []
        self._chunk_bytes = 0
        self._n_chunks = 0
        self._parts: Counter[int] = Counter()  # chunk -> tasks it still consists of
        self._waves: deque[_Wave] = deque()
        self._files_found = 0

    def run(self, sources: list[BlobSource]) -> None:
        """List, read and switch until everything is done."""
        waves = self._listed(sources)
        exhausted = False
        while True:
            while not exhausted and len(self._queue) < _QUEUED:
                wave = next(waves, None)
                if wave is None:
                    exhausted = True
                    self._close_chunk()
                else:
                    self._plan(wave)
            self._switch_ready()
            while self._queue and self._pool.idle:
                self._pool.give(*self._queue.popleft())
            self._tell()
            if exhausted and not self._parts:
                break
            for number, task, outcome in self._pool.results():
                self._take(number, task, outcome)

    def _listed(self, sources: list[BlobSource]) -> Iterator[_Wave]:
        known = known_repos(self._store)
        wave: list[Listing] = []
        for source in sources:
            state = known.get(source.repo.name)
            if state is not None and state.is_current(source, self._depths):
                self.report.unchanged.append(source.repo.name)
                continue
            try:
                wave.append(
                    list_files(source, self._depths | (state.depths(source) if state else frozenset()))
                )
            except (SoftwrightError, OSError, ValueError) as error:
                self._broken(source, error)
                continue
            if len(wave) >= _WAVE_REPOS or sum(len(each.files) for each in wave) >= _WAVE_FILES:
                yield _Wave(wave)
                wave = []
        touch_unchanged(self._store, [s for s in sources if s.repo.name in set(self.report.unchanged)])
        if wave:
            yield _Wave(wave)

    def _broken(self, source: BlobSource, error: Exception | str) -> None:
        reason = error if isinstance(error, str) else str(getattr(error, "message", error))
        self.report.broken[source.repo.name] = reason
        self._ingest.commit()
        note_trouble(self._store, source.repo, "broken", reason)

    def _plan(self, wave: _Wave) -> None:
        """Put the wave's missing units into chunks."""
        by_repo = {listing.repo: listing for listing in wave.listings}
        for repo, blob, reader, size in missing_units(self._store, wave.listings):
            if (blob, reader) in self._in_flight:
                continue
            self._files_found += 1
            if size > MAX_BYTES:
                self._ingest.add_reason(self._number(), blob, reader, too_big(size))
                continue
            self._in_flight.add((blob, reader))
            self._chunk.append((by_repo[repo].source, blob, reader))
            self._chunk_bytes += size
            if self._chunk_bytes >= _CHUNK_BYTES or len(self._chunk) >= _CHUNK_UNITS:
                self._close_chunk()
        # Units of this wave may sit in the open chunk, whose number will be `_n_chunks`.
        wave.last_chunk = self._n_chunks if self._chunk else self._n_chunks - 1
        self._waves.append(wave)

    def _number(self) -> int:
        self._next_unit += 1
        return self._next_unit - 1

    def _close_chunk(self) -> None:
        if self._chunk:
            rows, self._chunk, self._chunk_bytes = self._chunk, [], 0
            self._enqueue(self._n_chunks, rows)
            self._n_chunks += 1

    def _enqueue(self, chunk: int, rows: list[_Wanted]) -> None:
        sources: dict[str, int] = {}
        listed: list[BlobSource] = []
        units = []
        for source, blob, reader in rows:
            if source.repo.name not in sources:
                sources[source.repo.name] = len(listed)
                listed.append(source)
            units.append((sources[source.repo.name], blob, reader))
        self._parts[chunk] += 1
        self._queue.append((chunk, ReadTask(self._next_unit, units, listed)))
        self._next_unit += len(units)

    def _take(self, chunk: int, task: ReadTask, outcome: ReadResult | Casualty) -> None:
        """Store a task's facts; when its worker died, set the guilty file aside and read the others again."""
        if isinstance(outcome, Casualty):
            for rows in self._survivors(task, outcome):
                self._enqueue(chunk, rows)
        else:
            self._ingest.add(task, outcome)
            self.report.files += outcome.files
            self.report.bytes += outcome.bytes
            for at, reason in outcome.unread.items():
                self._broken(task.sources[at], reason)
        self._parts[chunk] -= 1
        if not self._parts[chunk]:
            del self._parts[chunk]

    def _survivors(self, task: ReadTask, casualty: Casualty) -> list[list[_Wanted]]:
        rows = [(task.sources[at], blob, reader) for at, blob, reader in task.units]
        position = 0 if len(rows) == 1 else casualty.position
        if position == IDLE:  # which file it was at is not known: halve until it is
            return [rows[: len(rows) // 2], rows[len(rows) // 2 :]]
        _, blob, reader = rows.pop(position)
        self._ingest.add_reason(self._number(), blob, reader, casualty.reason)
        return [rows] if rows else []

    def _switch_ready(self) -> None:
        """Switch the waves whose chunks are all stored, in order."""
        ready = []
        while self._waves and self._waves[0].last_chunk < min(self._parts, default=self._n_chunks):
            wave = self._waves.popleft()
            self._ingest.write()
            if follow_includes(self._store, wave.listings):
                self._plan(wave)
                self._close_chunk()
            else:
                ready.append(wave)
        if not ready:
            return
        self._ingest.commit()
        listings = [each for wave in ready for each in wave.listings if each.repo not in self.report.broken]
        switch(self._store, listings)
        self.report.indexed += [listing.repo for listing in listings]

    def _tell(self) -> None:
        done = len(self.report.indexed) + len(self.report.unchanged) + len(self.report.broken)
        self._on_progress(
            Progress(done, self._n_repos, self.report.files, self._files_found, self.report.bytes)
        )
