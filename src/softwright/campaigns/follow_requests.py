"""What became of change requests at their forges: merged, closed, and what continuous integration says."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from softwright.campaigns.decide import matching
from softwright.campaigns.detail import Detail
from softwright.campaigns.follow import Followed
from softwright.campaigns.requests import REQUEST, request_key
from softwright.campaigns.spec import CampaignSpec
from softwright.campaigns.state import RepoState, check_transition
from softwright.core import Event, SoftwrightError
from softwright.hosts.far_side import TryLater
from softwright.hosts.forges import Forges, RequestState, address_parts
from softwright.ledger import Delivery, EffectRow, Ledger, RepoRecord
from softwright.ledger.deliveries import REFUSED

_ENDS = {RequestState.MERGED: RepoState.MERGED, RequestState.CLOSED: RepoState.CLOSED}


@dataclass(frozen=True, slots=True)
class _Look:
    record: RepoRecord
    row: EffectRow
    seen: dict[str, Any]
    fault: str = ""


def follow_requests(
    ledger: Ledger,
    spec: CampaignSpec,
    forges: Forges,
    *,
    globs: Sequence[str] = (),
    on_result: Callable[[Followed], None] = lambda result: None,
) -> list[Followed]:
    """Ask the forges about the change requests of delivered branches; record what was merged or closed.

    Gives the repositories whose state changed, whose continuous integration says something new, or that
    cannot be looked at. A host that asks to wait is asked no more this time.
    """
    rows = {row.key: row for row in ledger.effects.of(spec.name, kind=REQUEST)}
    todo = []
    for record in matching(ledger.states.all(spec.name), spec.name, globs) if rows else ():
        row = rows.get(request_key(ledger, record, Detail.from_json(record.detail)))
        if record.state == RepoState.DELIVERED and row is not None and row.seen.get("number"):
            todo.append((record, row))
    quiet: dict[str, str] = {}
    found = []
    with ThreadPoolExecutor(spec.deliver.throttle.per_host, thread_name_prefix="follow") as pool:
        for look in pool.map(lambda pair: _look(forges, pair[0], pair[1], quiet), todo):
            followed = _recorded(ledger, look)
            if followed is not None:
                found.append(followed)
                on_result(followed)
    return found


def _look(forges: Forges, record: RepoRecord, row: EffectRow, quiet: dict[str, str]) -> _Look:
    url = Detail.from_json(record.detail).url
    host = address_parts(url)[0]
    try:
        if host in quiet:
            return _Look(record, row, {}, quiet[host])
        forge = forges.of(url)
        request = forge.request(row.seen["number"])
        seen = {"state": request.state.value}
        if request.state is RequestState.OPEN:
            seen["ci"] = forge.ci(record.commit_sha, request.number).value
        return _Look(record, row, seen)
    except TryLater as later:
        quiet[host] = f"{host} asks to wait for {later.seconds:.0f} s"
        return _Look(record, row, {}, quiet[host])
    except SoftwrightError as error:
        return _Look(record, row, {}, error.message)


def _recorded(ledger: Ledger, look: _Look) -> Followed | None:
    record, row = look.record, look.row
    if look.fault:
        told = f"change request {row.receipt} cannot be looked at: {look.fault}"
        return Followed(record.repo, RepoState(record.state), told)
    ended = _ENDS.get(look.seen["state"])
    with ledger.write():
        ledger.effects.note(row.key, look.seen)
        if ended is not None:
            return _ended(ledger, record, row, ended)
    ci = look.seen.get("ci")
    if ci in (None, row.seen.get("ci"), "none"):
        return None
    return Followed(record.repo, RepoState(record.state), f"continuous integration: {ci}, at {row.receipt}")


def _ended(ledger: Ledger, record: RepoRecord, row: EffectRow, ended: RepoState) -> Followed:
    how = "was merged" if ended is RepoState.MERGED else "was closed without being merged"
    reason = f"change request {row.receipt} {how}"
    check_transition(record.repo, RepoState(record.state), ended)
    ledger.states.put([replace(record, state=ended.value, reason=reason)])
    ledger.events.append(
        Event(f"repo.{ended.value}", repo=record.repo, run=record.campaign, data={"reason": reason})
    )
    if ended is RepoState.CLOSED:  # the branch may still be there; its commit is not to be delivered again
        detail = Detail.from_json(record.detail)
        ledger.deliveries.add(
            Delivery(record.campaign, record.repo, detail.url, detail.branch, record.commit_sha, REFUSED)
        )
    return Followed(record.repo, ended, reason)
