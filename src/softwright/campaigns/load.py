"""A campaign's file made ready to work: its repositories, its change, its checks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from softwright.campaigns.bench import Workshop
from softwright.campaigns.change import Change, ready_change
from softwright.campaigns.means import Means
from softwright.campaigns.spec import CampaignSpec, CommandStep
from softwright.campaigns.spec_file import load_campaign, rule_place
from softwright.campaigns.taking_part import fleet_file, fleet_of
from softwright.checks import CommandCheck, ladder_from_spec
from softwright.core import Fleet, InvalidInput
from softwright.rewrite import Rule, find_rule

IN_MEMORY = ("parse", "secrets")
"""Checks that need no files on disk."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A campaign's file made ready: its fleet's repositories that take part, and the workshop."""

    spec: CampaignSpec
    path: Path
    fleet_file: Path
    fleet: Fleet
    shop: Workshop
    allow_unsandboxed: bool = False
    notes: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        """Where the campaign's file lies; what it names is looked for there."""
        return self.path.absolute().parent

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a person should know of the file before it is run."""
        rules = [rule.id for rule in self.shop.change.rules if rule.safety == "review"]
        if self.spec.deliver.approval != "none" or not rules:
            return self.notes
        which = f"rule `{rules[0]}` asks" if not rules[1:] else f"rules `{'`, `'.join(rules)}` ask"
        warning = f"{which} for a review (`safety: review`), but `approval: none` delivers without one"
        return (*self.notes, f"{warning}; `approval: required` lets somebody look first")


def load_work(
    means: Means,
    path: Path,
    globs: Sequence[str] = (),
    *,
    allow_unsandboxed: bool = False,
    checking: bool = True,
) -> Loaded:
    """The campaign of a file, ready to work; `checking` when its checks are going to run.

    Raises InvalidInput naming what is wrong in the file, PrerequisiteMissing when it runs commands of
    repositories and no sandbox works.
    """
    spec = load_campaign(path)
    folder = path.absolute().parent
    file = fleet_file(spec, folder, means.settings.fleet)
    fleet = fleet_of(spec, file, globs)
    change = ready_change(
        spec, folder=folder, find_rule=lambda name: named_rule(means.settings.rules, path, name)
    )
    when = means.ledger.clock.now()
    shop = make_shop(means, spec, change, when=when, allow_unsandboxed=allow_unsandboxed, checking=checking)
    return Loaded(spec, path, file, fleet, shop, allow_unsandboxed)


def make_shop(
    means: Means,
    spec: CampaignSpec,
    change: Change,
    *,
    when: datetime,
    allow_unsandboxed: bool,
    checking: bool = True,
) -> Workshop:
    """The workshop for a change that is ready. Raises PrerequisiteMissing as `load_work` does."""
    checks = ladder_from_spec([_plain(check) for check in spec.check])
    names = {check.name for check in checks}
    needs_files = any(name not in IN_MEMORY for name in names)
    commands = any(isinstance(step, CommandStep) for step in change.steps) or (
        checking and any(isinstance(check, CommandCheck) for check in checks)
    )
    # Type checkers and linters are tools of ours that run no code of the repository.
    without = allow_unsandboxed or not commands
    if commands or (checking and needs_files):
        means.isolation(allow_unsandboxed=without)  # said before anything is begun
    return Workshop(
        spec=spec,
        change=change,
        checks=tuple(checks),
        mirrors=means.mirrors,
        bases=lambda: means.bases,
        isolation=lambda: means.isolation(allow_unsandboxed=without),
        when=when,
        importers="types" in names,
        needs_files=needs_files,
    )


def named_rule(folders: Sequence[Path], path: Path, name: str) -> Rule:
    """A rule that the campaign's file `path` names. Raises InvalidInput with the place in the file."""
    try:
        return rule_of(folders, path.absolute().parent, name)
    except InvalidInput as error:
        where = error.where or rule_place(path, name)
        raise InvalidInput(error.message, hint=error.hint, where=where) from error


def rule_of(folders: Sequence[Path], folder: Path, name: str) -> Rule:
    """A rule by name, or by a path relative to the campaign's file, which lies in `folder`."""
    beside = folder / name
    if (name.endswith(".md") or "/" in name) and beside.is_file():
        return find_rule(str(beside), folders)
    return find_rule(name, (folder / "rules", *folders))


def _plain(check: Any) -> Any:
    return check if isinstance(check, str) else check.model_dump(mode="json", exclude_none=True)
