"""Options of `softwright campaign review`."""

from typing import Annotated

import typer

_KEY = "SHAPE|SITE"

AcceptOption = Annotated[
    list[str] | None,
    typer.Option("--accept", "-a", help="Accept a shape's open edits, or one edit.", metavar=_KEY),
]
RejectOption = Annotated[
    list[str] | None,
    typer.Option("--reject", help="Leave a shape's edits, or one edit, out for good.", metavar=_KEY),
]
ExceptOption = Annotated[
    list[str] | None, typer.Option("--except", "-e", help="Not these edits.", metavar="SITE")
]
ReasonOption = Annotated[str, typer.Option(help="What is wrong; needed to reject.")]
CorrectOption = Annotated[
    str, typer.Option("--correct", help="An edit whose lines are to be others.", metavar="SITE")
]
TextOption = Annotated[
    str, typer.Option("--with", help="The file with these lines; `-`: standard input.", metavar="FILE")
]
UndoOption = Annotated[list[str] | None, typer.Option("--undo", help="Take decisions back.", metavar=_KEY)]
LargeOption = Annotated[int, typer.Option(help="Edits from which a shape is read as one.", min=1)]
SitesOption = Annotated[bool, typer.Option("--sites", help="List every site, not only samples.")]
ListOption = Annotated[bool, typer.Option("--list", help="List, ask nothing.")]
RunOption = Annotated[
    bool,
    typer.Option("--run/--no-run", help="Propose again at once where edits were rejected or corrected."),
]
