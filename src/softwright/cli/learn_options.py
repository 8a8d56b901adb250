"""Options of `softwright learn`."""

from pathlib import Path
from typing import Annotated

import typer

CommitOption = Annotated[
    list[str] | None,
    typer.Option(
        "--from-commit",
        help="A commit; REPO is a folder or a name in the fleet file. May be repeated.",
        metavar="REPO@COMMIT",
    ),
]
DiffOption = Annotated[
    list[Path] | None,
    typer.Option("--from-diff", help="A unified diff. May be repeated.", metavar="FILE"),
]
BeforeOption = Annotated[Path | None, typer.Option("--before", help="A file or folder before the change.")]
AfterOption = Annotated[Path | None, typer.Option("--after", help="The same after the change.")]
FolderOption = Annotated[
    Path | None,
    typer.Option("--repo", help="The folder that the paths of a diff are in; default: the present one."),
]
OutOption = Annotated[
    Path | None,
    typer.Option(
        "--out", help="Where rule files go; default: the first folder of the settings.", metavar="DIR"
    ),
]
PrefixOption = Annotated[
    str, typer.Option("--name", help="What the rules' names begin with.", metavar="PREFIX")
]
PythonOption = Annotated[
    str,
    typer.Option("--min-python", help="The least Python that the new code runs on.", metavar="VERSION"),
]
CampaignOption = Annotated[
    str, typer.Option("--campaign", help="Write NAME.yaml too: a campaign of the rules.", metavar="NAME")
]
LoopOption = Annotated[
    str,
    typer.Option(
        "--loop", help="Then go through the doubtful files of this repository, one by one.", metavar="REPO"
    ),
]
AnswersOption = Annotated[
    Path | None,
    typer.Option(
        "--answers", help="Folder with the loop's files as they should be; nobody is asked.", metavar="DIR"
    ),
]
FleetOption = Annotated[Path | None, typer.Option("--fleet", help="The fleet file.")]
YesOption = Annotated[
    bool, typer.Option("--yes", "-y", help="Ask nothing: the more specific reading is taken.")
]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace files that are there.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Write nothing.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
