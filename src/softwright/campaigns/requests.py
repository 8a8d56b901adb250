"""Change requests of a campaign and what is said at them, as effects: what is to be at the forge."""

from collections.abc import Iterable

from softwright.campaigns.detail import Detail
from softwright.campaigns.spec import CampaignSpec
from softwright.campaigns.state import RepoState
from softwright.core import digest
from softwright.hosts.effects import ChangeRequestEffect, CommentEffect
from softwright.hosts.forges import RequestState
from softwright.ledger import EffectRow, Ledger, RepoRecord
from softwright.ledger.effects import DONE

REQUEST = ChangeRequestEffect.kind
_SHORT = 12


def wanted_request(ledger: Ledger, spec: CampaignSpec, record: RepoRecord) -> ChangeRequestEffect | None:
    """The change request for the repository's commit, None when the campaign opens none."""
    wanted = spec.deliver.change_request
    if wanted is None:
        return None
    detail = Detail.from_json(record.detail)
    words = _words(spec, record, detail)
    return ChangeRequestEffect(
        key=request_key(ledger, record, detail),
        url=detail.url,
        head=detail.branch,
        base=record.base_branch,
        commit=record.commit_sha,
        title=" ".join(wanted.title.format(**words).split()),
        body=wanted.body.format(**words).strip(),
        draft=wanted.draft,
        labels=wanted.labels,
    )


def request_key(ledger: Ledger, record: RepoRecord, detail: Detail) -> str:
    """The key of the repository's change request: the same on any machine, and for every commit.

    A campaign that was closed and opened again asks for new ones.
    """
    opened = ledger.events.count("campaign.reopened", run=record.campaign)
    named = [record.campaign, record.repo, detail.url, detail.branch, opened]
    return f"{REQUEST}:{digest(named, length=24)}"


def pushed_comment(
    spec: CampaignSpec, record: RepoRecord, effect: ChangeRequestEffect, row: EffectRow
) -> CommentEffect | None:
    """What to say where the request was opened for another commit than its branch holds now."""
    number, opened = row.seen.get("number"), row.seen.get("opened")
    text = spec.deliver.comment.pushed
    if not text or not number or row.seen.get("state") != RequestState.OPEN or not opened:
        return None
    if opened == [number, effect.commit] or opened[0] != number:
        return None
    words = _words(spec, record, Detail.from_json(record.detail))
    return CommentEffect(
        _comment_key(row.key, "pushed", effect.commit), effect.url, number, text.format(**words)
    )


def closed_comments(
    ledger: Ledger, spec: CampaignSpec, records: Iterable[RepoRecord], reason: str
) -> list[CommentEffect]:
    """What to say at the requests that are not merged when the campaign is closed."""
    text = spec.deliver.comment.closed
    rows = {row.key: row for row in ledger.effects.of(spec.name, kind=REQUEST)}
    comments = []
    for record in records if text and rows else ():
        detail = Detail.from_json(record.detail)
        row = rows.get(request_key(ledger, record, detail))
        number = row.seen.get("number") if row else None
        if row is None or not number or RepoState.MERGED in (record.state, row.seen.get("state")):
            continue
        words = {**_words(spec, record, detail), "reason": reason}
        body = text.format(**words).strip()
        comments.append(CommentEffect(_comment_key(row.key, "closed"), detail.url, number, body))
    return comments


def lacking(ledger: Ledger, spec: CampaignSpec, records: Iterable[RepoRecord]) -> frozenset[str]:
    """Repositories whose branch was delivered and whose change request is not as wanted, or not known to be.

    So are those at whose change request something could not be said.
    """
    if spec.deliver.change_request is None:
        return frozenset()
    rows = {row.key: row for row in ledger.effects.of(spec.name)}
    unsaid = {row.repo for row in rows.values() if row.kind == CommentEffect.kind and row.state != DONE}
    found = set()
    for record in records:
        if record.state == RepoState.DELIVERED and record.repo in unsaid:
            found.add(record.repo)
        elif record.state == RepoState.DELIVERED:
            row = rows.get(request_key(ledger, record, Detail.from_json(record.detail)))
            if row is None or row.state != DONE or row.seen.get("commit") != record.commit_sha:
                found.add(record.repo)
    return frozenset(found)


def _comment_key(request: str, *about: str) -> str:
    return f"{CommentEffect.kind}:{digest([request, *about], length=24)}"


def _words(spec: CampaignSpec, record: RepoRecord, detail: Detail) -> dict[str, object]:
    return {
        "campaign": spec.name,
        "description": spec.description.strip(),
        "repo": record.repo,
        "sites": record.sites,
        "files": len(detail.files),
        "commit": record.commit_sha[:_SHORT],
        "branch": detail.branch,
        "base": record.base_branch,
    }
