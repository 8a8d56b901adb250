"""Campaigns: write the file, plan, run, deliver, follow, close."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from softwright.app.wiring import House
from softwright.campaigns import conduct
from softwright.campaigns.conduct import Closing as Closing
from softwright.campaigns.conduct import Deliveries as Deliveries
from softwright.campaigns.conduct import Followings as Followings
from softwright.campaigns.conduct import close as close
from softwright.campaigns.conduct import deliver as deliver
from softwright.campaigns.conduct import new_campaign as new_campaign
from softwright.campaigns.conduct import pause as pause
from softwright.campaigns.follow import Followed as Followed
from softwright.campaigns.means import AskRows
from softwright.campaigns.plan import Plan as Plan
from softwright.campaigns.push import Delivered as Delivered
from softwright.campaigns.run import Watch
from softwright.campaigns.tally import Progress as Progress
from softwright.campaigns.tally import RunReport as RunReport
from softwright.ledger import RecordedEvent as RecordedEvent

Asking = Callable[[str, int, int], None]
"""Told of a query's work: what is read, how many are done, how many there are."""


def plan_campaign(
    house: House,
    path: Path,
    *,
    globs: Sequence[str] = (),
    jobs: int | None = None,
    samples: int = 3,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Plan:
    """What a run would find and change; nothing is written to mirrors or ledger."""
    rows = asking(house)
    return conduct.plan(house, path, rows, globs=globs, jobs=jobs, samples=samples, on_progress=on_progress)


def run_campaign(
    house: House,
    path: Path,
    *,
    globs: Sequence[str] = (),
    jobs: int | None = None,
    allow_unsandboxed: bool = False,
    reopening: bool = False,
    on_select: Asking = lambda what, done, total: None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    on_event: Callable[[RecordedEvent], None] | None = None,
    elsewhere: bool = False,
    detach: bool = False,
) -> RunReport:
    """Find, change, check and prepare a commit in every repository; raises as `conduct.run`.

    `on_select` is told of the query's work when the campaign selects by SQL. With `elsewhere` workers do the
    work and this process follows; with `detach` it does not even follow.
    """
    return conduct.run(
        house,
        path,
        asking(house, on_select),
        globs=globs,
        jobs=jobs,
        allow_unsandboxed=allow_unsandboxed,
        reopening=reopening,
        watch=Watch(not elsewhere, detach, on_progress, on_event),
    )


def resume_campaign(
    house: House,
    name_or_path: str,
    *,
    jobs: int | None = None,
    allow_unsandboxed: bool = False,
    elsewhere: bool = False,
    detach: bool = False,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> RunReport:
    """Go on with a paused campaign where it was; `elsewhere` and `detach` as for a run."""
    return conduct.resume(
        house,
        name_or_path,
        jobs=jobs,
        allow_unsandboxed=allow_unsandboxed,
        watch=Watch(not elsewhere, detach, on_progress),
    )


def follow(
    house: House,
    name_or_path: str,
    *,
    globs: Sequence[str] = (),
    jobs: int | None = None,
    allow_unsandboxed: bool = False,
    on_sync: Callable[[str, int], None] = lambda repo, total: None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> Followings:
    """Sync, see what was merged or deleted, and run again where the branch moved under a change."""
    return conduct.follow(
        house,
        name_or_path,
        asking(house),
        globs=globs,
        jobs=jobs,
        allow_unsandboxed=allow_unsandboxed,
        on_sync=on_sync,
        on_progress=on_progress,
    )


def asking(house: House, on_progress: Asking = lambda what, done, total: None) -> AskRows:
    """Queries over the facts of this home, for a campaign's select."""

    def rows(sql: str, file: Path) -> tuple[Sequence[str], Sequence[Sequence[Any]]]:
        from softwright.app.query import Question, ask  # only a select by SQL pays for the facts

        result = ask(house, Question(sql, fleet=file), on_progress=on_progress).result
        return result.columns, result.rows

    return rows
