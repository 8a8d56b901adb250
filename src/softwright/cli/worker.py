"""`softwright worker`: processes that run runs."""

from dataclasses import asdict
from typing import Annotated

import typer

from softwright.app import House
from softwright.app import workers as use
from softwright.cli.show import out, show_json, show_table
from softwright.core import InvalidInput

app = typer.Typer(add_completion=False)

LEVELS = ("debug", "info", "warning", "error")

QueuesOption = Annotated[
    str, typer.Option("--queues", "-q", help="Only runs of these queues; default: of all.", metavar="A,B")
]
JobsOption = Annotated[
    int | None,
    typer.Option("--jobs", "-j", help="Processes that do the work; default: the setting.", min=1, max=256),
]
GraceOption = Annotated[
    float, typer.Option("--grace", help="Seconds that steps which are running get to end.", min=0)
]
PortOption = Annotated[
    int, typer.Option("--metrics-port", help="Serve metrics for Prometheus here; 0: not.", min=0, max=65535)
]
AddressOption = Annotated[
    str, typer.Option("--metrics-address", help="The address that metrics are served on.", metavar="IP")
]
NoMigrateOption = Annotated[
    bool, typer.Option("--no-migrate", help="Leave tables alone: `softwright migrate` has made them.")
]
UnsandboxedOption = Annotated[
    bool,
    typer.Option(
        "--allow-unsandboxed",
        help="Let campaigns that were run with this word run commands without a sandbox here too.",
    ),
]
LogJsonOption = Annotated[bool, typer.Option("--log-json", help="Log lines are JSON objects.")]
LevelOption = Annotated[str, typer.Option("--log-level", help="From here on: debug, info, warning, error.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def run(
    queues: QueuesOption = "",
    jobs: JobsOption = None,
    grace: GraceOption = 30.0,
    metrics_port: PortOption = 0,
    metrics_address: AddressOption = "127.0.0.1",
    no_migrate: NoMigrateOption = False,
    allow_unsandboxed: UnsandboxedOption = False,
    log_json: LogJsonOption = False,
    log_level: LevelOption = "info",
) -> None:
    """Run runs until told to stop: any number of workers on PostgreSQL, one on a home of files.

    SIGTERM, Ctrl-C and `worker drain` let steps that are running end, for --grace seconds; what is
    unfinished is taken up by others. A second signal ends the worker at once. Exits with 70 or 71 when its
    lease was lost, with 72 when the processes that do the work were: start it again.

    Examples: softwright worker; softwright worker run --queues campaign-repositories --jobs 8 --log-json
    """
    if log_level not in LEVELS:
        raise InvalidInput(f"`{log_level}` is no level of log lines", hint=f"allowed: {', '.join(LEVELS)}")
    use.set_up_logging(as_json=log_json, level=log_level)
    names = tuple(name.strip() for name in queues.split(",") if name.strip())
    wish = use.WorkerWish(
        names, jobs, grace, metrics_port, metrics_address, not no_migrate, allow_unsandboxed
    )
    if use.work(House(migrate=not no_migrate), wish):
        use.leave()


@app.callback(invoke_without_command=True)
def worker(
    context: typer.Context,
    queues: QueuesOption = "",
    jobs: JobsOption = None,
    grace: GraceOption = 30.0,
    metrics_port: PortOption = 0,
    metrics_address: AddressOption = "127.0.0.1",
    no_migrate: NoMigrateOption = False,
    allow_unsandboxed: UnsandboxedOption = False,
    log_json: LogJsonOption = False,
    log_level: LevelOption = "info",
) -> None:
    """Processes that run runs. Without a verb it is `worker run`.

    Example: SOFTWRIGHT_DATABASE_URL=postgresql://sw@db/softwright softwright worker --jobs 8
    """
    if context.invoked_subcommand is None:
        run(
            queues,
            jobs,
            grace,
            metrics_port,
            metrics_address,
            no_migrate,
            allow_unsandboxed,
            log_json,
            log_level,
        )


app.command("run")(run)


@app.command("list")
def list_(
    everyone: Annotated[bool, typer.Option("--all", help="Also those whose end was dealt with.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List the workers: who they are, how long they have been silent, how many runs they hold.

    Example: softwright worker list --json
    """
    rows = [row for row in use.list_workers(House()) if everyone or row.state != "adopted"]
    if as_json:
        show_json([asdict(row) for row in rows])
        return
    if not rows:
        out.print("no worker; start one: softwright worker")
        return
    show_table(
        ("worker", "state", "host", "pid", "version", "queues", "silent", "runs"),
        [
            (
                row.id,
                row.state,
                row.host,
                row.pid,
                row.version,
                ", ".join(row.queues) or "all",
                "" if row.silent_s is None else f"{row.silent_s:.0f} s",
                row.runs,
            )
            for row in rows
        ],
    )


@app.command()
def drain(
    workers: Annotated[
        list[str] | None,
        typer.Argument(help="Ids of workers, as `worker list` shows them.", metavar="ID"),
    ] = None,
    everyone: Annotated[bool, typer.Option("--all", help="Every worker.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Ask workers to end what they are at and go; the others take over their runs at once.

    Examples: softwright worker drain build-3:4711:9f31c2aa; softwright worker drain --all
    """
    asked = use.drain_workers(House(), workers or [], all_of_them=everyone)
    if as_json:
        show_json(asked)
        return
    for name in asked:
        out.print(f"{name} was asked to go", soft_wrap=True)
    if not asked:
        out.print("nobody had to be asked: no worker is at work that was not asked before", soft_wrap=True)
