"""`softwright runs`: durable runs, seen and steered from outside."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated

import typer
from rich.text import Text

from softwright.app import House
from softwright.app import runs as use
from softwright.cli.progress import Ticker
from softwright.cli.show import err, out, show_json, show_table
from softwright.core import counted

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Durable runs: list, show, cancel, retry, fork, move."
)

RunArgument = Annotated[str, typer.Argument(help="The id of a run.", metavar="RUN")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]

_STYLES = {"done": "green", "running": "cyan", "queued": "dim", "cancelled": "yellow"}


@app.command("list")
def list_(
    state: Annotated[
        list[str] | None,
        typer.Option("--state", "-s", help=f"In this state ({', '.join(use.STATES)}); may be repeated."),
    ] = None,
    kind: Annotated[
        list[str] | None, typer.Option("--kind", "-k", help="Of this kind; may be repeated.")
    ] = None,
    under: Annotated[str, typer.Option("--under", help="This run and all under it.", metavar="RUN")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Also runs that other runs started.")] = False,
    limit: Annotated[int, typer.Option("--limit", "-n", help="How many to list.", min=1, max=100_000)] = 50,
    as_json: JsonOption = False,
) -> None:
    """List runs, the newest first, and how many are in each state.

    Without a filter only runs that no other run started. Runs that wait for code which nobody runs any
    more are told, with the command that moves them.

    Examples: softwright runs list; softwright runs list --under aware-clocks --state failed --json
    """
    found = use.list_runs(
        House(), states=state or (), kinds=kind or (), under=under, everything=everything, limit=limit
    )
    if as_json:
        show_json(asdict(found))
        return
    if found.runs:
        show_table(
            ("run", "kind", "state", "repositories", "version", "begun", "remarks"), map(_cells, found.runs)
        )
        out.print(f"{_counts(found.counts)}; {len(found.runs)} listed")
    else:
        others = f" in this state; there are {_counts(found.counts)}" if found.counts else ""
        out.print(f"no runs{f' under {under}' if under else ''}{others}", markup=False)
    if found.gates and not (kind or everything):
        out.print(
            f"{counted(found.gates, 'change')} waiting for approval: softwright runs list -k campaign-gate",
            soft_wrap=True,
        )
    for one in found.stranded:
        err.print(
            f"note: {counted(one.runs, 'run')} of version {one.version}, which no worker runs: {one.command}",
            soft_wrap=True,
            markup=False,
        )
    if found.unattended:
        err.print(
            f"note: {counted(found.unattended, 'run')} waiting, nobody at work; start one: softwright worker",
            soft_wrap=True,
        )


@app.command()
def show(run: RunArgument, as_json: JsonOption = False) -> None:
    """Show one run: its steps with their times, what is under it, how far its repositories are.

    Example: softwright runs show aware-clocks/1-9f31c2aa
    """
    found = use.show_run(House(), run)
    if as_json:
        show_json(asdict(found))
        return
    row = found.run
    out.print(Text.assemble((row.id, "bold"), "  ", _state(row.state)), soft_wrap=True)
    facts = {
        "kind": row.kind,
        "queue": f"{found.queue} ({found.partition})" if found.partition else found.queue,
        "version": row.version,
        "worker": row.worker,
        "begun": f"{row.created:%Y-%m-%d %H:%M:%S}" if row.created else "",
        "changed": f"{row.updated:%Y-%m-%d %H:%M:%S}" if row.updated else "",
        "taken up": f"{row.taken} times" if row.taken > 1 else "",
        "forked from": found.forked_from,
        "error": row.error,
    }
    for name, value in facts.items():
        if value:
            out.print(Text(f"{name}: {value}"), soft_wrap=True)
    if found.steps:
        out.print()
        show_table(
            ("step", "name", "seconds", "error"),
            [
                (s.number, s.name, "" if s.seconds is None else f"{s.seconds:.3f}", s.error)
                for s in found.steps
            ],
        )
    if found.under:
        out.print(f"\nunder it: {_counts(found.under)}")
    if found.failed:
        show_table(("run", "state", "error"), [(r.id, _state(r.state), r.error) for r in found.failed])
    _show_repositories(found.repositories)


def _show_repositories(progress: use.RepoProgress | None) -> None:
    if progress is None:
        return
    stages = {stage: count for stage, count in progress.stages.items() if stage != "done"}
    out.print(f"\nrepositories: {_counts({**progress.states, **stages})}")
    if progress.undone:
        show_table(("repository", "at"), progress.undone)


@app.command()
def cancel(run: RunArgument, as_json: JsonOption = False) -> None:
    """Stop a run and everything under it at the next step. What was recorded stays.

    Example: softwright runs cancel aware-clocks/1-9f31c2aa
    """
    stopped = use.cancel_run(House(), run)
    if as_json:
        show_json({"run": run, "stopped": stopped})
    else:
        out.print(
            f"{counted(stopped, 'run')} stopped; take them up again: softwright runs retry {run}",
            soft_wrap=True,
        )


@app.command()
def retry(
    run: RunArgument,
    failed: Annotated[
        bool, typer.Option("--failed", help="Only what failed under it; the run may be in any state.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Take up again a run that failed, was poisoned or cancelled, and what is under it, where it stopped.

    Recorded steps are not done again. A worker, or the next `softwright campaign run`, carries them on.

    Examples: softwright runs retry aware-clocks/1-9f31c2aa;
    softwright runs retry aware-clocks/1-9f31c2aa --failed
    """
    with Ticker() as ticker:
        taken = use.retry_run(
            House(), run, failed_only=failed, on_progress=lambda done, total: ticker("runs", done, total)
        )
    if as_json:
        show_json({"run": run, "retried": taken})
    else:
        out.print(f"{counted(taken, 'run')} queued again", soft_wrap=True)


@app.command()
def fork(
    run: RunArgument,
    new: Annotated[str, typer.Argument(help="The id of the new run.", metavar="NEW")],
    step: Annotated[int, typer.Option("--step", help="The first step to be done anew.", min=1)] = 1,
    as_json: JsonOption = False,
) -> None:
    """Begin a new run that takes over the results of the steps before --step, and goes on from there.

    Of campaigns and deliveries as a whole; the new id is the campaign's name and a word. A worker carries
    it on.

    Example: softwright runs fork aware-clocks/1-9f31c2aa aware-clocks/again --step 2
    """
    use.fork_run(House(), run, new, step=step)
    if as_json:
        show_json({"run": new, "forked_from": run, "step": step})
    else:
        out.print(f"{new} begins at step {step} of {run}", soft_wrap=True)


@app.command()
def move(
    old: Annotated[str, typer.Option("--from", help="The version that nobody runs.", metavar="VERSION")],
    new: Annotated[
        str,
        typer.Option(
            "--to", help="The version to go on with; default: that of this program.", metavar="VERSION"
        ),
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Hand active runs of a version of the code that no live worker runs to the workers of another.

    Only where the newer code can go on from what the older one recorded: the notes of a release tell.

    Example: softwright runs move --from 1 --to 2
    """
    moved = use.move_runs(House(), old, new) if new else use.move_runs(House(), old)
    if as_json:
        show_json({"from": old, "to": new or use.CURRENT, "moved": moved})
    else:
        out.print(f"{counted(moved, 'run')} moved to version {new or use.CURRENT}")


def _cells(row: use.RunRow) -> tuple[object, ...]:
    repositories = "" if row.total is None else f"{row.done}/{row.total}"
    begun = f"{row.created:%Y-%m-%d %H:%M}" if row.created else ""
    return (row.id, row.kind, _state(row.state), repositories, row.version, begun, row.error)


def _state(state: str) -> Text:
    return Text(state, style=_STYLES.get(state, "red"))


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {state}" for state, count in counts.items()) or "no runs"
