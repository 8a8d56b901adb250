"""Questions of `softwright learn`: two readings of a change, and the files of the loop."""

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import typer
from rich.text import Text

from softwright.app import House
from softwright.app import learn as use
from softwright.cli.campaign_show import print_diff
from softwright.cli.learn_show import Told, show_question
from softwright.cli.show import out
from softwright.core import InvalidInput, OutsideFault, counted

_HELP = "right / alone / edit / FILE with it as it should be / stop"
STOP = "stop"


def ask_all(
    house: House, lesson: use.Lesson, gathered: use.Gathered, fleet: Path | None, told: Told, *, yes: bool
) -> tuple[use.Lesson, list[dict[str, Any]]]:
    """The lesson after its questions, and what was asked with the answers.

    Without a terminal, with `yes`, or when only JSON is wanted nobody is asked: the more specific reading is
    taken, and that is said.
    """
    asked: list[dict[str, Any]] = []
    silent = yes or told.quiet or not sys.stdin.isatty()
    for _ in range(use.MOST_QUESTIONS):
        question = use.ask(house, lesson, gathered, fleet)
        if question is None:
            break
        if not told.quiet:
            show_question(question)
        wider = False if silent else typer.confirm("Is it to be changed as the more general one says?")
        if silent:
            told("  taken: the more specific one, because nobody is asked", style="yellow")
            lesson = use.pass_over(lesson, question)
        else:
            lesson = use.answer(lesson, question, yes=wider)
        asked.append(_record(question, "" if silent else "general" if wider else "specific"))
    return lesson, asked


def _record(question: use.Question, answer: str) -> dict[str, Any]:
    return {
        "question": question.text,
        "repo": question.repo,
        "path": question.path,
        "line": question.line,
        "specific": question.narrow,
        "general": question.wide,
        "answer": answer or "specific, not asked",
    }


def loop(
    house: House, lesson: use.Lesson, name: str, answers: Path | None, fleet: Path | None, told: Told
) -> use.Lesson:
    """The lesson after going through the doubtful files of a repository, the most doubtful first.

    A file is right as the rules have it, to be left alone, or given as it should be: in an editor, as a file,
    or by the folder `answers`, which ends the loop at the first file that it lacks.
    """
    if answers is not None and not answers.is_dir():
        raise InvalidInput(
            f"there is no folder {answers}", hint="--answers names a folder with files as they should be"
        )
    label, files = use.files_to_teach(house, lesson, name, fleet)
    shown = [each.path for each in lesson.examples if files.get(each.path) in (each.before, each.after)]
    while (proposal := use.propose(lesson, files, shown)) is not None:
        shown.append(proposal.path)
        if not told.quiet:
            out.print(Text(f"\n{label}: {proposal.path}", style="bold"), soft_wrap=True)
            if proposal.diff:
                print_diff(f"{proposal.diff}\n")
            else:
                out.print("  would be left alone")
        after = _from_folder(proposal, answers) if answers else _from_person(proposal, told)
        if after is None:
            break
        lesson = use.teach(lesson, proposal, after, label)
        told(f"  learned again: {counted(len(lesson.learned.rules), 'rule')}", style="dim")
    else:
        told("no file is in doubt any more", style="dim")
    return lesson


def _from_folder(proposal: use.Proposal, answers: Path) -> str | None:
    place = answers / proposal.path
    return _text(place) if place.is_file() else None


def _from_person(proposal: use.Proposal, told: Told) -> str | None:
    """The file as the person wants it, None to stop. A pipe that ends stops too."""
    while True:
        try:
            said = typer.prompt(_HELP, default=STOP, show_default=False, prompt_suffix=": ", err=True).strip()
        except typer.Abort:
            return None
        short = {"r": "right", "a": "alone", "e": "edit", "s": STOP, "q": STOP}.get(said, said)
        answers: dict[str, Callable[[], str | None]] = {
            "right": lambda: proposal.after,
            "alone": lambda: proposal.before,
            "edit": lambda: _edited(proposal),
            STOP: lambda: None,
        }
        try:
            return answers[short]() if short in answers else _text(Path(said))
        except (InvalidInput, OutsideFault) as error:
            told(f"  {error.message}", style="yellow")


def _edited(proposal: use.Proposal) -> str:
    """The proposed file after a visit to $EDITOR."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    with tempfile.TemporaryDirectory(prefix="softwright-learn-") as folder:
        place = Path(folder) / Path(proposal.path).name
        place.write_text(proposal.after, encoding="utf-8", newline="")
        try:
            done = subprocess.run([*shlex.split(editor), str(place)], check=False)
        except OSError as error:
            raise OutsideFault(f"the editor `{editor}` cannot be started: {error.strerror}") from error
        if done.returncode:
            raise OutsideFault(f"the editor `{editor}` ended with {done.returncode}")
        return _text(place)


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}", hint=f"answer {_HELP}") from error
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path} is not UTF-8") from error
