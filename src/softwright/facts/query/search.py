"""The costly stage: candidate blobs are read in worker processes, filtered by literals, parsed, searched."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from softwright.core import InvalidInput, OutsideFault, SoftwrightError, line_starts, position_of
from softwright.facts.processes import spread
from softwright.facts.query.cache import MatchCache, MatchRow, Searched
from softwright.facts.query.calls import Call
from softwright.facts.query.guard import Deadline
from softwright.facts.sites import found_in
from softwright.facts.source import BlobSource
from softwright.facts.structure import Found, Pattern, decode, found_at, found_within

Progress = Callable[[str, int, int], None]
"""(what is done, how much of it, of how much)."""

_CHUNK_BYTES = 4_000_000
_CHUNK_BLOBS = 500
_SMALL_BYTES = 2_000_000
_SMALL_BLOBS = 300
_FLUSH_ROWS = 20_000
_FLUSH_BLOBS = 5_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """A blob to search, its size, and a repository that holds it.

    `places`, when known, are the only calls that may match: see `found_at`. `definitions`, when known, are
    the lines of those of the file: see `found_within`.
    """

    blob: str
    repo: str
    bytes: int
    places: tuple[tuple[int, int], ...] | None = None
    definitions: tuple[tuple[int, int], ...] | None = None


@dataclass(slots=True)
class Outcome:
    """Figures of one search, and the repositories that could not be read with their reasons."""

    blobs: int = 0
    bytes: int = 0
    matches: int = 0
    faults: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Task:
    source: BlobSource
    wanted: tuple[Wanted, ...]


@dataclass(frozen=True, slots=True)
class _Answer:
    repo: str
    searched: Searched
    fault: str = ""


def search(
    call: Call,
    wanted: Sequence[Wanted],
    *,
    sources: Mapping[str, BlobSource],
    cache: MatchCache,
    workers: int,
    deadline: Deadline,
    on_progress: Progress,
) -> Outcome:
    """Search the wanted blobs and put the matches into the cache.

    A repository that cannot be read costs only its own blobs. What was found before the time is over
    (LimitHit), or before an interrupt, stays in the cache.
    """
    outcome = Outcome()
    key = cache.key(call)
    held: list[Searched] = []
    small = len(wanted) <= _SMALL_BLOBS and sum(one.bytes for one in wanted) <= _SMALL_BYTES
    work = partial(_searched, call.patterns)
    try:
        answers = spread(work, _tasks(wanted, sources), workers=workers, on_crash=_crashed, alone=small)
        for answer in answers:
            held.append(answer.searched)
            outcome.blobs += len(answer.searched.blobs)
            outcome.bytes += answer.searched.bytes
            outcome.matches += len(answer.searched.rows)
            if answer.fault:
                outcome.faults[answer.repo] = answer.fault
            on_progress("files searched", outcome.blobs, len(wanted))
            if (
                sum(len(one.rows) for one in held) > _FLUSH_ROWS
                or sum(len(one.blobs) for one in held) > _FLUSH_BLOBS
            ):
                cache.add(key, held)
                held = []
            deadline.check()
    finally:
        if held:
            cache.add(key, held)
    return outcome


def _tasks(wanted: Sequence[Wanted], sources: Mapping[str, BlobSource]) -> Iterator[_Task]:
    by_repo: dict[str, list[Wanted]] = {}
    for one in wanted:
        by_repo.setdefault(one.repo, []).append(one)
    for repo, blobs in by_repo.items():
        chunk: list[Wanted] = []
        size = 0
        for one in blobs:
            chunk.append(one)
            size += one.bytes
            if size >= _CHUNK_BYTES or len(chunk) >= _CHUNK_BLOBS:
                yield _Task(sources[repo], tuple(chunk))
                chunk, size = [], 0
        if chunk:
            yield _Task(sources[repo], tuple(chunk))


def _searched(patterns: tuple[Pattern, ...], task: _Task) -> _Answer:
    done = Searched([], [])
    fault = ""
    started = time.perf_counter()
    try:
        read = task.source.read([one.blob for one in task.wanted])
        for one, (blob, content) in zip(task.wanted, read, strict=True):
            matches = _matches(patterns, one, content)
            done.rows += _rows(blob, content, matches)
            if not matches and (reason := _unreadable(patterns, content)):
                done.unreadable.append((blob, reason))
            done.blobs.append(blob)
            done.bytes += len(content)
    except (SoftwrightError, OSError) as error:
        fault = error.message if isinstance(error, SoftwrightError) else str(error)
    done.seconds = time.perf_counter() - started
    return _Answer(task.source.repo.name, done, fault)


def _matches(patterns: tuple[Pattern, ...], one: Wanted, content: bytes) -> Sequence[tuple[Pattern, Found]]:
    """By what is known of the file where that tells, else by parsing all of it."""
    found: Sequence[tuple[Pattern, Found]] | None = None
    if one.places is not None:
        found = found_at(patterns, content, one.places)
    elif one.definitions is not None:
        found = found_within(patterns, content, one.definitions)
    return found_in(patterns, content) if found is None else found


def _unreadable(patterns: tuple[Pattern, ...], content: bytes) -> str:
    """Why a file that might hold a match is not text that can be searched, "" when it is."""
    binary = b"\0" in content
    if content.isascii() and not binary and b"coding" not in content:
        return ""  # nearly every file: one look is enough
    if not binary and not any(pattern.may_match(content) for pattern in patterns):
        return ""
    try:
        decode(content, patterns[0].language)
    except InvalidInput as error:
        return error.message
    return ""


def _crashed(task: _Task) -> _Answer:
    fault = OutsideFault("a file of it made the parser crash").message
    return _Answer(task.source.repo.name, Searched([], []), fault)


def _rows(blob: str, content: bytes, matches: Sequence[tuple[Pattern, Found]]) -> list[MatchRow]:
    if not matches:
        return []
    starts = line_starts(content)
    rows: dict[tuple[int, int], MatchRow] = {}
    for _, match in matches:
        start, end = match.span.start, match.span.end
        if (start, end) in rows:
            continue  # two patterns of one rule found the same place
        first, last = position_of(starts, start), position_of(starts, max(start, end - 1))
        bindings = [(name, bound.text) for name, bound in match.bindings.items()]
        rows[start, end] = (blob, first.line, first.column, last.line, start, end, match.text, bindings)
    return [rows[place] for place in sorted(rows)]
