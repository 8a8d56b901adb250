"""Arguments and options that several commands of `softwright campaign` take."""

from pathlib import Path
from typing import Annotated

import typer

FileArgument = Annotated[Path, typer.Argument(help="The campaign file.", metavar="FILE")]
NameArgument = Annotated[str, typer.Argument(help="The campaign's name, or its file.", metavar="CAMPAIGN")]
RepoOption = Annotated[
    list[str] | None,
    typer.Option("--repo", "-r", help="Only repositories whose name matches this glob.", metavar="GLOB"),
]
ReposArgument = Annotated[
    list[str] | None, typer.Argument(help="Repositories, by name or glob; none: all.", metavar="REPO")
]
JobsOption = Annotated[int | None, typer.Option("--jobs", "-j", help="Worker processes.", min=1, max=256)]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
UnsandboxedOption = Annotated[
    bool,
    typer.Option("--allow-unsandboxed", help="Run commands of repositories even where no sandbox works."),
]
WhoOption = Annotated[str, typer.Option("--as", help="Who decides; default: you.", metavar="NAME")]
FollowOption = Annotated[
    bool, typer.Option("--follow", help="Leave the work to `softwright worker` processes, and follow it.")
]
DetachOption = Annotated[bool, typer.Option("--detach", help="Leave the work to workers and return at once.")]
