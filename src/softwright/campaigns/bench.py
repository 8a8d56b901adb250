"""The workshop of a campaign, and the bench in it at which one repository is worked on."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType

from softwright.campaigns.change import Change
from softwright.campaigns.commands import CommandRunner
from softwright.campaigns.draft import Draft
from softwright.campaigns.mirror_paths import MirrorPaths
from softwright.campaigns.outcome import RepoTask
from softwright.campaigns.spec import CampaignSpec
from softwright.checks import Check
from softwright.hosts import ObjectReader
from softwright.workspaces import Bases, Isolation


@dataclass(frozen=True)
class Workshop:
    """What working on any repository of one campaign needs.

    `when` dates every commit; `isolation` is asked for only when something must run; `importers` says
    whether a check wants to know who imports the edited files.
    """

    spec: CampaignSpec
    change: Change
    checks: tuple[Check, ...]
    mirrors: MirrorPaths
    bases: Callable[[], Bases]
    isolation: Callable[[], Isolation]
    when: datetime
    importers: bool = False
    needs_files: bool = False


class Bench:
    """The open files of one repository, for stages that run one after the other in one process.

    Nothing that a stage finds out is kept here: each stage may run at a bench of its own, in another
    process and later. Use it as a context manager.
    """

    def __init__(self, shop: Workshop, task: RepoTask) -> None:
        self.shop = shop
        self.task = task
        self.git_dir = shop.mirrors.path(task.repo.name)
        self.reader = ObjectReader(self.git_dir)
        self.runner = CommandRunner(shop.bases, shop.isolation, task, self.git_dir)
        self._files: Draft | None = None

    @property
    def files(self) -> Draft:
        """The repository's files: for what the snapshot holds, whatever was drafted in the meantime."""
        return self._files or self.new_draft()

    def new_draft(self) -> Draft:
        """The snapshot's files with nothing changed yet."""
        self._files = Draft(self.reader.entries(self.task.snapshot.tree), self.reader.read)
        return self._files

    def __enter__(self) -> "Bench":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.runner.__exit__(kind, error, trace)
        self.reader.close()
