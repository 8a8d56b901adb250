"""What a run would do: sites per repository, a few diffs, an estimate of time. Nothing is written."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from time import monotonic

from softwright.campaigns.bench import Bench, Workshop
from softwright.campaigns.outcome import Proposed, RepoTask, RunItem
from softwright.campaigns.runs.crew import Ask, Broken, Crew
from softwright.campaigns.stages import propose_change
from softwright.campaigns.unified import FileContent, unified_diff
from softwright.core import OutsideFault, SoftwrightError, Write
from softwright.hosts import Mirrors

_COMMIT_S = 0.01
_CHECK_S = {"parse": 0.01, "secrets": 0.02, "lint": 0.3, "types": 0.6}
_COMMAND_S = 30.0


@dataclass(frozen=True, slots=True)
class PlannedRepo:
    """One repository: `sites` and `files` that would change, `fault` when it cannot be worked on."""

    repo: str
    sites: int = 0
    files: int = 0
    added: int = 0
    removed: int = 0
    seconds: float = 0.0
    fault: str = ""
    samples: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole plan; `estimate_s` are the wall seconds a run would take, guessed from the checks."""

    campaign: str
    repos: tuple[PlannedRepo, ...]
    seconds: float
    estimate_s: float
    samples: tuple[tuple[str, str, str], ...]
    warnings: tuple[str, ...] = ()

    @property
    def sites(self) -> int:
        """Sites in all repositories."""
        return sum(repo.sites for repo in self.repos)

    @property
    def touched(self) -> int:
        """Repositories that would get a change."""
        return sum(bool(repo.files) for repo in self.repos)


def plan_campaign(
    shop: Workshop,
    mirrors: Mirrors,
    items: Iterable[RunItem],
    *,
    workers: int,
    samples: int = 3,
    decided: Mapping[str, Mapping[str, str | None]] | None = None,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Plan:
    """Propose in every repository and throw the patches away; `samples` diffs are kept to be shown.

    `decided` are edits that people rejected or corrected, by repository.
    """
    began = monotonic()
    listed = list(items)
    found: list[PlannedRepo] = []
    tasks = []
    for item in listed:
        try:
            kept = (decided or {}).get(item.repo.name, {})
            task = RepoTask(item.repo, mirrors.snapshot(item.repo), item.picked, decided=kept)
        except OutsideFault as error:
            found.append(PlannedRepo(item.repo.name, fault=error.message))
            continue
        if task.snapshot.branch == shop.spec.branch:
            fault = f"`{shop.spec.branch}` is the branch the change is made for; change `deliver.branch`"
            found.append(PlannedRepo(item.repo.name, fault=fault))
        else:
            tasks.append(task)

    def work(task: RepoTask, ask: Ask) -> PlannedRepo:
        del ask
        return _plan_repo(shop, task)

    with Crew[RepoTask, PlannedRepo](workers, work) as crew:
        for task, planned in crew.each(tasks):
            if isinstance(planned, Broken):
                planned = PlannedRepo(task.repo.name, fault=planned.reason)
            found.append(planned)
            on_progress(len(found), len(listed))
    found.sort(key=lambda repo: repo.repo)
    seconds = monotonic() - began
    return Plan(
        shop.spec.name,
        tuple(found),
        seconds,
        seconds + _later_seconds(shop, sum(bool(repo.files) for repo in found), workers),
        _choose_samples(found, samples),
    )


def _plan_repo(shop: Workshop, task: RepoTask) -> PlannedRepo:
    began = monotonic()
    try:
        with Bench(shop, task) as bench:
            found = propose_change(bench)
            return PlannedRepo(
                found.repo,
                found.sites,
                len(found.files),
                sum(file.added for file in found.files),
                sum(file.removed for file in found.files),
                monotonic() - began,
                samples=tuple(_diff(bench, found, file.path) for file in found.files[:1]),
            )
    except SoftwrightError as error:
        return PlannedRepo(task.repo.name, seconds=monotonic() - began, fault=error.message)


def _diff(bench: Bench, found: Proposed, path: str) -> tuple[str, str]:
    op = found.patch.files[path]
    new = op.content if isinstance(op, Write) else None
    return path, unified_diff(path, FileContent(bench.files.base(path), new))


def _choose_samples(found: list[PlannedRepo], samples: int) -> tuple[tuple[str, str, str], ...]:
    """Diffs from repositories spread over the list, so that they are likely to differ."""
    having = [repo for repo in found if repo.samples]
    step = max(1, len(having) // samples) if samples else 1
    chosen = having[::step][:samples] if samples else []
    return tuple((repo.repo, *repo.samples[0]) for repo in chosen)


def _later_seconds(shop: Workshop, touched: int, workers: int) -> float:
    each = _COMMIT_S + sum(_CHECK_S.get(check.name, _COMMAND_S) for check in shop.checks)
    return touched * each / max(1, workers)
