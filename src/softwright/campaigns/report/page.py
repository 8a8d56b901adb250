"""The report of a campaign: one HTML file that needs nothing else, and the same as JSON."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from importlib import resources
from typing import Any

import jinja2

import softwright
from softwright.campaigns.report.diff import FileDiff, file_diff
from softwright.campaigns.report.marks import MARKS
from softwright.campaigns.report.pictures import cost_part
from softwright.campaigns.report.shapes import shapes_part
from softwright.campaigns.shapes.cost import CampaignCost
from softwright.campaigns.shapes.plain import cost_json, review_json
from softwright.campaigns.shapes.review import Review
from softwright.campaigns.state import RepoState
from softwright.campaigns.view import CampaignView, FileView, RepoView, RequestView
from softwright.core import Evidence, Verdict, counted
from softwright.hosts import ObjectReader

DIFF_BYTES = 12_000_000
"""Bytes of diff kept in one page; past this, repositories are listed without their diffs and say so."""

COLOURS: dict[RepoState, str] = {
    RepoState.PENDING: "idle",
    RepoState.NO_SITES: "idle",
    RepoState.PROPOSED: "go",
    RepoState.HELD: "warn",
    RepoState.PREPARED: "go",
    RepoState.APPROVED: "go",
    RepoState.REJECTED: "warn",
    RepoState.DELIVERED: "ok",
    RepoState.MERGED: "ok",
    RepoState.CLOSED: "idle",
    RepoState.FAILED: "bad",
}
_NEEDS_A_PERSON = (RepoState.HELD, RepoState.FAILED, RepoState.REJECTED)
_FIRST, _LAST = (RepoState.FAILED, RepoState.HELD), (RepoState.PENDING, RepoState.NO_SITES)
_ORDER = [*_FIRST, *(state for state in RepoState if state not in _FIRST + _LAST), *_LAST]


@dataclass(frozen=True, slots=True)
class _Item:
    place: str
    message: str
    detail: str


@dataclass(frozen=True, slots=True)
class _Check:
    check: str
    colour: str
    mark: str
    summary: str
    cached: bool
    evidence: tuple[_Item, ...]
    known: tuple[_Item, ...]


@dataclass(frozen=True, slots=True)
class _Card:
    name: str
    anchor: str
    state: str
    reason: str
    sites: int
    branch: str
    commit: str
    base: str
    notes: tuple[str, ...]
    verdicts: tuple[_Check, ...]
    files: tuple[FileDiff, ...]
    left_out: str
    request: RequestView | None


def render_html(
    view: CampaignView, *, now: datetime, review: Review | None = None, cost: CampaignCost | None = None
) -> str:
    """The whole report as one self-contained HTML page, stamped with `now`; by shapes where there is a
    `review`, with what it cost where that is known."""
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["counted"] = counted
    cards = list(_cards(view))
    template = resources.files("softwright.campaigns.report").joinpath("report.html.j2").read_text("utf-8")
    return environment.from_string(template).render(
        view=view,
        summary=summary_line(view),
        parts=[{"state": state, "count": count} for state, count in view.counts.items()],
        totals=_totals(view),
        shapes=shapes_part(review) if review and review.edits else None,
        cost=cost_part(cost) if cost and cost.rows else None,
        held=[card for card in cards if card.state in _NEEDS_A_PERSON],
        repos=cards,
        colours={str(state): colour for state, colour in COLOURS.items()},
        version=softwright.__version__,
        written=now.strftime("%Y-%m-%d %H:%M UTC"),
    )


def report_json(
    view: CampaignView, *, now: datetime, review: Review | None = None, cost: CampaignCost | None = None
) -> dict[str, Any]:
    """The report as JSON-like data: the campaign, its totals, shapes, cost, every repository with verdicts
    and diffs."""
    return {
        "campaign": view.name,
        "description": view.description,
        "status": view.status,
        "written_at": now.isoformat(),
        "softwright": softwright.__version__,
        "counts": view.counts,
        "sites": view.sites,
        "files": view.changed_files,
        "review": review_json(review) if review else None,
        "cost": cost_json(cost) if cost else None,
        "repos": [_repo_json(view, repo) for repo in view.repos],
    }


def summary_line(view: CampaignView) -> str:
    """One sentence that says how the campaign stands."""
    changed = sum(bool(repo.files) for repo in view.repos)
    done = sum(repo.state in (RepoState.DELIVERED, RepoState.MERGED) for repo in view.repos)
    held = sum(repo.state is RepoState.HELD for repo in view.repos)
    return (
        f"{counted(view.sites, 'site')} in {counted(view.changed_files, 'file')} "
        f"of {counted(changed, 'repository')} "
        f"(of {len(view.repos)}); "
        f"{done} delivered, {held} held back."
    )


def _totals(view: CampaignView) -> list[dict[str, str]]:
    rows = [
        ("repositories", len(view.repos)),
        ("with sites", sum(bool(repo.sites) for repo in view.repos)),
        ("sites", view.sites),
        ("files changed", view.changed_files),
        ("lines added", sum(repo.added for repo in view.repos)),
        ("lines removed", sum(repo.removed for repo in view.repos)),
    ]
    shown = [{"name": name, "value": f"{value:,}"} for name, value in rows]
    if view.run_seconds:
        shown.append({"name": "time of all runs", "value": f"{sum(view.run_seconds):.1f} s"})
    return shown


def _cards(view: CampaignView) -> Iterator[_Card]:
    room = DIFF_BYTES
    for repo in sorted(view.repos, key=lambda r: (_ORDER.index(r.state), r.name)):
        diffs: tuple[FileDiff, ...] = ()
        left_out = ""
        if room > 0:
            diffs = _diffs(view, repo)
            room -= sum(len(line.html) for d in diffs for h in d.hunks for line in h.lines)
        elif repo.files:
            left_out = (
                f"Diff left out to keep this page small: softwright campaign diff {view.name} {repo.name}"
            )
        yield _Card(
            name=repo.name,
            anchor=f"repo-{repo.name}",
            state=str(repo.state),
            reason=repo.reason,
            sites=repo.sites,
            branch=repo.branch,
            commit=repo.commit,
            base=repo.base_commit,
            notes=repo.notes,
            verdicts=tuple(map(_check, repo.verdicts)),
            files=diffs,
            left_out=left_out,
            request=repo.request,
        )


def _diffs(view: CampaignView, repo: RepoView) -> tuple[FileDiff, ...]:
    if not repo.files:
        return ()
    with view.reader(repo.name) as reader:
        diffs = [(file, file_diff(file.path, *_sides(reader, file))) for file in repo.files]
    return tuple(replace(diff, note=file.mode_change) if file.mode_change else diff for file, diff in diffs)


def _sides(reader: ObjectReader, file: FileView) -> tuple[bytes | None, bytes | None]:
    old = reader.blob(file.old_blob) if file.old_blob else None
    new = reader.blob(file.new_blob) if file.new_blob else None
    return old, new


def _check(verdict: Verdict) -> _Check:
    mark, colour = MARKS[verdict.outcome]
    return _Check(
        check=verdict.check,
        colour=colour,
        mark=mark,
        summary=verdict.summary,
        cached=verdict.cached,
        evidence=_items(verdict.evidence),
        known=_items(verdict.known),
    )


def _items(evidence: Sequence[Evidence]) -> tuple[_Item, ...]:
    return tuple(_Item(_place(each), _message(each), each.detail) for each in evidence)


def _place(evidence: Evidence) -> str:
    if not evidence.path:
        return ""
    return f"{evidence.path}:{evidence.line}: " if evidence.line else f"{evidence.path}: "


def _message(evidence: Evidence) -> str:
    return f"{evidence.message} [{evidence.code}]" if evidence.code else evidence.message


def _repo_json(view: CampaignView, repo: RepoView) -> dict[str, Any]:
    return {
        "name": repo.name,
        "state": str(repo.state),
        "reason": repo.reason,
        "url": repo.url,
        "branch": repo.branch,
        "base_branch": repo.base_branch,
        "base_commit": repo.base_commit,
        "commit": repo.commit,
        "shown": repo.shown,
        "sites": repo.sites,
        "seconds": dict(repo.seconds),
        "notes": list(repo.notes),
        "verdicts": [asdict(verdict) for verdict in repo.verdicts],
        "approval": asdict(repo.approval) if repo.approval else None,
        "delivery": asdict(repo.delivery) if repo.delivery else None,
        "request": asdict(repo.request) if repo.request else None,
        "files": [{**asdict(file), "diff": view.diff(repo.name, file)} for file in repo.files],
    }
