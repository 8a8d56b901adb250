"""Working again on repositories of which edits were rejected or corrected, and approving what needs no
more."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from glob import escape
from pathlib import Path

from softwright.campaigns.known import known_campaign
from softwright.campaigns.means import AskRows, Means
from softwright.campaigns.run import Watch
from softwright.campaigns.shapes.decide import BY_SHAPE, approve_accepted
from softwright.campaigns.shapes.reading import read_edits
from softwright.campaigns.shapes.review import Review, ReviewedEdit, reviewed
from softwright.campaigns.state import RepoState
from softwright.campaigns.tally import Progress, RunReport
from softwright.campaigns.view import campaign_view
from softwright.core import InvalidInput
from softwright.ledger.shapes import ACCEPTED, CORRECTED, EditDecision


@dataclass(frozen=True, slots=True)
class ProposedAgain:
    """The run over repositories proposed again, and those of them that are approved now."""

    run: RunReport
    approved: tuple[str, ...]


def propose_again(
    means: Means,
    review: Review,
    repos: Sequence[str],
    ask: AskRows,
    *,
    jobs: int | None = None,
    allow_unsandboxed: bool = False,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> ProposedAgain:
    """Propose the changes of these repositories anew, as people decided in review; checks run again.

    What a correction put there is accepted, as a person wrote it. Raises InvalidInput when the campaign's
    file is no longer there, else as `conduct.run`.
    """
    from softwright.campaigns.conduct import run  # it knows this module

    record, _ = known_campaign(means.ledger, review.view.name)
    path = Path(record.spec_path)
    if not path.is_file():
        raise InvalidInput(
            "the campaign's file is not there, so nothing can be proposed again", where=str(path),
            hint="the decisions are kept: run the campaign from where its file is now",
        )  # fmt: skip
    report = run(
        means,
        path,
        ask,
        globs=[escape(name) for name in repos],
        jobs=jobs,
        allow_unsandboxed=allow_unsandboxed,
        watch=Watch(on_progress=on_progress),
    )
    _accept_corrected(means, review, set(repos))
    settle_edits(means, review.view.name)
    states = means.ledger.states.some(review.view.name, repos)
    return ProposedAgain(report, tuple(r.repo for r in states if r.state == RepoState.APPROVED))


def _accept_corrected(means: Means, review: Review, repos: set[str]) -> None:
    """Accept what is new in the files that a person corrected, where nothing else has changed meanwhile."""
    name = review.view.name
    decisions = means.ledger.edits.latest(name)
    corrected = {(d.repo, d.path) for d in decisions.values() if d.decision == CORRECTED and d.repo in repos}
    known = {edit.id for edit in review.edits}
    bases = {one.repo.name: one.repo.base_commit for one in review.repos}
    view = campaign_view(means.ledger, means.mirrors, name)
    fresh = [r for r in view.repos if r.name in repos and r.files and r.base_commit == bases.get(r.name)]
    means.ledger.edits.add(
        EditDecision(
            name, e.placed.repo, e.placed.path, e.id, e.placed.edit.shape, ACCEPTED, reason="as corrected",
            who=_corrector(decisions.values(), e),
        )
        for e in reviewed(read_edits(means, view, fresh), decisions)
        if (e.placed.repo, e.placed.path) in corrected and e.id not in known and e.id not in decisions
    )  # fmt: skip


def _corrector(decisions: Iterable[EditDecision], edit: ReviewedEdit) -> str:
    place = (edit.placed.repo, edit.placed.path)
    return next(d.who for d in decisions if d.decision == CORRECTED and (d.repo, d.path) == place)


def settle_edits(means: Means, campaign: str) -> tuple[str, ...]:
    """Approve the prepared repositories of which every edit was accepted before; gives them.

    Whoever accepted edits is not asked again when a new run makes the same of them on another base.
    """
    decisions = means.ledger.edits.latest(campaign)
    accepted = {each.repo: each.who for each in decisions.values() if each.decision == ACCEPTED}
    if not accepted:
        return ()
    view = campaign_view(means.ledger, means.mirrors, campaign)
    waiting = [r for r in view.repos if r.state is RepoState.PREPARED and r.name in accepted]
    edits = reviewed(read_edits(means, view, waiting), decisions)
    by_person: dict[str, list[ReviewedEdit]] = {}
    for edit in edits:
        by_person.setdefault(accepted[edit.placed.repo], []).append(edit)
    approved: list[str] = []
    for who, found in by_person.items():
        approved += approve_accepted(means, campaign, found, who=who, reason=f"{BY_SHAPE} before")[0]
    return tuple(sorted(approved))
