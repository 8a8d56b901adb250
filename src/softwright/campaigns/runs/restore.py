"""A commit made on another machine, made here again: equal inputs give the equal commit."""

from softwright.campaigns.detail import Detail
from softwright.campaigns.means import Means
from softwright.campaigns.outcome import RepoTask
from softwright.campaigns.runs.crew import Broken
from softwright.campaigns.runs.hands import Hands, Order
from softwright.core import OutsideFault, Repo, Snapshot
from softwright.ledger import RepoRecord


def restore_commit(means: Means, hands: Hands, record: RepoRecord) -> None:
    """Have this machine's mirror hold the commit of a repository's change.

    Raises OutsideFault when it can be made no longer: run the campaign again.
    """
    detail = Detail.from_json(record.detail)
    repo = Repo(record.repo, detail.url)
    means.mirrors.ensure(repo, record.base_commit)
    if means.mirrors.holds(repo.name, record.commit_sha):
        return
    snapshot = Snapshot(record.repo, record.base_commit, record.base_tree, record.base_branch)
    done = hands.submit(Order("restore", detail.pack, RepoTask(repo, snapshot), detail.proposal)).result()
    if isinstance(done, Broken) or done.commit != record.commit_sha:
        why = (
            done.reason
            if isinstance(done, Broken)
            else (done.outcome.reason if done.outcome else done.commit)
        )
        raise OutsideFault(
            f"commit {record.commit_sha} cannot be made again: {why}",
            where=record.repo,
            hint="run the campaign again",
        )
