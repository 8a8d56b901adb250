"""Decisions of people. Each is bound to the digest of exactly the edits that were shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from softwright.campaigns.detail import Detail
from softwright.campaigns.open import require_open
from softwright.campaigns.state import RepoState, check_transition
from softwright.core import Event, InvalidInput, nearest
from softwright.ledger import Approval, Ledger, RepoRecord

_OPEN = (RepoState.PREPARED, RepoState.HELD, RepoState.APPROVED, RepoState.REJECTED)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decides: `reason` is asked for when rejecting, and when approving what a check held."""

    decision: RepoState
    who: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of a decision: the repositories it was recorded for, and those passed over, with why.

    `already` are those that it had been recorded for before.
    """

    repos: tuple[str, ...]
    passed_over: tuple[tuple[str, str], ...]
    already: tuple[str, ...] = ()


def decide(
    ledger: Ledger,
    campaign: str,
    globs: Sequence[str],
    decision: Decision,
    *,
    shown: Mapping[str, str] | None = None,
) -> Decided:
    """Record the decision for every repository whose name matches one of `globs`.

    With `shown` (repository -> digest of the edits that were looked at) one whose edits are others by now is
    passed over. A held repository is approved only when named exactly and with a reason. Raises InvalidInput
    when nothing matches, a reason is missing, or the campaign was closed.
    """
    require_open(ledger, campaign)
    if decision.decision is RepoState.REJECTED and not decision.reason.strip():
        raise InvalidInput("a rejection needs a reason", hint='add --reason "what is wrong"')
    with ledger.write():
        chosen = matching(ledger.states.all(campaign), campaign, globs)
        taken: list[RepoRecord] = []
        passed: list[tuple[str, str]] = []
        already: list[str] = []
        for record in chosen:
            why = _obstacle(record, globs, decision)
            if not why and shown is not None and shown.get(record.repo) != record.shown:
                why = "is another now than what was looked at"
            if why:
                passed.append((record.repo, why))
            elif record.state != decision.decision:
                taken.append(record)
            else:
                already.append(record.repo)
        _record(ledger, campaign, taken, decision)
    return Decided(tuple(record.repo for record in taken), tuple(passed), tuple(already))


def matching(records: Sequence[RepoRecord], campaign: str, globs: Sequence[str]) -> list[RepoRecord]:
    """Records whose repository matches a glob; no globs: all. Raises InvalidInput when none does."""
    for glob in globs:
        if not any(fnmatchcase(record.repo, glob) for record in records):
            raise InvalidInput(
                f"no repository of campaign `{campaign}` matches `{glob}`; "
                f"{nearest(glob, [record.repo for record in records][:50])}"
            )
    return [r for r in records if not globs or any(fnmatchcase(r.repo, glob) for glob in globs)]


def _obstacle(record: RepoRecord, globs: Sequence[str], decision: Decision) -> str:
    """Why the decision cannot be taken about this repository, "" when it can."""
    if record.state not in _OPEN:
        return f"is {record.state}" + (f": {record.reason}" if record.reason else "")
    held = any(verdict.blocks for verdict in Detail.from_json(record.detail).verdicts)
    if decision.decision is RepoState.APPROVED and held and record.state != RepoState.APPROVED:
        if record.repo not in globs:
            return f"is held ({record.reason}): name it with --repo to approve it all the same"
        if not decision.reason.strip():
            return f"is held ({record.reason}): approving it all the same needs --reason"
    return ""


def _record(ledger: Ledger, campaign: str, taken: Sequence[RepoRecord], decision: Decision) -> None:
    for record in taken:
        check_transition(record.repo, RepoState(record.state), decision.decision)
    said = decision.decision.value
    ledger.approvals.add(
        Approval(campaign, record.repo, record.shown, said, decision.reason, decision.who) for record in taken
    )
    ledger.states.put(
        replace(record, state=said, reason=decision.reason or record.reason) for record in taken
    )
    ledger.events.append(
        *(
            Event(
                f"repo.{said}",
                repo=record.repo,
                run=campaign,
                data={"shown": record.shown, "who": decision.who, "reason": decision.reason},
            )
            for record in taken
        )
    )
