"""How shapes and single edits are shown to people."""

from collections.abc import Sequence

from rich.markup import escape
from rich.text import Text

from softwright.app.campaign_shapes import EditsDecided, Review, ReviewedEdit, ReviewedShape
from softwright.cli.show import out
from softwright.core import counted

_MANY = 20
_LINES = 14
_COLOURS = {"open": "cyan", "accepted": "green", "rejected": "yellow"}


def show_review(review: Review, *, sites: bool = False) -> None:
    """Every shape with samples, then the exceptions."""
    show_head(review)
    for shape in review.shapes:
        out.print()
        show_shape(shape, sites=sites)
    if review.exceptions:
        out.print(f"\n{counted(len(review.exceptions), 'exception')}", style="bold")
    shown = review.exceptions if sites else review.exceptions[:_MANY]
    for edit in shown:
        out.print()
        show_edit(edit)
    if left := len(review.exceptions) - len(shown):
        out.print(f"\nand {counted(left, 'exception')} more: --sites lists all, --json too")
    show_left_out(review)


def show_left_out(review: Review) -> None:
    """The edits that people rejected or corrected and that are not in the change any more."""
    gone = review.left_out
    if not gone:
        return
    out.print(f"\n{counted(len(gone), 'edit')} as people decided, not in the change:", style="bold")
    for each in gone[:_MANY]:
        said = f": {each.reason}" if each.reason else ""
        place = Text.assemble("  ", (each.edit, "dim"), f" {each.repo} {each.path}  {each.decision}{said}")
        out.print(place, soft_wrap=True)
    if len(gone) > _MANY:
        out.print(f"  and {len(gone) - _MANY} more: --json lists all")


def show_head(review: Review) -> None:
    """One line that says how much there is to read, and how much is left to decide."""
    edits = review.edits
    repos = len({edit.placed.repo for edit in edits})
    waiting = sum(edit.standing == "open" for edit in edits)
    out.print(
        Text.assemble(
            (f"{counted(len(edits), 'edit')} in {counted(repos, 'repository')}", "bold"),
            f": {counted(len(review.shapes), 'shape')} and "
            f"{counted(len(review.exceptions), 'exception')} to read; {waiting:,} open",
        ),
        soft_wrap=True,
    )


def show_shape(shape: ReviewedShape, *, sites: bool = False) -> None:
    """A shape: how often, where it stands, before and after, samples (or every site)."""
    head = Text.assemble((shape.key, "bold"), f"  {counted(len(shape.edits), 'edit')} in ")
    head.append(f"{counted(shape.files, 'file')} of {counted(len(shape.repos), 'repository')}; ")
    head.append(_standings(shape.standings))
    head.append("; ")
    checks = (
        f"checks hold {len(shape.held)} back: {', '.join(shape.held[:3])}" if shape.held else "checks passed"
    )
    head.append(checks, "yellow" if shape.held else "")
    out.print(head, soft_wrap=True)
    _show_change(shape.form.before, shape.form.after, indent="    ")
    for edit in shape.edits if sites else shape.samples:
        one = edit.placed
        place = Text.assemble("  ", (edit.id, "dim"), f" {one.repo} {one.path}:{one.edit.line}  ")
        before, after = edit.lines
        place.append(_on_one_line(before), "red").append(" → ").append(_on_one_line(after), "green")
        place.append(f"  {edit.standing}" if edit.standing != "open" else "", _COLOURS[edit.standing])
        out.print(place, soft_wrap=True)


def show_edit(edit: ReviewedEdit) -> None:
    """One edit by itself: where it is, what it changes, where it stands."""
    one = edit.placed
    head = Text.assemble((edit.id, "bold"), f"  {one.repo} {one.path}:{one.edit.line}  ")
    head.append(str(edit.standing), _COLOURS[edit.standing])
    if edit.repo.state == "held":
        head.append(f"  held: {edit.repo.reason}", "yellow")
    out.print(head, soft_wrap=True)
    _show_change(*edit.lines, indent="    ")


def show_decided(decided: EditsDecided, campaign: str) -> None:
    """What was recorded, and what follows from it."""
    parts = [
        f"{count:,} {word}"
        for count, word in (
            (decided.accepted, "accepted"),
            (decided.rejected, "rejected"),
            (decided.corrected, "corrected"),
            (decided.undone, "open again"),
        )
        if count
    ]
    out.print(f"edits: {', '.join(parts) or 'none was decided about'}", style="bold")
    if decided.approved:
        out.print(f"approved: {_names(decided.approved)}", soft_wrap=True, markup=False)
    if decided.held:
        out.print(
            f"held by a check, so not approved: {_names(decided.held)}; "
            f"softwright campaign approve {campaign} --repo NAME --reason WHY approves one all the same",
            soft_wrap=True,
            markup=False,
        )
    for name, why in decided.passed_over[:_MANY]:
        out.print(f"passed over: {name}: {why}", markup=False)


def _standings(standings: dict[str, int]) -> Text:
    shown = [Text(f"{count:,} {name}", style=_COLOURS[name]) for name, count in standings.items() if count]
    return Text(", ").join(shown)


def _show_change(before: str, after: str, *, indent: str) -> None:
    for sign, text, colour in (("-", before, "red"), ("+", after, "green")):
        lines = text.strip("\r\n").splitlines()
        for line in lines[:_LINES]:
            out.print(f"{indent}{sign} {escape(line)}", style=colour, soft_wrap=True)
        if len(lines) > _LINES:
            out.print(f"{indent}{sign} … {len(lines) - _LINES} more lines", style="dim")


def _on_one_line(text: str, most: int = 60) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _names(names: Sequence[str]) -> str:
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return ", ".join(names[:10]) + more
