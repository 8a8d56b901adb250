"""One repository from snapshot to checked commit: what a worker process does."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from time import monotonic

from softwright.campaigns.change import Change
from softwright.campaigns.commands import CommandRunner
from softwright.campaigns.detail import Detail, FileRow
from softwright.campaigns.draft import Draft, count_lines, watched_blobs
from softwright.campaigns.message import commit_message
from softwright.campaigns.moved import still_holds
from softwright.campaigns.outcome import RepoOutcome, RepoTask
from softwright.campaigns.propose import Proposal, propose
from softwright.campaigns.spec import CampaignSpec, person_parts
from softwright.campaigns.state import RepoState
from softwright.campaigns.view import MirrorPaths
from softwright.checks import Check, Subject, VerdictCache, importers_of, run_ladder
from softwright.core import Delete, Patch, SoftwrightError, Write, digest
from softwright.hosts import CommitSpec, Identity, ObjectReader, write_commit
from softwright.workspaces import Bases, Isolation


@dataclass(frozen=True)
class Workshop:
    """What working on any repository of one campaign needs.

    `when` dates every commit; `isolation` is asked for only when something must run; `importers` says
    whether a check wants to know who imports the edited files.
    """

    spec: CampaignSpec
    change: Change
    checks: tuple[Check, ...]
    mirrors: MirrorPaths
    bases: Callable[[], Bases]
    isolation: Callable[[], Isolation]
    when: datetime
    importers: bool = False
    needs_files: bool = False


@dataclass
class _Stopwatch:
    seconds: dict[str, float] = field(default_factory=dict)
    _last: float = field(default_factory=monotonic)

    def lap(self, name: str) -> None:
        """Note the seconds since the last lap under `name`."""
        now = monotonic()
        self.seconds[name] = self.seconds.get(name, 0.0) + now - self._last
        self._last = now


def work_on(shop: Workshop, task: RepoTask, cache: VerdictCache) -> RepoOutcome:
    """The outcome for one repository. Its own faults become the state `failed`, never an exception."""
    try:
        return _work_on(shop, task, cache)
    except SoftwrightError as error:
        reason = error.message if error.where in ("", task.repo.name) else f"{error.message} ({error.where})"
        return RepoOutcome(task.repo.name, RepoState.FAILED, reason, detail=Detail(url=task.repo.url))


def _work_on(shop: Workshop, task: RepoTask, cache: VerdictCache) -> RepoOutcome:
    git_dir = shop.mirrors.path(task.repo.name)
    if not task.snapshot.commit:
        return RepoOutcome(
            task.repo.name, RepoState.NO_SITES, "the repository is empty", detail=Detail(url=task.repo.url)
        )
    if task.earlier is not None and still_holds(shop.change, task, git_dir):
        return RepoOutcome(task.repo.name, task.earlier.state, kept=True)
    watch = _Stopwatch()
    with ObjectReader(git_dir) as reader, CommandRunner(shop.bases, shop.isolation, task, git_dir) as runner:
        draft = Draft(reader.entries(task.snapshot.tree), reader.read)
        watch.lap("list")
        proposal = propose(
            shop.change,
            draft,
            picked=task.picked,
            run_command=runner.run,
        )
        patch = draft.patch()
        watch.lap("propose")
        if not patch:
            notes = (*proposal.notes, *draft.notes)
            detail = Detail(url=task.repo.url, notes=notes, seconds=watch.seconds)
            reason = "; ".join(proposal.passed_over.values())
            return RepoOutcome(task.repo.name, RepoState.NO_SITES, reason, detail=detail)
        shown = digest([patch.digest, sorted(watched_blobs(draft.listing, patch).items())])
        if task.earlier is not None and shown == task.earlier.shown:
            return RepoOutcome(task.repo.name, task.earlier.state, kept=True)
        commit = write_commit(git_dir, _commit_spec(shop, task, proposal, patch))
        watch.lap("commit")
        verdicts = run_ladder(shop.checks, _subject(shop, task, draft, patch, runner), cache=cache)
        watch.lap("check")
    detail = _detail(shop, task, proposal, patch)
    blocking = next((v for v in verdicts if v.blocks), None)
    return RepoOutcome(
        repo=task.repo.name,
        state=RepoState.HELD if blocking else RepoState.PREPARED,
        reason=f"{blocking.check}: {blocking.summary}" if blocking else "",
        commit=commit,
        shown=shown,
        sites=proposal.sites,
        detail=replace(detail, verdicts=verdicts, seconds=watch.seconds),
    )


def _commit_spec(shop: Workshop, task: RepoTask, proposal: Proposal, patch: Patch) -> CommitSpec:
    deliver = shop.spec.deliver
    author = Identity(*person_parts(deliver.author))
    return CommitSpec(
        parent=task.snapshot,
        patch=patch,
        ref=f"refs/heads/{shop.spec.branch}",
        message=commit_message(
            shop.spec, shop.change, repo=task.repo.name, sites=proposal.sites, files=len(patch.files)
        ),
        author=author,
        committer=Identity(*person_parts(deliver.committer)) if deliver.committer else author,
        when=deliver.date or shop.when,
        trailers=tuple(deliver.trailers.items()),
    )


def _subject(shop: Workshop, task: RepoTask, draft: Draft, patch: Patch, runner: CommandRunner) -> Subject:
    importers: tuple[str, ...] = ()
    if shop.importers:
        python = [path for path in draft.listing if path.endswith((".py", ".pyi"))]
        others = (path for path in python if path not in patch.files)
        importers = importers_of(patch, draft.contents(others), base=draft.base)
    return Subject(
        repo=task.repo.name,
        base_tree=task.snapshot.tree,
        patch=patch,
        read=draft.base,
        base=runner.base,
        importers=importers,
        isolation=shop.isolation() if shop.needs_files else None,
    )


def _detail(shop: Workshop, task: RepoTask, proposal: Proposal, patch: Patch) -> Detail:
    draft = proposal.draft
    watched = watched_blobs(draft.listing, patch)
    return Detail(
        files=tuple(_file_row(draft, patch, path, watched[path]) for path in sorted(patch.files)),
        edits=patch.edits,
        watched=watched,
        notes=(*proposal.notes, *draft.notes),
        url=task.repo.url,
        branch=shop.spec.branch,
    )


def _file_row(draft: Draft, patch: Patch, path: str, old_blob: str) -> FileRow:
    op = patch.files[path]
    lines = count_lines(draft.base(path), op, patch.edits.get(path, ()))
    status = "deleted" if isinstance(op, Delete) else "modified" if old_blob else "added"
    new_blob = blob_name(op.content, like=draft_hash(draft)) if isinstance(op, Write) else ""
    return FileRow(
        path,
        status,
        old_blob,
        new_blob,
        lines.added,
        lines.removed,
        draft.sites.get(path, 0),
        tuple(draft.origins.get(path, ())),
        draft.listing[path].mode if old_blob else "",
        op.mode if isinstance(op, Write) else "",
    )


def draft_hash(draft: Draft) -> str:
    """Some blob name of the repository: its length tells which hash the repository uses."""
    return next((entry.blob for entry in draft.listing.values()), "")


def blob_name(content: bytes, *, like: str) -> str:
    """The name git gives a blob, in the hash that the name `like` is of."""
    make = hashlib.sha256 if len(like) == 64 else hashlib.sha1
    return make(b"blob %d\0" % len(content) + content).hexdigest()
