"""What people do with a campaign between its runs: look at it, decide. Both take little but the record."""

import getpass
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from softwright.campaigns.decide import Decided, Decision, decide
from softwright.campaigns.detail import Detail
from softwright.campaigns.known import campaign_name, known_campaign
from softwright.campaigns.means import Means
from softwright.campaigns.narrow import remarks_on
from softwright.campaigns.spec import CampaignSpec
from softwright.campaigns.state import RepoState
from softwright.campaigns.taking_part import taking_part
from softwright.campaigns.view import CampaignView, campaign_view
from softwright.campaigns.waiting import apart
from softwright.core import SoftwrightError


def view(means: Means, name_or_path: str) -> CampaignView:
    """The campaign as it stands, by its name or its file. Raises InvalidInput."""
    return campaign_view(means.ledger, means.mirrors, campaign_name(means.ledger, name_or_path))


def remarks(means: Means, seen: CampaignView) -> dict[str, str]:
    """What to know of repositories beyond their state, by name: apart from the fleet, branches left behind.

    Of a fleet that cannot be read nothing is said here: whatever works on the campaign will say it.
    """
    record, spec = known_campaign(means.ledger, seen.name)
    fleet: Mapping[str, str] | None
    try:
        fleet = taking_part(record, spec, means.settings.fleet)
    except SoftwrightError:
        fleet = None
    return remarks_on(seen, fleet)


def approve(
    means: Means,
    name_or_path: str,
    *,
    globs: Sequence[str],
    who: str = "",
    reason: str = "",
    shown: Mapping[str, str] | None = None,
) -> Decided:
    """Approve exactly the edits that are prepared now, in the repositories that match.

    With `shown` (repository -> digest of the edits that were looked at) only where they are still these.
    """
    record, spec = known_campaign(means.ledger, name_or_path)
    fleet = taking_part(record, spec, means.settings.fleet) if spec.deliver.automatic else None
    decision = Decision(RepoState.APPROVED, who or me(), reason)
    decided = decide(means.ledger, record.name, globs, decision, shown=shown)
    kept = _apart(means, record.name, decided, fleet)
    _open_gates(means, spec, decided, but=kept)
    untold = tuple((repo, f"is approved, but not pushed: {why}") for repo, why in kept.items())
    return replace(decided, passed_over=(*decided.passed_over, *untold))


def reject(means: Means, name_or_path: str, *, globs: Sequence[str], reason: str, who: str = "") -> Decided:
    """Reject exactly the edits that are prepared now, in the repositories that match."""
    return _stopped(means, name_or_path, globs, Decision(RepoState.REJECTED, who or me(), reason))


def withdraw(means: Means, name_or_path: str, *, globs: Sequence[str], reason: str, who: str = "") -> Decided:
    """Take approvals back: what is not delivered yet waits for a decision again."""
    return _stopped(means, name_or_path, globs, Decision(RepoState.PREPARED, who or me(), reason))


def _stopped(means: Means, name_or_path: str, globs: Sequence[str], decision: Decision) -> Decided:
    """Record a decision after which nothing is pushed, and stop what is being pushed."""
    record, spec = known_campaign(means.ledger, name_or_path)
    decided = decide(means.ledger, record.name, globs, decision)
    # Here, because what carries runs is slow to import, and looking at a campaign needs none of it.
    from softwright.campaigns.runs.outside import engine_of
    from softwright.campaigns.runs.stopping import stop_pushes

    with engine_of(means) as engine:
        stop_pushes(engine, record.name, (*decided.repos, *decided.already))
    _open_gates(means, spec, decided)
    return decided


def _apart(means: Means, campaign: str, decided: Decided, fleet: Mapping[str, str] | None) -> dict[str, str]:
    """Repositories among those decided about that are no longer what the fleet says, with why."""
    records = means.ledger.states.all(campaign) if fleet is not None else ()
    about = {*decided.repos, *decided.already}
    whys = {r.repo: apart(r.repo, Detail.from_json(r.detail).url, fleet) for r in records if r.repo in about}
    return {repo: why for repo, why in whys.items() if why}


def _open_gates(means: Means, spec: CampaignSpec, decided: Decided, *, but: Collection[str] = ()) -> None:
    """Wake the runs that wait for these decisions; what they see then is the record."""
    if not spec.deliver.automatic or not (decided.repos or decided.already):
        return
    from softwright.campaigns.runs.gates import DECISION, open_gates
    from softwright.campaigns.runs.outside import engine_of

    with engine_of(means) as engine:
        gates = open_gates(engine, spec.name)
        for repo in (*decided.repos, *decided.already):
            if repo in gates and repo not in but:
                engine.signal(gates[repo], DECISION, True)


def me() -> str:
    """Who decides where nobody else is named."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
