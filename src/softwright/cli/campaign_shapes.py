"""`softwright campaign review`: thousands of edits, decided about by reading a few."""

import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from softwright.app import House
from softwright.app import campaign_shapes as use
from softwright.cli.campaign_options import (
    JobsOption,
    JsonOption,
    NameArgument,
    RepoOption,
    UnsandboxedOption,
    WhoOption,
)
from softwright.cli.campaign_progress import RunProgress
from softwright.cli.review_options import (
    AcceptOption,
    CorrectOption,
    ExceptOption,
    LargeOption,
    ListOption,
    ReasonOption,
    RejectOption,
    RunOption,
    SitesOption,
    TextOption,
    UndoOption,
)
from softwright.cli.shapes_show import show_decided, show_review
from softwright.cli.shapes_walk import Walk
from softwright.cli.show import err, out, show_json
from softwright.core import InvalidInput, counted


def review(
    campaign: NameArgument,
    accept: AcceptOption = None,
    reject: RejectOption = None,
    but: ExceptOption = None,
    reason: ReasonOption = "",
    correct: CorrectOption = "",
    text: TextOption = "",
    undo: UndoOption = None,
    repo: RepoOption = None,
    large: LargeOption = use.LARGE,
    sites: SitesOption = False,
    as_list: ListOption = False,
    run: RunOption = True,
    who: WhoOption = "",
    jobs: JobsOption = None,
    allow_unsandboxed: UnsandboxedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Read a campaign's edits by their shapes, and decide about them.

    At a terminal it asks about each shape, then about each edit that is in no large shape; elsewhere, and
    with --list or --json, it lists them. A shape is named by its key, an edit by its site, either by its
    first letters; `KEY@SHOWN` accepts a shape only while its open edits are those that `--json` told. A
    repository is approved when all of its edits are accepted. Where edits are rejected or corrected its
    change is proposed again.

    Examples: softwright campaign review aware-clocks; softwright campaign review aware-clocks --accept 5f0c
    --except 91ab; softwright campaign review aware-clocks --reject 91ab --reason "naive times are meant";
    echo 'return now(UTC)' | softwright campaign review aware-clocks --correct 91ab --with -
    """
    house = House()
    order = use.Order(
        accept or (), reject or (), undo or (), but or (), _corrections(correct, text), reason, who
    )
    seen = use.review(house, campaign, globs=repo or (), large=large)
    again = _Again(house, seen, jobs, allow_unsandboxed, wanted=run, quiet=as_json)
    if order.accept or order.reject or order.undo or order.corrections:
        _decide(again, order, as_json=as_json)
    elif order.but:
        raise InvalidInput("--except narrows --accept or --reject", hint="say what is accepted or rejected")
    elif as_json:
        show_json(use.review_json(seen))
    elif as_list or not (sys.stdin.isatty() and out.is_terminal):
        show_review(seen, sites=sites)
    else:
        walk = Walk(house, seen, who=who)
        walk.go()
        again(sorted(walk.anew))


def _corrections(site: str, file: str) -> Sequence[tuple[str, str]]:
    if bool(site) != bool(file):
        raise InvalidInput("--correct and --with go together", hint="--correct SITE --with FILE")
    if not site:
        return ()
    if file == "-":
        return ((site, sys.stdin.read()),)
    try:
        return ((site, Path(file).read_bytes().decode("utf-8")),)
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"the correction cannot be read: {error}", where=file) from error


def _decide(again: "_Again", order: use.Order, *, as_json: bool) -> None:
    """Record decisions, and propose again where they ask for it."""
    decided = use.decide(again.house, again.seen, order)
    if not as_json:
        show_decided(decided, again.seen.view.name)
    done = again(decided.anew)
    if as_json:
        show_json({**asdict(decided), "run": None if done is None else asdict(done)})


@dataclass(frozen=True, slots=True)
class _Again:
    """Proposes repositories again after decisions, where that is `wanted` at once."""

    house: House
    seen: use.Review
    jobs: int | None
    allow_unsandboxed: bool
    wanted: bool
    quiet: bool

    def __call__(self, repos: Sequence[str]) -> use.ProposedAgain | None:
        """What came of it; None when nothing was to be done, or it is left for later."""
        if not repos:
            return None
        if not self.wanted:
            err.print(f"the next run proposes {counted(len(repos), 'repository')} again", soft_wrap=True)
            return None
        with RunProgress(quiet=self.quiet) as progress:
            done = use.again(
                self.house,
                self.seen,
                repos,
                jobs=self.jobs,
                allow_unsandboxed=self.allow_unsandboxed,
                on_progress=progress.update,
            )
        if not self.quiet:
            out.print(f"proposed again: {counted(len(repos), 'repository')}", soft_wrap=True)
            if done.approved:
                names = ", ".join(done.approved)
                out.print(f"approved, as all else was accepted: {names}", soft_wrap=True, markup=False)
        return done
