"""What `status`, `show`, `diff` and the report read: a campaign as frozen values."""

import difflib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from softwright.campaigns.detail import Detail
from softwright.campaigns.follow import is_left_behind
from softwright.campaigns.known import known_record
from softwright.campaigns.mirror_paths import MirrorPaths
from softwright.campaigns.state import RepoState
from softwright.campaigns.tally import progress_of
from softwright.campaigns.unified import FileContent, mode_lines, unified_diff
from softwright.core import InvalidInput, Verdict, nearest
from softwright.hosts import ObjectReader
from softwright.ledger import Approval, Delivery, EffectRow, HistoryEntry, Ledger, RepoRecord
from softwright.ledger.deliveries import standing


@dataclass(frozen=True, slots=True)
class FileView:
    """One changed file; `status` is added, modified or deleted, `added` and `removed` count lines."""

    path: str
    status: str
    added: int
    removed: int
    sites: int
    origins: tuple[str, ...]
    old_blob: str
    new_blob: str
    old_mode: str = ""
    new_mode: str = ""

    @property
    def mode_change(self) -> str:
        """What becomes of the file's right to be executed, "" when it stays or is as usual for a new file."""
        was, now = self.old_mode == "100755", self.new_mode == "100755"
        if was == now or not self.new_mode:
            return ""
        return "executable" if now else "no longer executable"


@dataclass(frozen=True, slots=True)
class ApprovalView:
    """The last decision; `current` is False when the edits have changed since."""

    decision: str
    reason: str
    who: str
    at: datetime | None
    current: bool


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """The last push: `state` in one word, `answer` in the remote's own words."""

    state: str
    answer: str
    url: str
    branch: str
    commit: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class RequestView:
    """The change request: its address, its state and that of continuous integration as last seen.

    `fault` is why it could not be opened, or what it lacks.
    """

    url: str
    state: str
    ci: str
    fault: str


@dataclass(frozen=True, slots=True)
class RepoView:
    """One repository of the campaign. `shown` is the digest an approval is bound to.

    `left_behind` are branches of earlier deliveries that may still be on the remote.
    """

    name: str
    state: RepoState
    reason: str
    url: str
    branch: str
    base_branch: str
    base_commit: str
    commit: str
    shown: str
    sites: int
    files: tuple[FileView, ...]
    verdicts: tuple[Verdict, ...]
    notes: tuple[str, ...]
    seconds: Mapping[str, float]
    approval: ApprovalView | None
    delivery: DeliveryView | None
    left_behind: tuple[str, ...]
    updated_at: datetime | None
    request: RequestView | None = None

    @property
    def added(self) -> int:
        """Lines added in all files."""
        return sum(f.added for f in self.files)

    @property
    def removed(self) -> int:
        """Lines removed in all files."""
        return sum(f.removed for f in self.files)

    @property
    def total_seconds(self) -> float:
        """Seconds of work on this repository in its last run."""
        return sum(self.seconds.values())


@dataclass(frozen=True)
class CampaignView:
    """A campaign with all its repositories, by name; file contents are read from the mirrors on demand.

    `going_on` counts the repositories that its run has still to do, by the stage they are at.
    """

    name: str
    description: str
    status: str
    spec: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime
    run_seconds: tuple[float, ...]
    repos: tuple[RepoView, ...]
    going_on: Mapping[str, int]
    _mirrors: MirrorPaths
    _ledger: Ledger

    @property
    def counts(self) -> dict[str, int]:
        """How many repositories are in each state that occurs, in the order of `RepoState`."""
        found = Counter(repo.state for repo in self.repos)
        return {str(state): found[state] for state in RepoState if found[state]}

    @property
    def sites(self) -> int:
        """Changed places in all repositories."""
        return sum(repo.sites for repo in self.repos)

    @property
    def changed_files(self) -> int:
        """Changed files in all repositories."""
        return sum(len(repo.files) for repo in self.repos)

    def repo(self, name: str) -> RepoView:
        """One repository; raises InvalidInput naming the nearest when the campaign has none of that name."""
        for repo in self.repos:
            if repo.name == name:
                return repo
        names = [repo.name for repo in self.repos]
        close = difflib.get_close_matches(name, names, n=10, cutoff=0.3) or names[:10]
        raise InvalidInput(f"no repository `{name}` in campaign `{self.name}`; {nearest(name, close)}")

    def reader(self, repo: str) -> ObjectReader:
        """An open reader of the repository's objects; for many files of one repository."""
        return ObjectReader(self._mirrors.path(repo))

    def content(self, repo: str, file: FileView) -> FileContent:
        """Both sides of one changed file, from the mirror's objects."""
        with self.reader(repo) as reader:
            return FileContent(
                reader.blob(file.old_blob) if file.old_blob else None,
                reader.blob(file.new_blob) if file.new_blob else None,
            )

    def diff(self, repo: str, file: FileView, *, context: int = 3) -> str:
        """The change of one file as a unified diff; a line says so when a side is not text."""
        shown = unified_diff(file.path, self.content(repo, file), context=context)
        return mode_lines(file.path, file.old_mode, file.new_mode) + shown if file.mode_change else shown

    def history(self, repo: str) -> list[HistoryEntry]:
        """Every state the repository has been in, oldest first."""
        return self._ledger.states.history(self.name, repo)


def campaign_view(ledger: Ledger, mirrors: MirrorPaths, name: str) -> CampaignView:
    """The campaign as it stands; raises InvalidInput naming the nearest when there is none of that name."""
    record = known_record(ledger, name)
    approvals = ledger.approvals.latest(name)
    deliveries: dict[str, list[Delivery]] = {}
    for delivery in ledger.deliveries.of(name):
        deliveries.setdefault(delivery.repo, []).append(delivery)
    requests = {row.repo: row for row in ledger.effects.of(name, kind="change-request")}
    return CampaignView(
        name=record.name,
        description=record.description,
        status=record.status,
        spec=record.spec,
        created_at=record.created_at,
        updated_at=record.updated_at,
        run_seconds=record.run_seconds,
        repos=tuple(
            _repo_view(row, approvals.get(row.repo), deliveries.get(row.repo, []), requests.get(row.repo))
            for row in ledger.states.all(name)
        ),
        going_on=progress_of(ledger, name, seconds=0.0).stages,
        _mirrors=mirrors,
        _ledger=ledger,
    )


def _repo_view(
    row: RepoRecord, approval: Approval | None, deliveries: list[Delivery], request: EffectRow | None
) -> RepoView:
    detail = Detail.from_json(row.detail)
    here = [d for d in deliveries if (d.url, d.branch) == (detail.url, detail.branch)]
    last = (here or deliveries)[-1] if deliveries else None
    return RepoView(
        name=row.repo,
        state=RepoState(row.state),
        reason=row.reason,
        url=detail.url,
        branch=detail.branch,
        base_branch=row.base_branch,
        base_commit=row.base_commit,
        commit=row.commit_sha,
        shown=row.shown,
        sites=row.sites,
        files=tuple(
            FileView(
                f.path,
                f.status,
                f.added,
                f.removed,
                f.sites,
                f.origins,
                f.old_blob,
                f.new_blob,
                f.old_mode,
                f.new_mode,
            )
            for f in detail.files
        ),
        verdicts=detail.verdicts,
        notes=detail.notes,
        seconds=detail.seconds,
        approval=None if approval is None else _approval_view(approval, row.shown),
        delivery=None if last is None else _delivery_view(last),
        left_behind=tuple(d.branch for d in standing(deliveries) if is_left_behind(d, row)),
        updated_at=row.updated_at,
        request=None if request is None else _request_view(request),
    )


def _request_view(row: EffectRow) -> RequestView:
    seen = row.seen
    return RequestView(
        row.receipt,
        str(seen.get("state", "")),
        str(seen.get("ci", "")),
        row.reason,
    )


def _approval_view(approval: Approval, shown: str) -> ApprovalView:
    same = approval.shown == shown
    return ApprovalView(approval.decision, approval.reason, approval.who, approval.at, same)


def _delivery_view(delivery: Delivery) -> DeliveryView:
    return DeliveryView(
        delivery.state, delivery.answer, delivery.url, delivery.branch, delivery.commit_sha, delivery.at
    )
