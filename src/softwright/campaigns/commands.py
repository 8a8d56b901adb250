"""Commands of the change: run in a fork of the repository, their diff taken over."""

from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from softwright.campaigns.draft import Draft
from softwright.campaigns.outcome import RepoTask
from softwright.campaigns.spec import CommandStep
from softwright.core import LimitHit, OutsideFault
from softwright.hosts import export_tree
from softwright.workspaces import Base, Bases, Isolation, Limits, open_fork

_LAST_LINES = 5


class CommandRunner:
    """Runs commands for one repository; its files are laid out on disk at the first need, then shared."""

    def __init__(
        self, bases: Callable[[], Bases], isolation: Callable[[], Isolation], task: RepoTask, git_dir: Path
    ) -> None:
        self._bases = bases
        self._isolation = isolation
        self._task = task
        self._git_dir = git_dir
        self._base: Base | None = None

    def base(self) -> Base:
        """The snapshot's files, frozen on disk."""
        if self._base is None:
            tree = self._task.snapshot.tree
            self._base = self._bases().get(tree, lambda to: export_tree(self._git_dir, tree, to))
        return self._base

    def run(self, step: CommandStep, draft: Draft) -> None:
        """Run the command on the draft's files; what it changed goes into the draft.

        Raises OutsideFault when it fails, LimitHit when it reaches a limit; the draft is then unchanged.
        """
        limits = Limits(**step.limits())
        words = " ".join(step.command)
        with open_fork(self.base(), isolation=self._isolation()) as fork:
            fork.apply(draft.patch())
            done = fork.exec(step.command, limits=limits, env=step.env)
            if done.limit_hit:
                raise LimitHit(f"`{words}` reached its {done.limit_hit} limit", where=self._task.repo.name)
            if done.exit_code:
                said = (done.stderr or done.stdout).decode("utf-8", "replace").strip().splitlines()
                last = " | ".join(said[-_LAST_LINES:])
                raise OutsideFault(
                    f"`{words}` ended with {done.exit_code}: {last}", where=self._task.repo.name
                )
            draft.become(fork.diff(), origin=step.command[0])

    def __enter__(self) -> "CommandRunner":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._base is not None:
            self._base.close()
