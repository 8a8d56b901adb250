"""How what was learned is shown."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.text import Text

from softwright.app import learn as use
from softwright.cli.campaign_show import print_diff
from softwright.cli.show import err, out
from softwright.core import counted

_FEW = 10  # one-off edits that are shown one by one


class Told:
    """What is said along the way, on stderr; nothing when `quiet`."""

    def __init__(self, *, quiet: bool) -> None:
        self.quiet = quiet

    def __call__(self, text: str, *, style: str = "") -> None:
        """Say a line."""
        if not self.quiet:
            err.print(Text(text, style=style), soft_wrap=True)

    def notes(self, notes: Sequence[str]) -> None:
        """Say what was no example."""
        for note in notes:
            self(f"note: {note}", style="dim")


def show_lesson(lesson: use.Lesson, written: use.Written) -> None:
    """The rules in words with their confidence, and the edits that no rule makes.

    A rule that was written for several languages is said once.
    """
    rows = use.understood(lesson)
    changed = sum(not example.is_left_alone for example in lesson.examples)
    out.print(
        Text(f"Learned from {lesson.origin}: {counted(changed, 'changed file')}, "
        f"{counted(len(lesson.examples) - changed, 'file')} left alone"),
        soft_wrap=True,
    )  # fmt: skip
    said: dict[tuple[str, str, float], list[str]] = {}
    for row, (_, file) in zip(rows, written.rules, strict=True):
        said.setdefault((row.words, file.safety, row.confidence), []).append(f"{row.language}: {file.id}")
    for number, ((words, safety, trust), files) in enumerate(said.items(), 1):
        out.print(Text.assemble((f"{number:>3}. ", "bold"), words), soft_wrap=True)
        style = "green" if safety == "safe" else "yellow"
        told = f", confidence {trust:.2f}, {'; '.join(files)}"
        out.print(Text.assemble("     ", (safety, style), told), soft_wrap=True)
    _show_one_offs(lesson)


def _show_one_offs(lesson: use.Lesson) -> None:
    edits = lesson.learned.one_offs
    if not edits:
        return
    out.print(
        f"{counted(len(edits), 'edit')} {'looks' if len(edits) == 1 else 'look'} one-off, no rule makes them:"
    )
    for edit in edits[:_FEW]:
        out.print(
            Text(f"     {edit.path}:{edit.line}: {_line(edit.before)} → {_line(edit.after)} ({edit.why})"),
            soft_wrap=True,
        )
    if len(edits) > _FEW:
        out.print(f"     and {len(edits) - _FEW} more; --json lists them")


def undone(lesson: use.Lesson) -> list[str]:
    """What to say of files that nobody touched although they hold the same code."""
    if not lesson.undone:
        return []
    paths = ", ".join([each.path for each in lesson.undone[:3]] + ["…"] * (len(lesson.undone) > 3))
    verb = "counts" if len(lesson.undone) == 1 else "count"
    return [
        f"{counted(len(lesson.undone), 'untouched file')} with the same code {verb} as not done yet: {paths}"
    ]


def show_question(question: use.Question) -> None:
    """One place, and what each reading would do there."""
    out.print(
        Text.assemble(("\nTwo readings of the change differ here: ", "bold"), question.text), soft_wrap=True
    )
    out.print(Text(f"{question.repo}: {question.path}:{question.line}"), soft_wrap=True)
    for name, hunk in (("the more specific one", question.narrow), ("the more general one", question.wide)):
        out.print(Text(f"  {name}{':' if hunk else ' leaves it alone'}"))
        if hunk:
            print_diff(f"{hunk}\n")
    if question.others:
        out.print(f"  the answer is also about {counted(question.others, 'place')} more in this file")


def show_written(written: use.Written, *, dry_run: bool) -> None:
    """The files, what is to be known of them, and how to go on."""
    verb = "would be written" if dry_run else "written"
    for path, rule in written.rules:
        if not path:
            err.print(Text(f"{rule.id}: no file, because {rule.reason}", style="yellow"), soft_wrap=True)
            continue
        out.print(Text(f"{path} {verb}, {counted(rule.samples, 'sample')}"), soft_wrap=True)
        if rule.reason:
            err.print(Text(f"{path}: for review, because {rule.reason}", style="yellow"), soft_wrap=True)
    if written.campaign:
        out.print(
            Text(f"{written.campaign} {verb}; see what it does: softwright campaign plan {written.campaign}"),
            soft_wrap=True,
        )
    paths = [path for path, _ in written.rules if path]
    if paths and not dry_run and not written.campaign:
        out.print(Text(f"try it: softwright rule try {','.join(paths)} src/"), soft_wrap=True)


def document(
    lesson: use.Lesson,
    written: use.Written,
    asked: Sequence[dict[str, Any]],
    notes: Sequence[str],
    *,
    dry_run: bool,
) -> dict[str, Any]:
    """All of it as JSON."""
    return {
        "origin": lesson.origin,
        "examples": {
            "changed": sum(not example.is_left_alone for example in lesson.examples),
            "left_alone": sum(example.is_left_alone for example in lesson.examples),
        },
        "rules": [
            {
                **asdict(row),
                "id": file.id,
                "safety": file.safety,
                "path": path,
                "samples": file.samples,
                "reason": file.reason,
            }
            for row, (path, file) in zip(use.understood(lesson), written.rules, strict=True)
        ],
        "one_offs": [asdict(edit) for edit in lesson.learned.one_offs],
        "asked": list(asked),
        "campaign": written.campaign,
        "written": not dry_run,
        "notes": list(notes),
    }


def _line(code: str) -> str:
    text = " ".join(code.split()) or "nothing"
    return text if len(text) <= 60 else f"{text[:59]}…"
