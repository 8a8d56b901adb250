"""The edits of a campaign's repositories with their shapes, read from the mirrors; known ones from the
record."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from softwright.campaigns.means import Means
from softwright.campaigns.state import RepoState
from softwright.campaigns.view import CampaignView, FileView, RepoView
from softwright.core import OutsideFault, Span, digest
from softwright.facts.processes import spread
from softwright.hosts import ObjectReader
from softwright.rewrite.shapes import METHOD, Form, Kind, ShapedEdit, shape_edits

_FEW = 40  # files that are compared sooner here than other processes are started
_PER_TASK = 16

SHOWN = frozenset(RepoState) - {RepoState.NO_SITES, RepoState.CLOSED, RepoState.FAILED}
"""States of repositories whose edits are looked at."""


@dataclass(frozen=True, slots=True)
class EditedFile:
    """One changed file and its edits."""

    file: FileView
    edits: tuple[ShapedEdit, ...]

    @property
    def path(self) -> str:
        """Its path."""
        return self.file.path


@dataclass(frozen=True, slots=True)
class EditedRepo:
    """One repository and its changed files."""

    repo: RepoView
    files: tuple[EditedFile, ...]


@dataclass(frozen=True, slots=True)
class _Task:
    """Files of one mirror: path, object before, object after."""

    git_dir: str
    files: tuple[tuple[str, str, str], ...]


def read_edits(means: Means, view: CampaignView, repos: Sequence[RepoView]) -> list[EditedRepo]:
    """The edits of these repositories. Raises OutsideFault when contents are in no mirror any more."""
    wanted = {_key(f): (r.name, f) for r in repos for f in r.files if f.old_blob != f.new_blob}
    known = means.ledger.file_shapes.get_many(wanted)
    missing = {key: place for key, place in wanted.items() if key not in known}
    if missing:
        fresh = _compared(means, missing)
        means.ledger.file_shapes.put_many(fresh)
        known.update(fresh)
    return [
        EditedRepo(repo, tuple(EditedFile(file, _edits(file, known)) for file in repo.files))
        for repo in repos
    ]


def shown_repos(view: CampaignView) -> list[RepoView]:
    """The repositories of a campaign whose edits are looked at."""
    return [repo for repo in view.repos if repo.state in SHOWN and repo.files]


def mode_edit(old_mode: str, new_mode: str) -> ShapedEdit:
    """The change of a file's right to be executed, as an edit."""
    form = Form(Kind.FILE, "", f"mode {old_mode}", f"mode {new_mode}")
    return ShapedEdit(form, Span(0, 0), Span(0, 0), old_mode, new_mode, 1)


def needed_shapes(details: Iterable[Mapping[str, Any]]) -> set[str]:
    """The names under which the edits of these repositories' files are kept in the record."""
    files = (file for detail in details for file in detail.get("files", ()))
    return {_named(file["path"], file["old_blob"], file["new_blob"]) for file in files}


def _key(file: FileView) -> str:
    return _named(file.path, file.old_blob, file.new_blob)


def _named(path: str, old_blob: str, new_blob: str) -> str:
    return digest([METHOD, path, old_blob, new_blob], length=64)


def _edits(file: FileView, known: dict[str, Any]) -> tuple[ShapedEdit, ...]:
    found = tuple(ShapedEdit.from_json(each) for each in known.get(_key(file), ()))
    if file.old_mode and file.mode_change:
        found += (mode_edit(file.old_mode, file.new_mode),)
    return found


def _compared(means: Means, missing: dict[str, tuple[str, FileView]]) -> dict[str, Any]:
    by_repo: dict[str, list[tuple[str, FileView]]] = {}
    for key, (repo, file) in missing.items():
        by_repo.setdefault(repo, []).append((key, file))
    keys: list[list[str]] = []
    tasks: list[_Task] = []
    for repo, files in by_repo.items():
        git_dir = str(means.mirrors.path(repo))
        for at in range(0, len(files), _PER_TASK):
            part = files[at : at + _PER_TASK]
            keys.append([key for key, _ in part])
            tasks.append(_Task(git_dir, tuple((f.path, f.old_blob, f.new_blob) for _, f in part)))
    alone = len(missing) < _FEW
    results = spread(_compare, tasks, workers=means.settings.workers, on_crash=_died, alone=alone)
    return {
        key: each
        for part, found in zip(keys, results, strict=True)
        for key, each in zip(part, found, strict=True)
    }


def _compare(task: _Task) -> list[list[dict[str, Any]]]:
    with ObjectReader(task.git_dir) as reader:
        return [
            [
                edit.to_json()
                for edit in shape_edits(path, *(reader.blob(b) if b else None for b in (old, new)))
            ]
            for path, old, new in task.files
        ]


def _died(task: _Task) -> list[list[dict[str, Any]]]:
    raise OutsideFault(
        "the process that compared files died", where=task.git_dir, hint="try again with fewer workers"
    )
