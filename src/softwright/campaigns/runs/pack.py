"""A campaign as one value that any worker can work from: its file, its rules, the code they call."""

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from tempfile import mkdtemp

from softwright.campaigns.bench import Workshop
from softwright.campaigns.change import ready_change
from softwright.campaigns.load import Loaded, make_shop, rule_of
from softwright.campaigns.means import Means
from softwright.campaigns.shapes.tried import tried_in, tried_texts
from softwright.campaigns.spec import PythonStep, RuleStep
from softwright.campaigns.spec_file import parse_campaign
from softwright.engine import portable
from softwright.engine.artefacts import Artefacts
from softwright.rewrite import Rule

_SPEC = "campaign.yaml"


@portable
@dataclass(frozen=True, slots=True)
class CampaignPack:
    """`spec` is the campaign's file with its paths made relative to `files`; `when` dates every commit.

    `tried` are the numbers of steps that rules of shapes are tried before, with whether these make all of a
    step.
    """

    spec: str
    files: Mapping[str, bytes]
    when: datetime
    allow_unsandboxed: bool = False
    tried: Mapping[str, bool] = field(default_factory=dict)


def pack(loaded: Loaded) -> CampaignPack:
    """Everything that working on a repository of the campaign needs."""
    files: dict[str, bytes] = {}
    rules = {rule.id: rule for rule in loaded.shop.change.rules}
    for rule in rules.values():
        files.update(_rule_files(rule))
    spec = loaded.spec.model_copy(update={"select": ""})  # it has been asked already
    steps = []
    named = iter(loaded.shop.change.rules)
    for step in spec.change:
        if isinstance(step, RuleStep):
            step = step.model_copy(update={"rule": next(named).id})
        elif isinstance(step, PythonStep):
            name, _, function = step.python.rpartition(":")
            inside = _inside(name)
            files[inside] = (loaded.folder / name).read_bytes()
            step = step.model_copy(update={"python": f"{inside}:{function}"})
        steps.append(step)
    text = spec.model_copy(update={"change": tuple(steps)}).model_dump_json(exclude_none=True, by_alias=True)
    tried = loaded.shop.change.tried
    files.update(tried_texts(tried))
    whole = {str(at): each.whole for at, each in tried.items()}
    return CampaignPack(text, files, loaded.shop.when, loaded.allow_unsandboxed, whole)


def _rule_files(rule: Rule) -> dict[str, bytes]:
    path = Path(rule.path)
    files = {f"rules/{rule.id}.md": path.read_bytes()}
    code = rule.python.rpartition(":")[0]
    if code.endswith(".py"):
        files[f"rules/{_inside(code)}"] = (path.parent / code).read_bytes()
    return files


def _inside(path: str) -> str:
    """The path without what would lead out of a folder."""
    return "/".join(part for part in PurePosixPath(path).parts if part not in ("/", "..", "."))


def unpack(means: Means, artefacts: Artefacts, name: str, *, allow_unsandboxed: bool) -> Workshop:
    """The workshop of the campaign packed under a digest; its files are laid out in the home once.

    Its commands run without a sandbox only if both the campaign and `allow_unsandboxed` here say so.
    """
    packed: CampaignPack = artefacts.get_json(name)
    folder = means.folder("packs") / name.rpartition(":")[2][:32]
    if not folder.is_dir():
        _lay_out(folder, packed)
    spec = parse_campaign(packed.spec, str(folder / _SPEC))
    change = ready_change(spec, folder=folder, find_rule=lambda rule: rule_of((), folder, rule))
    if packed.tried:
        change = replace(change, tried=tried_in(folder, packed.tried))
    return make_shop(
        means,
        spec,
        change,
        when=packed.when,
        allow_unsandboxed=packed.allow_unsandboxed and allow_unsandboxed,
    )


def _lay_out(folder: Path, packed: CampaignPack) -> None:
    with _alone_in(folder.parent):
        if folder.is_dir():  # another process was sooner
            return
        for left in folder.parent.glob(".making-*"):  # by a process that was killed
            shutil.rmtree(left, ignore_errors=True)
        making = Path(mkdtemp(dir=folder.parent, prefix=".making-"))
        (making / _SPEC).write_text(packed.spec, encoding="utf-8")
        for name, content in packed.files.items():
            path = making / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        making.rename(folder)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
