"""A repository's files with the changes made so far, without a working tree."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from softwright.core import Delete, Edit, Entry, FileChange, Patch, Span, Write, apply_edits, line_starts

_REGULAR = ("100644", "100755")


@dataclass(frozen=True, slots=True)
class LineCount:
    """Lines a change adds and removes."""

    added: int
    removed: int


class Draft:
    """The snapshot's listing, overlaid by what the steps wrote.

    `read` gives the content of a blob. Only regular files can be changed; links and submodules are
    left alone, and `notes` says so of those that a step made.

    Edits are kept against the snapshot's own content for every changed file.
    """

    def __init__(
        self, listing: Iterable[Entry], read: Callable[[Iterable[str]], Iterator[tuple[str, bytes]]]
    ) -> None:
        self.listing = {entry.path: entry for entry in listing if entry.mode in _REGULAR}
        self.sites: dict[str, int] = {}
        self.origins: dict[str, list[str]] = {}
        self.notes: list[str] = []
        self._read = read
        self._base: dict[str, bytes] = {}
        self._files: dict[str, FileChange] = {}
        self._edits: dict[str, tuple[Edit, ...]] = {}

    @property
    def changes(self) -> Mapping[str, FileChange]:
        """What became of the changed files so far."""
        return self._files

    def paths(self) -> list[str]:
        """Every file that exists now, in order."""
        gone = {path for path, op in self._files.items() if isinstance(op, Delete)}
        return sorted((self.listing.keys() | self._files.keys()) - gone)

    def contents(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Path and present content of each of the files, in one pass over the objects."""
        wanted: list[tuple[str, str]] = []
        for path in paths:
            written = self._files.get(path)
            if isinstance(written, Write):
                yield path, written.content
            elif written is None and path in self._base:
                yield path, self._base[path]
            elif written is None and path in self.listing:
                wanted.append((path, self.listing[path].blob))
        for (path, _), (_, content) in zip(wanted, self._read(blob for _, blob in wanted), strict=True):
            yield path, content

    def base(self, path: str) -> bytes | None:
        """The snapshot's own content of a file, None when it has no such regular file."""
        if path not in self._base:
            entry = self.listing.get(path)
            if entry is None:
                return None
            self._base[path] = next(self._read([entry.blob]))[1]
        return self._base[path]

    def edit(self, path: str, source: bytes, content: bytes, edits: tuple[Edit, ...]) -> None:
        """Change an existing file from `source`, its present content, to `content` by known edits."""
        first = path not in self._files
        if first:
            self._base[path] = source
        origins = tuple(dict.fromkeys(edit.origin for edit in edits if edit.origin))
        self._put(path, content, origins)
        if first and path in self._files:
            self._edits[path] = edits

    def write(self, path: str, content: bytes, *, origin: str, mode: str = "") -> None:
        """Set a file's content by means that know no edits."""
        self._put(path, content, (origin,), mode)

    def delete(self, path: str, *, origin: str) -> None:
        """Remove a file."""
        self._note(path, (origin,))
        self._edits.pop(path, None)
        if path in self.listing:
            self._files[path] = Delete()
        else:
            self._files.pop(path, None)

    def patch(self) -> Patch:
        """Everything changed so far; files that ended up as they were are not in it."""
        edits = {path: self._edits.get(path) or self._line_edits(path) for path in self._files}
        return Patch(dict(self._files), {path: found for path, found in edits.items() if found})

    def become(self, patch: Patch, *, origin: str) -> None:
        """Make the draft equal to `patch`, which is against the snapshot and has in it all done so far."""
        for path, op in patch.files.items():
            if isinstance(op, Delete):
                self.delete(path, origin=origin)
            elif op.mode not in _REGULAR:
                self.notes.append(f"{path}: the link that {origin} made is left out; only files are changed")
            elif self._files.get(path) != op:
                self.write(path, op.content, origin=origin, mode=op.mode)
        for path in [path for path in self._files if path not in patch.files]:
            self._note(path, (origin,))
            del self._files[path]
            self._edits.pop(path, None)

    def replace(self, path: str, content: bytes | None, *, mode: str = "") -> None:
        """Make of a changed file less than the steps made of it; None takes the whole change back.

        It has as many sites then as it has changed stretches, at most as many as before.
        """
        if content is None:
            self._files.pop(path, None)
            self._edits.pop(path, None)
            self.sites.pop(path, None)
            return
        self._put(path, content, (), mode)
        if path in self.sites:
            self.sites[path] = max(1, min(self.sites[path], len(self._line_edits(path))))

    def _put(self, path: str, content: bytes, origins: tuple[str, ...], mode: str = "") -> None:
        entry = self.listing.get(path)
        written = self._files.get(path)
        if not mode:
            mode = written.mode if isinstance(written, Write) else entry.mode if entry else "100644"
        self._note(path, origins)
        self._edits.pop(path, None)
        if entry is not None and mode == entry.mode and self.base(path) == content:
            self._files.pop(path, None)
            self.sites.pop(path, None)
        else:
            self._files[path] = Write(content, mode)

    def _note(self, path: str, origins: tuple[str, ...]) -> None:
        known = self.origins.setdefault(path, [])
        known += [origin for origin in origins if origin not in known]

    def _line_edits(self, path: str) -> tuple[Edit, ...]:
        op, old = self._files[path], self.base(path)
        if not isinstance(op, Write) or old is None:
            return ()
        return line_edits(old, op.content, ", ".join(self.origins.get(path, ())))


def line_edits(old: bytes, new: bytes, origin: str) -> tuple[Edit, ...]:
    """Whole-line edits that turn `old` into `new`."""
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    starts = [0]
    for line in before:
        starts.append(starts[-1] + len(line))
    return tuple(
        Edit(Span(starts[a], starts[b]), b"".join(after[c:d]), origin)
        for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
        if kind != "equal"
    )


def count_lines(old: bytes | None, op: FileChange, edits: tuple[Edit, ...]) -> LineCount:
    """Lines a change of one file adds and removes; with known edits no diff is needed."""
    if old is None:
        return LineCount(_lines(op.content) if isinstance(op, Write) else 0, 0)
    if isinstance(op, Delete):
        return LineCount(0, _lines(old))
    return _touched_lines(old, edits)


def _lines(content: bytes) -> int:
    return content.count(b"\n") + (not content.endswith(b"\n") and bool(content))


def _touched_lines(old: bytes, edits: tuple[Edit, ...]) -> LineCount:
    """Each run of lines that edits touch is removed, and added as it reads afterwards."""
    added = removed = 0
    for group in _by_lines(old, edits):
        start = old.rfind(b"\n", 0, group[0].span.start) + 1
        end = old.find(b"\n", max(start, group[-1].span.end - 1)) + 1 or len(old)
        moved = [Edit(Span(e.span.start - start, e.span.end - start), e.new) for e in group]
        before = old[start:end].splitlines(keepends=True)
        after = apply_edits(old[start:end], moved).splitlines(keepends=True)
        same = _alike(before, after)
        same += _alike(before[same:][::-1], after[same:][::-1])
        removed += len(before) - same
        added += len(after) - same
    return LineCount(added, removed)


def _alike(a: list[bytes], b: list[bytes]) -> int:
    """How many lines both begin with."""
    pairs = zip(a, b, strict=False)
    return next((at for at, (x, y) in enumerate(pairs) if x != y), min(len(a), len(b)))


def _by_lines(old: bytes, edits: tuple[Edit, ...]) -> Iterator[list[Edit]]:
    """Edits in groups that touch the same lines."""
    starts = line_starts(old)
    group: list[Edit] = []
    last_line = -1
    for edit in sorted(edits, key=lambda e: (e.span.start, e.span.end)):
        first = bisect_right(starts, edit.span.start)
        if group and first != last_line:
            yield group
            group = []
        group.append(edit)
        last_line = bisect_right(starts, max(edit.span.start, edit.span.end - 1))
    if group:
        yield group


def watched_blobs(listing: Mapping[str, Entry], patch: Patch) -> dict[str, str]:
    """Path -> blob of the snapshot's files that the patch touches; "" for a path it creates."""
    return {path: listing[path].blob if path in listing else "" for path in sorted(patch.files)}
