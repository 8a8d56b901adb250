"""`softwright campaign relearn`."""

from dataclasses import asdict
from typing import Annotated

import typer

from softwright.app import House
from softwright.app import campaign_review as look
from softwright.app import campaign_shapes as use
from softwright.cli.campaign_options import JobsOption, JsonOption, NameArgument, UnsandboxedOption
from softwright.cli.campaign_progress import RunProgress
from softwright.cli.campaign_run import end_run, show_run
from softwright.cli.show import err, out, show_json
from softwright.core import InvalidInput, counted


def relearn(
    campaign: NameArgument,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Learn, write nothing, run nothing.")] = False,
    run: Annotated[bool, typer.Option("--run/--no-run", help="Run the campaign with the new rules.")] = True,
    jobs: JobsOption = None,
    allow_unsandboxed: UnsandboxedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Learn the campaign's own rules again from what was rejected and corrected in review.

    Each rule keeps its file, its name and its samples. It is replaced only when the new one does to every
    sample and every reviewed file what people want. Then the campaign is run: what comes out as before keeps
    its decisions, and only what changed is asked about. Fails when no rule was learned anew.

    Example: softwright campaign relearn aware-clocks
    """
    house = House()
    found = use.relearn(house, campaign, write=not dry_run)
    changed = [each for each in found if each.text]
    if not as_json:
        for each in found:
            told = each.reason or _told(each)
            out.print(f"{each.rule}: {told}", soft_wrap=True, markup=False)
            if each.text and dry_run:
                out.print(each.text, markup=False, soft_wrap=True)
    report = None
    if changed and run and not dry_run:
        with RunProgress(quiet=as_json) as progress:
            report = use.run_again(
                house, campaign, jobs=jobs, allow_unsandboxed=allow_unsandboxed, on_progress=progress.update
            )
    if as_json:
        show_json({"rules": [asdict(e) for e in found], "run": None if report is None else asdict(report)})
    elif report is not None:
        show_run(report, look.view(house, report.campaign))
        err.print(f"decide about what changed: softwright campaign review {report.campaign}", soft_wrap=True)
    if report is not None:
        end_run(report)
    elif not changed:
        raise InvalidInput("no rule was learned anew", hint="the reasons are above; edit the rule by hand")


def _told(made: use.Relearned) -> str:
    told = f"learned again from {made.negatives} rejected and {made.positives} corrected files"
    return f"{told}; {counted(made.apart, 'correction')} fits no rule and stays" if made.apart else told
