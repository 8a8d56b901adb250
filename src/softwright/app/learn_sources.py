"""Where examples come from: commits, diffs, and files before and after."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from softwright.app.fleet import Selection, fleet_path, load_selected
from softwright.app.rules import source_files
from softwright.app.wiring import House
from softwright.core import InvalidInput, OutsideFault, counted, language_of, nearest
from softwright.hosts.history import commit_change, git_folder, resolve_commit, snapshot_files
from softwright.rewrite.diff_text import FileDiff, read_diff
from softwright.rewrite.learning import Example
from softwright.rewrite.learning.alike import files_alike
from softwright.rewrite.syntax import count_errors, parse

MOST_FILES = 4000
"""Untouched files on disk that are looked through for places that were left alone."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What to learn from. `commits` are `REPO@COMMIT`, where REPO is a folder or a name in the fleet file.

    `repo` is the folder in which the files of the diffs lie, None for the present one.
    """

    commits: tuple[str, ...] = ()
    diffs: tuple[Path, ...] = ()
    before: Path | None = None
    after: Path | None = None
    repo: Path | None = None
    fleet: Path | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A snapshot that can be searched: a name to show, the objects' folder, a commit."""

    name: str
    git_dir: str
    commit: str


@dataclass(slots=True)
class Gathered:
    """Files that were changed, and others most like them that were not; where they are from, in words; the
    repositories they are in; and what was no example."""

    examples: list[Example] = field(default_factory=list)
    untouched: list[Example] = field(default_factory=list)
    origins: list[str] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def gather(house: House, sources: Sources) -> Gathered:
    """The files that were changed, and of those left alone the ones that are most like them.

    Raises InvalidInput for a source that is not there, a diff that does not apply, or when nothing was
    changed in a language that is understood.
    """
    if not (sources.commits or sources.diffs or sources.before or sources.after):
        raise InvalidInput(
            "there is nothing to learn from",
            hint="give --from-commit REPO@COMMIT, --from-diff FILE, or --before and --after",
        )
    gathered = Gathered()
    for given in sources.commits:
        _from_commit(house, given, sources.fleet, gathered)
    for diff in sources.diffs:
        _from_diff(diff, sources.repo, gathered)
    if sources.before or sources.after:
        _from_files(sources.before, sources.after, gathered)
    broken = [example for example in gathered.examples if _is_broken(example)]
    gathered.examples = [example for example in gathered.examples if example not in broken]
    gathered.notes += [f"{each.path} does not parse as it was changed, and is left out" for each in broken]
    if not gathered.examples:
        raise InvalidInput(
            f"{' and '.join(gathered.origins)}: nothing that can be learned from is changed",
            hint="; ".join(gathered.notes) or "give a change of Python, JavaScript, TypeScript, Go or Java",
        )
    return gathered


def _is_broken(example: Example) -> bool:
    """True when the change left a file that does not parse, and that did before."""
    old, new = (count_errors(parse(text, example.language)[0]) for text in (example.before, example.after))
    return new > old


def repository(house: House, name: str, fleet: Path | None) -> tuple[str, Path]:
    """Name and folder (working tree, bare repository or mirror) of a repository given by path or fleet name.

    Raises InvalidInput when it is neither, OutsideFault when it is in the fleet and not synced.
    """
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder.absolute().name.removesuffix(".git"), folder
    listed = fleet_path(house, fleet)
    if not listed.is_file():
        raise InvalidInput(
            f"there is no folder `{name}`",
            hint=f"give a path, or a name in a fleet file ({listed} is not there)",
        )
    _, whole = load_selected(house, fleet, Selection())
    repo = next((repo for repo in whole.repos if repo.name == name), None)
    if repo is None:
        names = [repo.name for repo in whole.repos]
        raise InvalidInput(f"`{name}` is neither a folder nor in {listed}; {nearest(name, names)}")
    house.mirrors.snapshot(repo)
    return repo.name, house.mirrors.path(repo.name)


def searched(house: House, gathered: Gathered, fleet: Path | None) -> list[Place]:
    """Snapshots in which open questions are looked for: the examples' own, and the fleet's as last synced."""
    places = list(gathered.places)
    if fleet_path(house, fleet).is_file():
        _, whole = load_selected(house, fleet, Selection())
        for repo in whole.repos:
            try:
                commit = house.mirrors.snapshot(repo).commit
            except OutsideFault:
                continue
            places.append(Place(repo.name, str(house.mirrors.path(repo.name)), commit))
    return list({(place.git_dir, place.commit): place for place in places if place.commit}.values())


def _from_commit(house: House, given: str, fleet: Path | None, gathered: Gathered) -> None:
    name, at, commit = given.rpartition("@")
    if not at or not name or not commit:
        raise InvalidInput(
            f"`{given}` names no commit of a repository",
            hint="write REPO@COMMIT, such as `.@HEAD` or `api@1a2b3c4`",
        )
    label, folder = repository(house, name, fleet)
    change = commit_change(folder, commit)
    changed = [
        Example(file.path, *texts, label)
        for file in change.files
        for texts in [_texts(file.before, file.after)]
        if texts is not None and language_of(file.path)
    ]
    passed = change.others + len(change.files) - len(changed)
    if passed:
        gathered.notes.append(
            f"{given}: {counted(passed, 'file')} added, deleted, or in no language understood here"
        )
    gathered.examples += changed
    gathered.untouched += files_alike(changed, change.untouched(), repo=label)
    gathered.origins.append(f"commit {change.commit[:12]} of {label}")
    gathered.places.append(Place(label, change.git_dir, resolve_commit(folder, "HEAD")))


def _from_diff(diff: Path, repo: Path | None, gathered: Gathered) -> None:
    try:
        text = diff.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError as error:
        raise InvalidInput(
            f"the diff cannot be read: {error.strerror}",
            where=str(diff),
            hint="make one with `git diff > FILE`, and give that file",
        ) from error
    root = repo or Path()
    if not root.is_dir():
        raise InvalidInput(
            f"there is no folder {root}", hint="--repo names the folder that the diff's paths are in"
        )
    files = read_diff(text, str(diff))
    moved = [file for file in files if file.old_path != file.new_path or not language_of(file.path)]
    changed = [
        Example(file.path, *_sides(file, root, diff), root.absolute().name)
        for file in files
        if file not in moved
    ]
    if moved:
        gathered.notes.append(
            f"{diff}: {counted(len(moved), 'file')} added, deleted, moved, or in no language understood here"
        )
    gathered.examples += changed
    gathered.untouched += files_alike(changed, _untouched(root, {file.path for file in files}))
    gathered.origins.append(f"the diff {diff.name}")


def _sides(file: FileDiff, root: Path, diff: Path) -> tuple[str, str]:
    """Both texts of a file of which one is at hand: the diff is applied to it, or taken back."""
    place = root / file.path
    where = f"{diff}:{file.line}"
    try:
        here = place.read_bytes().decode("utf-8")
    except OSError as error:
        raise InvalidInput(
            f"the diff changes {file.path}, which cannot be read: {error.strerror}",
            where=where,
            hint=f"its paths were looked for in {root.absolute()}; name another folder with --repo",
        ) from error
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{file.path} is not UTF-8", where=where) from error
    try:
        return here, file.apply(here)
    except InvalidInput as error:
        try:
            return file.reversed().apply(here), here
        except InvalidInput:
            raise InvalidInput(
                f"the diff does not apply to {place}: {error.message}, nor has it been applied",
                where=where,
                hint="check out the commit that it was made against",
            ) from error


def _untouched(root: Path, changed: set[str]) -> Iterator[tuple[str, bytes]]:
    for number, path in enumerate(source_files(root)):
        name = path.relative_to(root).as_posix()
        if number < MOST_FILES and name not in changed:
            content = _content(path)
            if content is not None:
                yield name, content


def _from_files(before: Path | None, after: Path | None, gathered: Gathered) -> None:
    if before is None or after is None:
        raise InvalidInput("--before and --after belong together", hint="give both, as files or as folders")
    for path in (before, after):
        if not path.exists():
            raise InvalidInput(
                f"there is no {path}", hint="--before and --after name files or folders that exist"
            )
    if before.is_dir() != after.is_dir():
        raise InvalidInput(
            f"{before} and {after} are a file and a folder", hint="give two files, or two folders"
        )
    languages = {language_of(path.name) for path in (before, after) if path.is_file()} - {""}
    if len(languages) > 1:
        raise InvalidInput(
            f"{before} and {after} are in two languages", hint="give one file as it was and as it is"
        )
    pairs = list(_pairs(before, after))
    if not pairs:
        raise InvalidInput(
            f"no file of a known language is both in {before} and in {after}",
            hint="paths below them must be equal",
        )
    examples = [
        Example(name, *texts) for name, old, new in pairs if (texts := _texts(_content(old), _content(new)))
    ]
    changed = [example for example in examples if not example.is_left_alone]
    if not changed:
        raise InvalidInput(
            f"nothing is changed between {before} and {after}", hint="give the change as it was and as it is"
        )
    alone = ((example.path, example.before.encode()) for example in examples if example.is_left_alone)
    gathered.examples += changed
    gathered.untouched += files_alike(changed, alone)
    gathered.origins.append(f"{before} and {after}")


def _pairs(before: Path, after: Path) -> Iterator[tuple[str, Path, Path]]:
    if before.is_file():
        yield (before.name if language_of(before.name) else after.name), before, after
        return
    for path in source_files(before):
        name = path.relative_to(before).as_posix()
        if (after / name).is_file():
            yield name, path, after / name


def _texts(before: bytes | None, after: bytes | None) -> tuple[str, str] | None:
    try:
        return (
            (before.decode("utf-8"), after.decode("utf-8"))
            if before is not None and after is not None
            else None
        )
    except UnicodeDecodeError:
        return None


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def current_texts(folder: Path, languages: Iterable[str]) -> dict[str, str]:
    """The files of these languages at the head of a repository, or in a folder that is none."""
    wanted = set(languages)
    try:
        git_dir, commit = git_folder(folder), resolve_commit(folder, "HEAD")
    except InvalidInput:
        return _on_disk(folder, wanted)
    texts: dict[str, str] = {}
    for path, content in snapshot_files(git_dir, commit):
        if language_of(path) in wanted and (pair := _texts(content, content)):
            texts[path] = pair[0]
    return texts


def _on_disk(folder: Path, languages: set[str]) -> dict[str, str]:
    found = ((path.relative_to(folder).as_posix(), path) for path in source_files(folder))
    pairs = ((name, _content(path)) for name, path in found if language_of(name) in languages)
    return {name: texts[0] for name, content in pairs if (texts := _texts(content, content))}
