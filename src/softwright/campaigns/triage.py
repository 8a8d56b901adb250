"""Before the work: which repositories are to be worked on, which outcomes still hold, which mirrors fail."""

from collections.abc import Mapping
from dataclasses import dataclass

from softwright.campaigns.bench import Workshop
from softwright.campaigns.detail import Detail
from softwright.campaigns.outcome import Earlier, RepoOutcome, RepoTask, RunItem, failed
from softwright.campaigns.recipe import inputs, recipe, same_recipe
from softwright.campaigns.shapes.protect import kept_decisions
from softwright.campaigns.state import RepoState
from softwright.core import Outcome, OutsideFault, Snapshot
from softwright.hosts import EmptyRepository, Mirrors
from softwright.hosts.refs import read_ref
from softwright.ledger import Ledger, RepoRecord

_ENDED = (RepoState.MERGED, RepoState.CLOSED)
_UNFINISHED = (RepoState.PENDING, RepoState.PROPOSED, RepoState.FAILED)


@dataclass(frozen=True, slots=True)
class Triaged:
    """A repository as a task. It needs no work where `outcome` is known already or the record is `reused`."""

    task: RepoTask
    outcome: RepoOutcome | None = None
    reused: RepoRecord | None = None


class Triage:
    """Looks at one repository after the other, in the light of what an earlier run recorded."""

    def __init__(self, ledger: Ledger, shop: Workshop, mirrors: Mirrors) -> None:
        self._ledger = ledger
        self._shop = shop
        self._mirrors = mirrors
        self._recipe = recipe(shop.spec, shop.change, shop.checks)
        self._decided = kept_decisions(ledger.edits.latest(shop.spec.name).values())
        self.before: Mapping[str, RepoRecord] = {r.repo: r for r in ledger.states.brief(shop.spec.name)}

    def look(self, item: RunItem) -> Triaged:
        """What is to be done with the repository; nothing is written."""
        repo = item.repo
        try:
            snapshot = self._mirrors.snapshot(repo)
        except OutsideFault as error:
            return _unusable(RepoTask(repo, Snapshot(repo.name, "", "")), error)
        if snapshot.branch == self._shop.spec.branch:
            task = RepoTask(repo, snapshot)
            reason = (
                f"`{snapshot.branch}` is the branch the change is made for, and cannot be the branch it is "
                "delivered on; give `deliver.branch` another name"
            )
            return Triaged(task, outcome=failed(task, reason))
        task = self._task(item, snapshot)
        return Triaged(task, reused=self._reused(task))

    def _task(self, item: RunItem, snapshot: Snapshot) -> RepoTask:
        name = item.repo.name
        decided = self._decided.get(name, {})
        wanted = inputs(self._recipe, item.repo, snapshot.commit, item.picked, decided)
        before = self.before.get(name)
        usable = (
            before is not None
            and before.state not in _UNFINISHED
            and same_recipe(before.inputs, wanted)
            and self._sound(before)
        )
        earlier = self._earlier(name) if usable else None
        return RepoTask(item.repo, snapshot, item.picked, earlier, wanted, decided)

    def _sound(self, before: RepoRecord) -> bool:
        """True when the commit recorded is still in the mirror."""
        if not before.commit_sha:
            return True
        ref = f"refs/heads/{self._shop.spec.branch}"
        return read_ref(self._mirrors.path(before.repo), ref) == before.commit_sha

    def _earlier(self, name: str) -> Earlier | None:
        record = self._ledger.states.get(self._shop.spec.name, name)
        if record is None:
            return None
        detail = Detail.from_json(record.detail)
        if any(v.outcome in (Outcome.LIMIT, Outcome.ERROR) for v in detail.verdicts):
            return None  # nothing is known: there may be more room now
        base = Snapshot(name, record.base_commit, record.base_tree, record.base_branch)
        return Earlier(RepoState(record.state), base, record.shown, detail.watched)

    def _reused(self, task: RepoTask) -> RepoRecord | None:
        before = self.before.get(task.repo.name)
        if before is None:
            return None
        ended = before.state in _ENDED
        selects_nothing = task.picked is not None and not task.picked  # the select sees the merged change
        if task.earlier is None and not (ended and selects_nothing):
            return None
        return before if before.inputs == task.inputs or ended else None


def _unusable(task: RepoTask, error: OutsideFault) -> Triaged:
    reason = f"{error.message}; {error.hint}" if error.hint else error.message
    if isinstance(error, EmptyRepository):
        detail = Detail(url=task.repo.url)
        return Triaged(task, outcome=RepoOutcome(task.repo.name, RepoState.NO_SITES, reason, detail=detail))
    return Triaged(task, outcome=failed(task, reason))
