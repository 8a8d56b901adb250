"""What people are told by mail: that a campaign waits for them, and that it has ended."""

from collections.abc import Sequence

from softwright.campaigns.spec import CampaignSpec
from softwright.campaigns.state import RepoState
from softwright.core import counted, digest
from softwright.hosts.effects import MailEffect
from softwright.ledger import Ledger, RepoRecord

_LISTED = 50


def waiting_mail(ledger: Ledger, spec: CampaignSpec) -> MailEffect | None:
    """That changes wait for approval, of the same ones once. None when there is nobody to tell."""
    if not spec.notify.mail or spec.deliver.approval == "none":
        return None
    waiting = [r for r in ledger.states.brief(spec.name) if r.state == RepoState.PREPARED]
    if not waiting:
        return None
    changes = counted(len(waiting), "change")
    lines = [
        f"Campaign {spec.name} ({spec.description.strip()}) has {changes} that nobody has decided about:",
        "",
        *_listed(waiting),
        "",
        f"Look:     softwright campaign diff {spec.name}",
        f"Decide:   softwright campaign approve {spec.name} --all",
    ]
    about = sorted([r.repo, r.shown] for r in waiting)
    return _mail(spec, ["waits", about], f"{spec.name}: {changes} to decide about", lines)


def ended_mail(ledger: Ledger, spec: CampaignSpec, reason: str) -> MailEffect | None:
    """That the campaign was closed, and how it stood then. None when there is nobody to tell."""
    if not spec.notify.mail:
        return None
    counts = ledger.states.counts(spec.name)
    lines = [
        f"Campaign {spec.name} ({spec.description.strip()}) has ended." + (f" {reason}" if reason else ""),
        "",
        *(f"  {counts[state]:>6} {state}" for state in RepoState if counts.get(state)),
        "",
        f"Report:   softwright campaign report {spec.name}",
    ]
    about = ["ended", ledger.events.count("campaign.reopened", run=spec.name)]
    return _mail(spec, about, f"{spec.name} has ended", lines)


def _listed(records: Sequence[RepoRecord]) -> list[str]:
    lines = [f"  {r.repo}: {counted(r.sites, 'site')}" for r in records[:_LISTED]]
    more = len(records) - _LISTED
    return [*lines, f"  and {counted(more, 'more repository')}"] if more > 0 else lines


def _mail(spec: CampaignSpec, about: list[object], subject: str, lines: Sequence[str]) -> MailEffect:
    key = f"{MailEffect.kind}:{digest([spec.name, *about], length=24)}"
    return MailEffect(key, spec.notify.mail, subject, "\n".join(lines) + "\n")
