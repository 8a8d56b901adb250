"""How campaigns are shown: tables and diffs for people, plain data for programs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich.text import Text

from softwright.app.campaign_review import CampaignView, FileView, HistoryEntry, RepoView, ShownDiff
from softwright.cli.show import out, show_table
from softwright.core import Outcome, counted

_FEW = 3
_MANY = 20

STAGES = {"queued": "waiting", "propose": "proposing", "check": "checking", "prepare": "preparing"}
"""Words for the stages that repositories are at."""

STYLES: dict[str, str] = {
    "prepared": "cyan",
    "approved": "blue",
    "delivered": "green",
    "merged": "green",
    "held": "yellow",
    "rejected": "yellow",
    "failed": "red",
    "closed": "dim",
    "no-sites": "dim",
}
_OUTCOMES = {Outcome.PASS: "green", Outcome.FAIL: "red", Outcome.LIMIT: "yellow", Outcome.ERROR: "red"}


def state_text(state: str) -> Text:
    """A state in its colour."""
    return Text(str(state), style=STYLES.get(str(state), ""))


def counts_text(counts: Mapping[str, int]) -> str:
    """`3 prepared, 1 held`."""
    return ", ".join(f"{count} {state}" for state, count in counts.items())


def request_text(repo: RepoView) -> str:
    """The change request in a line: address, state, continuous integration; or why there is none."""
    request = repo.request
    if request is None:
        return ""
    ci = f"CI {request.ci}" if request.ci not in ("", "none") else ""
    fault = request.fault if request.url or not request.fault else f"not opened: {request.fault}"
    return ", ".join(filter(None, (f"{request.url} {request.state}".strip(), ci, fault)))


def show_status(view: CampaignView, repos: Sequence[RepoView]) -> None:
    """The repositories of a campaign."""
    asked = any(r.request is not None for r in repos)
    rows = [
        (
            *(r.name, state_text(r.state), r.sites, len(r.files), r.added, r.removed),
            *([request_text(r)] if asked else []),
            r.reason,
        )
        for r in repos
        if r.state != "no-sites" or len(repos) < len(view.repos) or len(repos) == 1
    ]
    if rows:
        columns = ("repo", "state", "sites", "files", "+", "-")
        show_table((*columns, *(["change request"] if asked else []), "reason"), rows)
    elif not repos and view.repos:
        out.print("no repository is like that")
    out.print(
        f"{view.name} ({view.status}): {counts_text(view.counts)}; "
        f"{counted(view.sites, 'site')} in {counted(view.changed_files, 'file')}"
    )
    if view.going_on:
        left = ", ".join(f"{count:,} {STAGES.get(stage, stage)}" for stage, count in view.going_on.items())
        out.print(f"still to be done by its run: {left}", style="yellow")


def show_remarks(remarks: Mapping[str, str]) -> None:
    """What to know of repositories beyond their states: all of a few, of many the first."""
    for name in list(remarks)[:_MANY]:
        out.print(f"{name}: {remarks[name]}", style="yellow", markup=False, soft_wrap=True)
    if len(remarks) > _MANY:
        out.print(f"and {counted(len(remarks) - _MANY, 'more repository')} with such remarks")


def show_repo(repo: RepoView, history: Sequence[HistoryEntry]) -> None:
    """Everything about one repository."""
    out.print(
        Text.assemble((repo.name, "bold"), "  ", state_text(repo.state), f"  {repo.reason}"), soft_wrap=True
    )
    facts = [
        ("from", repo.url),
        ("base", f"{repo.base_branch} {repo.base_commit[:12]}"),
        ("commit", f"{repo.commit[:12]} for {repo.branch}" if repo.commit else ""),
        ("edits", repo.shown[:12]),
    ]
    if repo.approval is not None:
        stale = "" if repo.approval.current else " (of earlier edits: they have changed since)"
        facts.append(("decision", f"{repo.approval.decision} by {repo.approval.who}{stale}"))
        facts.append(("why", repo.approval.reason))
    if repo.delivery is not None:
        facts.append(("delivery", f"{repo.delivery.state} {repo.delivery.answer}".strip()))
    facts.append(("change request", request_text(repo)))
    facts += [("left behind", f"{branch}, of an earlier delivery") for branch in repo.left_behind]
    show_table(("", ""), [fact for fact in facts if fact[1]])
    if repo.files:
        out.print()
        show_table(
            ("file", "status", "sites", "+", "-", "by"),
            [
                (f.path, _what_happens(f), f.sites, f.added, f.removed, ", ".join(f.origins))
                for f in repo.files
            ],
        )
    _show_verdicts(repo)
    for note in repo.notes:
        out.print(f"note: {note}", markup=False, soft_wrap=True)
    out.print()
    show_table(
        ("when", "state", "reason"),
        [(f"{h.at:%Y-%m-%d %H:%M:%S}", state_text(h.state), h.reason) for h in history],
    )


def _what_happens(file: FileView) -> str:
    return ", ".join(filter(None, (file.status, file.mode_change)))


def _show_verdicts(repo: RepoView) -> None:
    for verdict in repo.verdicts:
        head = Text.assemble(
            "\n", (verdict.check, "bold"), "  ", (str(verdict.outcome), _OUTCOMES.get(verdict.outcome, "dim"))
        )
        out.print(
            head.append(f"  {verdict.summary}" + ("  (cached)" if verdict.cached else "")), soft_wrap=True
        )
        for finding in verdict.evidence:
            place = f"{finding.path}:{finding.line}: " if finding.path else ""
            code = f" [{finding.code}]" if finding.code else ""
            out.print(f"  {place}{finding.message}{code}", markup=False, soft_wrap=True)
            for detail in finding.detail.splitlines():
                out.print(f"      {detail}", markup=False, style="dim", soft_wrap=True)
        if verdict.known:
            out.print(f"  known before: {len(verdict.known)}", style="dim")


def show_diffs(diffs: Sequence[ShownDiff]) -> None:
    """Diffs one after the other, under the name of their repository; coloured on a terminal.

    In a pipe the name is a line that `patch` and `git apply` pass over.
    """
    repo = ""
    for diff in diffs:
        if diff.repo != repo and out.is_terminal:
            out.print(f"\n{diff.repo}", style="bold", markup=False)
        elif diff.repo != repo:
            out.file.write(f"# {diff.repo}\n")
        repo = diff.repo
        print_diff(diff.diff)


def print_diff(diff: str) -> None:
    """A unified diff; coloured on a terminal."""
    if out.is_terminal:
        from rich.syntax import Syntax  # with it come the lexers

        out.print(Syntax(diff, "diff", theme="ansi_dark", background_color="default", word_wrap=True))
    else:
        out.file.write(diff)


def campaign_json(view: CampaignView) -> dict[str, Any]:
    """A campaign without its repositories."""
    return {
        "name": view.name,
        "description": view.description,
        "status": view.status,
        "counts": view.counts,
        "sites": view.sites,
        "changed_files": view.changed_files,
        "created_at": view.created_at.isoformat(),
        "updated_at": view.updated_at.isoformat(),
        "run_seconds": view.run_seconds,
        "going_on": dict(view.going_on),
    }


def repo_json(repo: RepoView, *, whole: bool = False) -> dict[str, Any]:
    """A repository; with `whole` its verdicts, decision and delivery too."""
    document = asdict(repo) | {"state": str(repo.state), "added": repo.added, "removed": repo.removed}
    for field in () if whole else ("verdicts", "notes", "seconds", "approval", "delivery"):
        document.pop(field)
    return document


def history_json(history: Sequence[HistoryEntry]) -> list[dict[str, Any]]:
    """The history of a repository."""
    return [asdict(entry) for entry in history]


def passed_over(rows: Sequence[tuple[str, str]]) -> Iterator[str]:
    """What to say of repositories that a decision passed over: each of a few, many of one state in one line.

    Those without sites are not mentioned: nothing could be decided there.
    """
    by_state: dict[str, list[tuple[str, str]]] = {}
    for name, why in rows:
        by_state.setdefault(why.split()[1].rstrip(":"), []).append((name, why))
    for state, group in by_state.items():
        if state == "no-sites":
            continue
        if len(group) <= _FEW:
            yield from (f"{name} {why}" for name, why in group)
            continue
        names = ", ".join(name for name, _ in group[:_FEW])
        cure = (
            "; name one with --repo and give a --reason to approve it all the same" if state == "held" else ""
        )
        yield f"{len(group)} are {state} ({names}, …){cure}"
