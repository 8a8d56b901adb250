"""One repository through all stages, in one process."""

from time import monotonic

from softwright.campaigns.bench import Bench, Workshop
from softwright.campaigns.detail import Detail
from softwright.campaigns.outcome import RepoOutcome, RepoTask
from softwright.campaigns.stages import check_change, idle_outcome, outcome_of, prepare_commit, propose_change
from softwright.campaigns.state import RepoState
from softwright.checks import VerdictCache
from softwright.core import SoftwrightError


def work_on(shop: Workshop, task: RepoTask, cache: VerdictCache) -> RepoOutcome:
    """The outcome for one repository. Its own faults become the state `failed`, never an exception."""
    try:
        with Bench(shop, task) as bench:
            proposed = propose_change(bench)
            done = idle_outcome(task, proposed)
            if done is not None:
                return done
            began = monotonic()
            verdicts = check_change(bench, proposed, cache)
            checked = monotonic()
            commit = prepare_commit(bench, proposed)
            seconds = {"check": checked - began, "commit": monotonic() - checked}
            return outcome_of(shop, task, proposed, verdicts=verdicts, commit=commit, seconds=seconds)
    except SoftwrightError as error:
        return fault_of(task, error)


def fault_of(task: RepoTask, error: SoftwrightError) -> RepoOutcome:
    """The outcome for a repository whose work ended with an error."""
    reason = error.message if error.where in ("", task.repo.name) else f"{error.message} ({error.where})"
    return failed(task, reason)


def failed(task: RepoTask, reason: str, *, detail: str = "") -> RepoOutcome:
    """The outcome `failed`; `detail` is kept as a note."""
    notes = (detail,) if detail else ()
    return RepoOutcome(
        task.repo.name, RepoState.FAILED, reason, detail=Detail(url=task.repo.url, notes=notes)
    )
