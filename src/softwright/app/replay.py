"""Would learning have replayed the migrations of a repository? Its own history is the judge."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from softwright.app.formatting import formatted
from softwright.app.learn_sources import repository
from softwright.app.replay_crew import Task, replay_all
from softwright.app.wiring import House
from softwright.core import InvalidInput, PrerequisiteMissing, language_of, nearest
from softwright.hosts.history import CommitChange, CommitLine, commit_change, commits_since
from softwright.rewrite.learning import Example
from softwright.rewrite.learning.alike import LARGEST, files_alike
from softwright.rewrite.replay import (
    IMPORT_KINDS,
    Format,
    Learning,
    Migration,
    Plan,
    Pooled,
    Score,
    changes_of,
    migration,
    pooled,
)

ORDERS = ("path", "informative", "loop")
LEAST_FILES = 4
"""Changed files of one language that a commit must have to count as a migration."""
LEAST_REPEATED = 10
"""Times that one and the same edit must have been made in them."""
MOST_FILES = 300
"""Changed files of a commit that are looked at, the first by path."""
MOST_ALONE = 30
"""Files that the commit left alone, in which nothing may be changed: those most alike to the changed ones."""
_SINCE = re.compile(r"\d{4}-\d\d-\d\d|\d+[. ](?:day|week|month|year)s?(?:[. ]ago)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class History:
    """The commits of a repository that are looked through, the newest first."""

    repo: str
    folder: Path
    commits: tuple[CommitLine, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A commit that made one edit `repeated` times in `files` files of a language."""

    commit: str
    date: str
    title: str
    language: str
    files: int
    repeated: int


@dataclass(frozen=True, slots=True)
class Replay:
    """What came of one of them."""

    candidate: Candidate
    score: Score
    seconds: float
    """Wall time."""


def plan_of(order: str, k: int) -> Plan:
    """Which files are shown, and how many. Raises InvalidInput."""
    if order not in ORDERS:
        raise InvalidInput(f"unknown order `{order}`; {nearest(order, ORDERS)}")
    if k < 1:
        raise InvalidInput(f"{k} files cannot be learned from", hint="show one at least: -k 1")
    return Plan(order, k)


def history(house: House, repo: str, since: str, fleet: Path | None) -> History:
    """The history of a repository given by path or fleet name.

    Raises InvalidInput for an unknown repository, one without commits, or a date that is none.
    """
    if since and not _SINCE.fullmatch(since):
        raise InvalidInput(f"`{since}` is no date", hint="write 2025-01-31, or `18 months ago`")
    label, folder = repository(house, repo, fleet)
    return History(label, folder, tuple(commits_since(folder, since.replace(".", " "))))


def candidates(past: History, least: int) -> Iterator[list[Candidate]]:
    """For every commit, in order, the migrations in it with more than `least` changed files; mostly none."""
    for line in past.commits:
        found: list[Candidate] = []
        for language in _languages(line, max(LEAST_FILES, least + 1)):
            changed = _changed(past.folder, line.commit, language)
            repeated = _most_repeated(changed)
            if len(changed) >= max(LEAST_FILES, least + 1) and repeated >= LEAST_REPEATED:
                known = (line.commit, line.date, line.title, language)
                found.append(Candidate(*known, len(changed), repeated))
        yield found


def replayed(
    past: History, chosen: Iterable[Candidate], plan: Plan, *, limit_s: float, jobs: int
) -> Iterator[Replay]:
    """The outcomes, as they come: each is found in a process of its own, which is ended after `limit_s`."""
    by_name = {f"{each.commit}:{each.language}": each for each in chosen}
    layout = _layout()
    tasks = [
        Task(
            name,
            partial(_loaded, past.folder, each),
            lambda _: Learning(),
            (plan,),
            (),
            format=layout,
            trace=False,
        )
        for name, each in by_name.items()
    ]
    for done in replay_all(tasks, jobs, limit_s):
        for score in done.scores:
            yield Replay(by_name[done.name], score, done.wall_s)


def together(done: Iterable[Replay], order: str, k: int) -> Pooled:
    """All of them as one."""
    return pooled((each.score for each in done), order, k)


def _languages(line: CommitLine, least: int) -> list[str]:
    """Languages of which the commit modified enough files."""
    count = Counter(language_of(path) for path in line.modified)
    return [language for language in IMPORT_KINDS if count[language] >= least]


def _changed(folder: Path, commit: str, language: str) -> list[Example]:
    try:
        change = commit_change(folder, commit)
    except InvalidInput:
        return []  # the parent is not here: a shallow clone
    return _examples(change, language)


def _examples(change: CommitChange, language: str) -> list[Example]:
    examples: list[Example] = []
    for file in change.files:
        if language_of(file.path) != language or max(len(file.before), len(file.after)) > LARGEST:
            continue
        try:
            examples.append(Example(file.path, file.before.decode(), file.after.decode()))
        except UnicodeDecodeError:
            continue
    return list(migration(change.commit, language, examples, []).changed[:MOST_FILES])


def _most_repeated(changed: Iterable[Example]) -> int:
    """How often the most frequent edit was made. Layout is none, nor is what has no word in it."""
    count = Counter(edit.shape for pair in changed for edit in changes_of(pair).strict)
    return max((number for shape, number in count.items() if _has_word(shape)), default=0)


def _has_word(shape: tuple[tuple[str, ...], tuple[str, ...]]) -> bool:
    return any(letter.isalnum() for tokens in shape for token in tokens for letter in token)


def _loaded(folder: Path, candidate: Candidate) -> Migration:
    change = commit_change(folder, candidate.commit)
    changed = _examples(change, candidate.language)
    alone = files_alike(changed, change.untouched(), most=MOST_ALONE)
    return migration(candidate.commit, candidate.language, changed, alone, candidate.title)


def _layout() -> Format:
    """The formatter; where there is none, files are compared by their tokens alone."""
    try:
        formatted("python", ["x = 1\n"])
    except PrerequisiteMissing:
        return lambda _, texts: [None] * len(texts)
    return formatted
