"""Sites of patterns, straight from git: no database, one repository at a time."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from softwright.core import (
    InvalidInput,
    OutsideFault,
    Site,
    SoftwrightError,
    language_of,
    line_starts,
    position_of,
)
from softwright.facts.processes import spread
from softwright.facts.source import BlobSource
from softwright.facts.structure import Found, Pattern, Tree, decode, found

REGULAR = frozenset({"100644", "100755"})
"""Git modes of files with content of their own: no links, no submodules."""


@dataclass(frozen=True, slots=True)
class RepoSites:
    """What was found in one repository; `fault` says why it could not be searched."""

    repo: str
    sites: tuple[Site, ...] = ()
    fault: SoftwrightError | None = None


def found_in(patterns: Sequence[Pattern], content: bytes) -> list[tuple[Pattern, Found]]:
    """Matches of every pattern (all of one language) in one file, which is parsed at most once.

    A file that cannot be decoded has none.
    """
    likely = [pattern for pattern in patterns if pattern.may_match(content)]
    if not likely:
        return []
    try:
        decoded = decode(content, likely[0].language)
    except InvalidInput:
        return []
    tree = Tree(decoded.text, likely[0].language)
    return [(pattern, found(match, decoded)) for pattern in likely for match in tree.matches(pattern)]


def sites_in(source: BlobSource, patterns: Sequence[Pattern]) -> list[Site]:
    """Every site of the patterns in one snapshot, by path and place. Equal files are parsed once.

    Runs in the calling process. Raises OutsideFault when the repository cannot be read.
    """
    by_language: dict[str, list[Pattern]] = {}
    for pattern in patterns:
        by_language.setdefault(pattern.language, []).append(pattern)
    paths: dict[str, list[str]] = {}
    for entry in source.entries():
        if entry.mode in REGULAR and language_of(entry.path) in by_language:
            paths.setdefault(entry.blob, []).append(entry.path)
    sites: set[Site] = set()
    for blob, content in source.read(paths) if paths else ():
        for language in {language_of(path) for path in paths[blob]}:
            matches = found_in(by_language[language], content)
            if matches:
                here = [path for path in paths[blob] if language_of(path) == language]
                sites.update(_sites(source.repo.name, here, blob, content=content, matches=matches))
    return sorted(sites, key=lambda site: (site.path, site.span.start, site.span.end))


def find_sites(
    sources: Iterable[BlobSource],
    patterns: Sequence[Pattern],
    *,
    workers: int = 1,
    on_fault: Callable[[str, SoftwrightError], None] | None = None,
) -> Iterator[Site]:
    """Sites in many repositories, in their order, as soon as each is done.

    A repository that cannot be read is told to `on_fault` and skipped.
    """
    for result in search_each(sources, patterns, workers=workers):
        if result.fault is not None:
            if on_fault is not None:
                on_fault(result.repo, result.fault)
            continue
        yield from result.sites


def search_each(
    sources: Iterable[BlobSource],
    patterns: Sequence[Pattern],
    *,
    workers: int = 1,
) -> Iterator[RepoSites]:
    """One result for each repository, in their order; one that cannot be read carries its fault."""
    search = partial(_search, tuple(patterns))
    yield from spread(search, sources, workers=workers, on_crash=_crashed)


def _search(patterns: tuple[Pattern, ...], source: BlobSource) -> RepoSites:
    try:
        return RepoSites(source.repo.name, tuple(sites_in(source, patterns)))
    except SoftwrightError as error:
        return RepoSites(source.repo.name, fault=error)
    except OSError as error:
        return RepoSites(
            source.repo.name, fault=OutsideFault(f"cannot be read: {error}", where=source.repo.name)
        )


def _crashed(source: BlobSource) -> RepoSites:
    fault = OutsideFault(
        "a file of it made the parser crash", where=source.repo.name, hint="exclude its path"
    )
    return RepoSites(source.repo.name, fault=fault)


def _sites(
    repo: str, paths: list[str], blob: str, *, content: bytes, matches: list[tuple[Pattern, Found]]
) -> Iterator[Site]:
    starts = line_starts(content)
    for _, match in matches:
        line = position_of(starts, match.span.start).line
        for path in paths:
            yield Site(repo, path, match.span, line, match.text, blob)
