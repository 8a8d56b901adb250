"""`softwright campaign`: one change over many repositories. Commands are imported when they are used."""

from importlib import import_module
from typing import Any

import typer

from softwright.cli.lazy import LazyGroup

VERBS: dict[str, tuple[str, str]] = {
    "new": ("campaign_plan", "new"),
    "plan": ("campaign_plan", "plan"),
    "run": ("campaign_run", "run"),
    "pause": ("campaign_run", "pause"),
    "resume": ("campaign_run", "resume"),
    "status": ("campaign_review", "status"),
    "show": ("campaign_review", "show_repo"),
    "diff": ("campaign_review", "diff"),
    "review": ("campaign_shapes", "review"),
    "relearn": ("campaign_relearn", "relearn"),
    "cost": ("campaign_cost", "cost"),
    "approve": ("campaign_review", "approve"),
    "reject": ("campaign_review", "reject"),
    "deliver": ("campaign_deliver", "deliver"),
    "follow": ("campaign_deliver", "follow"),
    "close": ("campaign_deliver", "close"),
    "report": ("campaign_report", "report"),
}
"""Command name -> (module of `softwright.cli`, function). To look or decide takes no checks or rules."""


class LazyVerbs(LazyGroup):
    """The verbs, several of them in one module."""

    names = VERBS

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The verb's command, its module imported now; None when there is no such verb."""
        if cmd_name not in VERBS:
            return None
        module, function = VERBS[cmd_name]
        alone = typer.Typer(add_completion=False)
        alone.command(cmd_name)(getattr(import_module(f"softwright.cli.{module}"), function))
        return typer.main.get_command(alone)


app = typer.Typer(
    cls=LazyVerbs,
    no_args_is_help=True,
    add_completion=False,
    help="One change over many repositories: plan, run, review, deliver, follow.",
)


@app.callback()
def _campaign() -> None:
    """One change over many repositories: plan, run, review, deliver, follow."""
