"""Decisions about shapes and single edits, and what they make of whole repositories."""

import textwrap
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from glob import escape

from softwright.campaigns import review as by_repository
from softwright.campaigns.means import Means
from softwright.campaigns.open import require_open
from softwright.campaigns.shapes.protect import decided_content
from softwright.campaigns.shapes.review import (
    BY_EDITS,
    Review,
    ReviewedEdit,
    ReviewedShape,
    Standing,
    is_named,
)
from softwright.campaigns.state import RepoState
from softwright.campaigns.unified import FileContent
from softwright.core import LANGUAGES, Event, InvalidInput, language_of
from softwright.ledger.shapes import (
    ACCEPTED,
    CORRECTED,
    NEGATIVE,
    POSITIVE,
    REJECTED,
    UNDECIDED,
    EditDecision,
    ShapeExample,
)
from softwright.rewrite.syntax import count_errors, parse

BY_SHAPE = "every edit was accepted"
"""The reason of an approval that follows from decisions about edits."""

_TAKEN_BACK = "edits of it were decided about anew"

_DECIDABLE = (RepoState.PREPARED, RepoState.HELD, RepoState.APPROVED, RepoState.REJECTED, RepoState.DELIVERED)


@dataclass(frozen=True, slots=True)
class Order:
    """What a person decides: keys of shapes or digests of edits; `but` are edits that are passed over.

    `corrections` are pairs of an edit and what is to stand in the place of its lines. `reason` is asked for
    when rejecting.
    """

    accept: Sequence[str] = ()
    reject: Sequence[str] = ()
    undo: Sequence[str] = ()
    but: Sequence[str] = ()
    corrections: Sequence[tuple[str, str]] = ()
    reason: str = ""
    who: str = ""


@dataclass(frozen=True, slots=True)
class EditsDecided:
    """What became of an order: how many edits, and which repositories.

    `approved` have no edit left that is not accepted; `held` would be, but a check holds them back; `anew`
    have edits that were rejected or corrected, and are to be proposed again; `passed_over` are edits nothing
    could be decided about, with why.
    """

    accepted: int = 0
    rejected: int = 0
    corrected: int = 0
    undone: int = 0
    approved: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    anew: tuple[str, ...] = ()
    passed_over: tuple[tuple[str, str], ...] = ()


@dataclass
class _Choice:
    """The edits that an order is about, by what is decided."""

    edits: dict[str, tuple[ReviewedEdit, str]] = field(default_factory=dict)
    corrections: dict[str, str] = field(default_factory=dict)
    passed_over: list[tuple[str, str]] = field(default_factory=list)
    brought_back: list[EditDecision] = field(default_factory=list)

    def add(self, edits: Iterable[ReviewedEdit], decision: str, but: Collection[str]) -> None:
        for edit in edits:
            if edit.id in but:
                continue
            if edit.repo.state not in _DECIDABLE:
                self.passed_over.append((edit.id, f"its repository is {edit.repo.state}"))
            elif edit.id in self.edits and self.edits[edit.id][1] != decision:
                raise InvalidInput(f"the edit `{edit.id}` is both {self.edits[edit.id][1]} and {decision}")
            else:
                self.edits[edit.id] = edit, decision

    def of(self, *decisions: str) -> list[ReviewedEdit]:
        return [edit for edit, decision in self.edits.values() if decision in decisions]


def decide_edits(means: Means, review: Review, order: Order) -> EditsDecided:
    """Record the decisions, each bound to exactly the edit that the review showed.

    Raises InvalidInput when something is not found, a rejection has no reason, or the campaign was closed.
    """
    ledger, name = means.ledger, review.view.name
    require_open(ledger, name)
    if order.reject and not order.reason.strip():
        raise InvalidInput("a rejection needs a reason", hint='add --reason "what is wrong"')
    choice = _chosen(review, order)
    who = order.who or by_repository.me()
    changed = [*choice.of(REJECTED, CORRECTED), *(e for e in choice.of(UNDECIDED) if _is_left_out(review, e))]
    with ledger.write():
        ledger.edits.add(_decisions(review, choice, replace(order, who=who)))
        ledger.examples.add(_examples(review, choice))
        ledger.events.append(_event(name, choice, who, order.reason))
    _take_back(means, review, choice, who)
    approved, held = approve_accepted(means, name, _after(review, choice), who=who)
    return EditsDecided(
        accepted=len(choice.of(ACCEPTED)),
        rejected=len(choice.of(REJECTED)),
        corrected=len(choice.of(CORRECTED)),
        undone=len(choice.of(UNDECIDED)) + len(choice.brought_back),
        approved=approved,
        held=held,
        anew=tuple(sorted({e.placed.repo for e in changed} | {d.repo for d in choice.brought_back})),
        passed_over=tuple(choice.passed_over),
    )


def _chosen(review: Review, order: Order) -> _Choice:
    choice = _Choice()
    but = {edit.id for key in order.but for edit in _edits(review.named(key))}
    for key, text in order.corrections:
        found = review.named(key)
        if isinstance(found, ReviewedShape):
            raise InvalidInput(
                f"`{key}` is a shape; one edit is corrected at a time", hint="give the digest of a site"
            )
        choice.add([found], CORRECTED, ())
        choice.corrections[found.id] = _fitted(text, found)
    for keys, decision in ((order.reject, REJECTED), (order.accept, ACCEPTED), (order.undo, UNDECIDED)):
        for key in keys:
            gone = _left_out(review, key) if decision == UNDECIDED else None
            if gone is not None:
                choice.brought_back.append(replace(gone, decision=UNDECIDED, correction=""))
                continue
            choice.add(_meant(review.named(key), decision, choice), decision, but)
    return choice


def _left_out(review: Review, key: str) -> EditDecision | None:
    """The decision about an edit that is not in the change any more, by its digest or the beginning of it."""
    found = [each for each in review.left_out if is_named(key, each.edit)]
    return found[0] if len(found) == 1 else None


def _meant(named: ReviewedShape | ReviewedEdit, decision: str, choice: _Choice) -> Sequence[ReviewedEdit]:
    """The edits that a decision is about: of a shape those that are open, or, to undo, those that are not."""
    if isinstance(named, ReviewedEdit):
        return [named]
    undoing = decision == UNDECIDED
    edits = [
        e for e in named.edits if (e.standing is not Standing.OPEN) is undoing and e.id not in choice.edits
    ]
    if not edits and not choice.edits:
        told = ", ".join(f"{count} {name}" for name, count in named.standings.items() if count)
        raise InvalidInput(
            f"no edit of shape `{named.key}` is {'decided about' if undoing else 'open'}: {told}",
            hint="name single sites, or take decisions back with --undo",
        )
    return edits


def _edits(named: ReviewedShape | ReviewedEdit) -> Sequence[ReviewedEdit]:
    return named.edits if isinstance(named, ReviewedShape) else [named]


def _demand_syntax(edits: Sequence[ReviewedEdit], sides: FileContent, wanted: bytes | None) -> None:
    """Raises InvalidInput when corrections leave a file that does not parse, and that did before."""
    placed = edits[0].placed
    language = language_of(placed.path)
    if language not in LANGUAGES or wanted is None:
        return
    errors = min((_errors(side, language) for side in (sides.old, sides.new) if side is not None), default=0)
    if _errors(wanted, language) > errors:
        raise InvalidInput(
            f"with the correction {placed.path} of {placed.repo} would not parse",
            hint=f"give all that is to stand in the place of `{edits[0].lines[1].strip()}`",
        )


def _errors(content: bytes, language: str) -> int:
    return count_errors(parse(content.decode("utf-8", "replace"), language)[0])


def _fitted(text: str, edit: ReviewedEdit) -> str:
    """A correction as it is put in: with the indentation of the line that was there, where it has none.

    The last newline, which a file has and the edit has not, goes.
    """
    line = next(filter(None, reversed(edit.placed.edit.lines)), "")
    if not line:
        return text if edit.placed.edit.now.endswith("\n") else text.removesuffix("\n").removesuffix("\r")
    given = text.rstrip("\r\n")
    indent = line[: len(line) - len(line.lstrip())]
    return given if given[:1].isspace() else textwrap.indent(given, indent)


def _decisions(review: Review, choice: _Choice, order: Order) -> list[EditDecision]:
    name = review.view.name
    made = [
        EditDecision(
            name,
            edit.placed.repo,
            edit.placed.path,
            edit.id,
            edit.placed.edit.shape,
            decision,
            correction=choice.corrections.get(edit.id, ""),
            reason=order.reason,
            who=order.who,
        )
        for edit, decision in choice.edits.values()
    ]
    # Where a whole repository was approved, what is not decided about now stays accepted.
    anew = {edit.placed.repo for edit in choice.of(REJECTED, CORRECTED, UNDECIDED)}
    made += [replace(each, reason=order.reason, who=order.who) for each in choice.brought_back]
    return made + [
        EditDecision(name, e.placed.repo, e.placed.path, e.id, e.placed.edit.shape, ACCEPTED, who=order.who)
        for e in review.edits
        if e.placed.repo in anew
        and e.id not in choice.edits
        and e.standing is Standing.ACCEPTED
        and e.id not in review.decisions
    ]


def _examples(review: Review, choice: _Choice) -> list[ShapeExample]:
    """The files of rejected and corrected edits as they are wanted."""
    made = []
    by_file: dict[tuple[str, str], list[ReviewedEdit]] = {}
    for edit in choice.of(REJECTED, CORRECTED):
        by_file.setdefault((edit.placed.repo, edit.placed.path), []).append(edit)
    decided = {each.id: choice.corrections.get(each.id) for each in choice.of(REJECTED, CORRECTED)}
    for one in review.repos:
        for file in one.files:
            edits = by_file.get((one.repo.name, file.path))
            if not edits:
                continue
            sides = review.view.content(one.repo.name, file.file)
            wanted, _ = decided_content(one.repo.name, file.path, sides.old, sides.new, decided)
            kind = POSITIVE if any(edit.id in choice.corrections for edit in edits) else NEGATIVE
            if kind is POSITIVE:
                _demand_syntax(edits, sides, wanted)
            before, after = ((side or b"").decode("utf-8", "replace") for side in (sides.old, wanted))
            first = edits[0].placed
            made.append(
                ShapeExample(
                    campaign=review.view.name,
                    repo=one.repo.name,
                    path=file.path,
                    kind=kind,
                    shape=first.edit.shape,
                    edit=edits[0].id,
                    before=before,
                    after=after,
                )
            )
    return made


def _is_left_out(review: Review, edit: ReviewedEdit) -> bool:
    """True when the next run would leave the edit out or replace it, so that it takes another run to bring
    it back."""
    decision = review.decisions.get(edit.id)
    return decision is not None and decision.decision != ACCEPTED


def _take_back(means: Means, review: Review, choice: _Choice, who: str) -> None:
    """See to it that nothing is delivered with an edit that is not wanted, until it is proposed again."""
    edits = choice.of(REJECTED, CORRECTED, UNDECIDED)
    approved = {e.placed.repo for e in edits if e.repo.state is RepoState.APPROVED}
    name = review.view.name
    if approved:
        globs = [escape(repo) for repo in sorted(approved)]
        by_repository.withdraw(means, name, globs=globs, reason=_TAKEN_BACK, who=who)
    if review.view.spec["deliver"].get("approval") == "none":
        unwanted = {
            e.placed.repo for e in choice.of(REJECTED, CORRECTED) if e.repo.state is not RepoState.DELIVERED
        }
        if unwanted:
            globs = [escape(repo) for repo in sorted(unwanted)]
            by_repository.reject(means, name, globs=globs, reason=BY_EDITS, who=who)


def _event(name: str, choice: _Choice, who: str, reason: str) -> Event:
    counts = {decision: len(choice.of(decision)) for decision in (ACCEPTED, REJECTED, CORRECTED, UNDECIDED)}
    shapes = sorted({edit.placed.edit.shape for edit, _ in choice.edits.values()})
    return Event("edits.decided", run=name, data={**counts, "shapes": shapes, "who": who, "reason": reason})


def _after(review: Review, choice: _Choice) -> list[ReviewedEdit]:
    """The edits of the repositories that were decided about, with where they stand now."""
    now = {ACCEPTED: Standing.ACCEPTED, REJECTED: Standing.REJECTED, CORRECTED: Standing.REJECTED}
    about = {edit.placed.repo for edit, _ in choice.edits.values()}
    return [
        replace(edit, standing=now.get(choice.edits[edit.id][1], Standing.OPEN))
        if edit.id in choice.edits
        else edit
        for edit in review.edits
        if edit.placed.repo in about
    ]


def approve_accepted(
    means: Means, campaign: str, edits: Iterable[ReviewedEdit], *, who: str, reason: str = BY_SHAPE
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Approve the repositories of which every edit is accepted; gives these, and those that a check holds
    back."""
    by_repo: dict[str, list[ReviewedEdit]] = {}
    for edit in edits:
        by_repo.setdefault(edit.placed.repo, []).append(edit)
    whole = {
        name: found[0].repo
        for name, found in by_repo.items()
        if all(each.standing is Standing.ACCEPTED for each in found)
    }
    ready = [n for n, repo in whole.items() if repo.state in (RepoState.PREPARED, RepoState.REJECTED)]
    held = tuple(sorted(name for name, repo in whole.items() if repo.state is RepoState.HELD))
    if not ready:
        return (), held
    shown = {name: whole[name].shown for name in ready}
    decided = by_repository.approve(
        means, campaign, globs=[escape(name) for name in ready], who=who, reason=reason, shown=shown
    )
    return tuple(sorted(decided.repos)), held
