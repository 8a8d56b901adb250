"""The stages of the work on one repository: propose, check, prepare.

Each takes plain values and gives plain values, and may run in a process of its own. What a stage needs
of the repository it reads at a bench; only `prepare_commit` writes, and writing again gives the same commit.
"""

import hashlib
from collections.abc import Iterator
from time import monotonic

from softwright.campaigns.bench import Bench
from softwright.campaigns.detail import Detail, FileRow
from softwright.campaigns.draft import Draft, count_lines, watched_blobs
from softwright.campaigns.message import commit_message
from softwright.campaigns.moved import still_holds
from softwright.campaigns.outcome import Proposed, RepoOutcome, RepoTask
from softwright.campaigns.propose import propose
from softwright.campaigns.shapes.protect import protect
from softwright.campaigns.shown import shown_digest
from softwright.campaigns.spec import person_parts
from softwright.campaigns.state import RepoState
from softwright.checks import Subject, VerdictCache, importers_of, run_ladder
from softwright.core import Delete, Patch, Verdict, Write, counted, language_of
from softwright.facts.structure.syntax import python_accepts, python_mark
from softwright.hosts import CommitSpec, Identity, write_commit


def propose_change(bench: Bench) -> Proposed:
    """What the campaign changes in the repository; nothing is written.

    Raises OutsideFault when a step of the change fails, LimitHit when one reaches a limit.
    """
    shop, task = bench.shop, bench.task
    name = task.repo.name
    if not task.snapshot.commit:
        return Proposed(name, reason="the repository is empty")
    if task.earlier is not None and still_holds(shop.change, task, bench.git_dir):
        return Proposed(name, kept=True)
    began = monotonic()
    draft = bench.new_draft()
    listed = monotonic()
    proposal = propose(shop.change, draft, picked=task.picked, run_command=bench.runner.run)
    left_out = protect(draft, name, task.decided) if task.decided else 0
    if left_out:
        proposal.sites = sum(draft.sites.values())
        proposal.notes.append(f"{counted(left_out, 'edit')} as people decided in review")
    patch = draft.patch()
    seconds = {"list": listed - began, "propose": monotonic() - listed}
    notes = (*proposal.notes, *draft.notes)
    if not patch:
        reason = "; ".join(proposal.passed_over.values())
        return Proposed(name, notes=notes, reason=reason, seconds=seconds, work=tuple(proposal.work))
    watched = watched_blobs(draft.listing, patch)
    shown = shown_digest(watched, patch, _commit_spec(bench, patch, proposal.sites))
    if task.earlier is not None and shown == task.earlier.shown:
        return Proposed(name, kept=True)
    return Proposed(
        repo=name,
        patch=patch,
        shown=shown,
        sites=proposal.sites,
        files=tuple(_file_row(draft, patch, path, watched[path]) for path in sorted(patch.files)),
        watched=watched,
        notes=notes,
        seconds=seconds,
        accepted=tuple(_accepted(patch)),
        work=tuple(proposal.work),
    )


def check_change(bench: Bench, proposed: Proposed, cache: VerdictCache) -> tuple[Verdict, ...]:
    """The verdicts on the patch, in the order of the ladder, ending with the first that blocks."""
    return run_ladder(bench.shop.checks, _subject(bench, proposed), cache=cache)


def prepare_commit(bench: Bench, proposed: Proposed) -> str:
    """The commit of the patch, written to the campaign's branch in the mirror; equal inputs, equal commit."""
    return write_commit(bench.git_dir, _commit_spec(bench, proposed.patch, proposed.sites))


def _commit_spec(bench: Bench, patch: Patch, sites: int) -> CommitSpec:
    spec = bench.shop.spec
    author = Identity(*person_parts(spec.deliver.author))
    return CommitSpec(
        parent=bench.task.snapshot,
        patch=patch,
        ref=f"refs/heads/{spec.branch}",
        message=commit_message(
            spec,
            bench.shop.change,
            repo=bench.task.repo.name,
            sites=sites,
            files=len(patch.files),
        ),
        author=author,
        committer=Identity(*person_parts(spec.deliver.committer)) if spec.deliver.committer else author,
        when=spec.deliver.date or bench.shop.when,
        trailers=tuple(spec.deliver.trailers.items()),
    )


def idle_outcome(task: RepoTask, proposed: Proposed) -> RepoOutcome | None:
    """The outcome where the proposal leaves nothing to check or prepare, None where there is a patch."""
    if proposed.kept and task.earlier is not None:
        return RepoOutcome(proposed.repo, task.earlier.state, kept=True)
    if proposed.patch:
        return None
    detail = Detail(url=task.repo.url, notes=proposed.notes, seconds=proposed.seconds)
    return RepoOutcome(proposed.repo, RepoState.NO_SITES, proposed.reason, detail=detail, work=proposed.work)


def outcome_of(
    task: RepoTask,
    proposed: Proposed,
    *,
    branch: str,
    verdicts: tuple[Verdict, ...],
    commit: str,
    seconds: dict[str, float],
) -> RepoOutcome:
    """What the stages together make of the repository: held by the verdict that blocks, else prepared."""
    blocking = next((v for v in verdicts if v.blocks), None)
    return RepoOutcome(
        repo=proposed.repo,
        state=RepoState.HELD if blocking else RepoState.PREPARED,
        reason=f"{blocking.check}: {blocking.summary}" if blocking else "",
        commit=commit,
        shown=proposed.shown,
        sites=proposed.sites,
        detail=Detail(
            files=proposed.files,
            edits=proposed.patch.edits,
            watched=proposed.watched,
            verdicts=verdicts,
            notes=proposed.notes,
            seconds={**proposed.seconds, **seconds},
            url=task.repo.url,
            branch=branch,
        ),
        work=proposed.work,
    )


def _accepted(patch: Patch) -> Iterator[str]:
    """Marks of the Python files that its parser took: mostly it has just been asked by the rewriter."""
    for path, op in patch.files.items():
        if isinstance(op, Write) and language_of(path) == "python" and python_accepts(op.content):
            yield python_mark(op.content)


def _subject(bench: Bench, proposed: Proposed) -> Subject:
    shop, files, patch = bench.shop, bench.files, proposed.patch
    importers: tuple[str, ...] = ()
    if shop.importers:
        python = [path for path in files.listing if path.endswith((".py", ".pyi"))]
        others = (path for path in python if path not in patch.files)
        importers = importers_of(patch, files.contents(others), base=files.base)
    return Subject(
        repo=bench.task.repo.name,
        base_tree=bench.task.snapshot.tree,
        patch=patch,
        read=files.base,
        base=bench.runner.base,
        importers=importers,
        isolation=shop.isolation() if shop.needs_files else None,
        accepted=frozenset(proposed.accepted),
    )


def _file_row(draft: Draft, patch: Patch, path: str, old_blob: str) -> FileRow:
    op = patch.files[path]
    lines = count_lines(draft.base(path), op, patch.edits.get(path, ()))
    status = "deleted" if isinstance(op, Delete) else "modified" if old_blob else "added"
    new_blob = _blob_name(op.content, like=_some_blob(draft)) if isinstance(op, Write) else ""
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


def _some_blob(draft: Draft) -> str:
    """Some blob name of the repository: its length tells which hash the repository uses."""
    return next((entry.blob for entry in draft.listing.values()), "")


def _blob_name(content: bytes, *, like: str) -> str:
    """The name git gives a blob, in the hash that the name `like` is of."""
    make = hashlib.sha256 if len(like) == 64 else hashlib.sha1
    return make(b"blob %d\0" % len(content) + content).hexdigest()
