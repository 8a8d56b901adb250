"""`softwright learn replay`: would learning have replayed the migrations of a repository?"""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from softwright.app import House
from softwright.app import replay as use
from softwright.cli.progress import Progress
from softwright.cli.show import err, out, show_json, show_table
from softwright.core import InvalidInput, counted


def replay(
    repo: Annotated[str, typer.Argument(help="A folder, or a name in the fleet file.", metavar="REPO")],
    since: Annotated[
        str,
        typer.Option("--since", help="The oldest commit: 2025-01-31, or `18 months ago`.", metavar="DATE"),
    ] = "",
    limit: Annotated[
        int, typer.Option("--limit", help="Replay so many migrations, the newest first.", min=1)
    ] = 20,
    k: Annotated[int, typer.Option("-k", help="Changed files that are shown.")] = 3,
    order: Annotated[
        str,
        typer.Option("--order", help="Which are shown: path, informative or loop."),
    ] = "loop",
    limit_s: Annotated[
        float, typer.Option("--time-limit", help="Seconds for one migration.", min=0.01)
    ] = 120,
    fleet: Annotated[Path | None, typer.Option("--fleet", help="The fleet file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Would this have replayed our last migrations? A repository's own history is the judge.

    Commits are looked for that changed four files of a language or more, and made one edit ten times or
    more. Of each, -k files are shown, rules are learned from them, and what they make of the others is
    compared with what people made of them. Nothing is written.

    Examples: softwright learn replay . --since "2 years ago"
              softwright learn replay payments/api --order informative -k 1 --json
    """
    house = House()
    plan = use.plan_of(order, k)
    past = use.history(house, repo, since, fleet)
    if not past.commits:
        raise InvalidInput(
            f"no commit since {since}" if since else "no commit changes what another one left",
            hint="give an earlier --since, or none" if since else "merges and first commits teach nothing",
            where=repo,
        )
    chosen = _chosen(past, k, limit)
    done: list[use.Replay] = []
    with Progress("replay", quiet=as_json) as progress:
        progress.start(len(chosen))
        for each in use.replayed(past, chosen, plan, limit_s=limit_s, jobs=house.settings.workers):
            done.append(each)
            progress.step(each.candidate.commit[:12], _remark(each))
    done.sort(key=lambda each: chosen.index(each.candidate))
    if as_json:
        show_json(_document(past, order, k, done))
    else:
        _show(past, order, k, done)


def _chosen(past: use.History, k: int, limit: int) -> list[use.Candidate]:
    chosen: list[use.Candidate] = []
    with Progress("history", quiet=True) as progress:
        progress.start(len(past.commits))
        for line, found in zip(past.commits, use.candidates(past, k), strict=True):
            progress.step(line.commit[:12], "")
            chosen += found
            if len(chosen) >= limit:
                break
    return chosen[:limit]


def _show(past: use.History, order: str, k: int, done: Sequence[use.Replay]) -> None:
    looked = counted(len(past.commits), "commit")
    if not done:
        err.print(
            f"{past.repo}: none of {looked} made one edit {use.LEAST_REPEATED} times in "
            f"{max(use.LEAST_FILES, k + 1)} changed files of a language; look further back with --since"
        )
        return
    columns = (
        "commit",
        "date",
        "files",
        "edits",
        "made",
        "right",
        "repeated",
        "exact",
        "alone",
        "",
        "change",
    )
    show_table(columns, [_row(each) for each in done])
    out.print()
    for line in _summary(past, order, k, done):
        out.print(line, soft_wrap=True, markup=False)


def _row(each: use.Replay) -> tuple[object, ...]:
    score, known = each.score, each.candidate
    return (
        known.commit[:12],
        known.date,
        score.files,
        score.lenient.human,
        score.lenient.made,
        _share(score.lenient.precision),
        _share(score.strict.recall_repeated),
        f"{score.formatted}/{score.files}",
        f"{score.false_untouched} in {score.untouched}",
        _remark(each),
        known.title,
    )


def _remark(each: use.Replay) -> str:
    return each.score.fault or ("silent" if each.score.silent else "")


def _share(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.0f} %"


def _summary(past: use.History, order: str, k: int, done: Sequence[use.Replay]) -> list[str]:
    found = use.together(done, order, k)
    files, alone = (int(found.total(of)) for of in (lambda s: s.files, lambda s: s.untouched))
    exact, wrong = (int(found.total(of)) for of in (lambda s: s.formatted, lambda s: s.false_untouched))
    shown = counted(k, "file")
    silent = f"{found.silent} silent ({found.faults} of them without a result)"
    right, repeated = _share(found.lenient.precision), _share(found.strict.recall_repeated)
    edits = (
        f"{found.lenient.human} edits in files not shown; {found.lenient.made} made, {right} of those right"
    )
    last = f"{exact} of {counted(files, 'file')} as their authors left them"
    lines = [
        f"{past.repo}: {counted(len(done), 'migration')} replayed from {shown} each; {silent}",
        f"{edits}; of the repeated edits {repeated} made",
        f"{last}; {counted(wrong, 'edit')} in {counted(alone, 'file')} that they left alone",
    ]
    if order == "informative":
        lines.append("the files shown were chosen by what people changed: an upper bound")
    return lines


def _document(past: use.History, order: str, k: int, done: Sequence[use.Replay]) -> dict[str, Any]:
    found = use.together(done, order, k)
    return {
        "repo": past.repo,
        "commits": len(past.commits),
        "order": order,
        "k": k,
        "migrations": [_fields(each) for each in done],
        "together": {
            "migrations": len(done),
            "silent": found.silent,
            "faults": found.faults,
            "precision": found.lenient.precision,
            "recall_repeated": found.strict.recall_repeated,
            "files": found.total(lambda s: s.files),
            "exact": found.total(lambda s: s.formatted),
            "false_untouched": found.total(lambda s: s.false_untouched),
            "untouched": found.total(lambda s: s.untouched),
        },
    }


def _fields(each: use.Replay) -> dict[str, Any]:
    score = each.score
    return {
        **asdict(each.candidate),
        "shown": list(score.shown),
        "edits": score.lenient.human,
        "made": score.lenient.made,
        "right": score.lenient.right,
        "precision": score.lenient.precision,
        "recall_repeated": score.strict.recall_repeated,
        "predicted_files": score.files,
        "exact": score.formatted,
        "untouched": score.untouched,
        "false_untouched": score.false_untouched,
        "rules": score.rules,
        "silent": score.silent,
        "fault": score.fault,
        "causes": {str(cause): count for cause, count in score.causes.items()},
        "seconds": round(each.seconds, 2),
    }
