"""The stages of the work on one repository, each by itself."""

import pickle
from dataclasses import replace

from softwright.campaigns.bench import Bench
from softwright.campaigns.load import load_work
from softwright.campaigns.outcome import RunItem
from softwright.campaigns.stages import check_change, idle_outcome, outcome_of, prepare_commit, propose_change
from softwright.campaigns.triage import Triage


class NoCache(dict):
    """Knows no verdict and keeps none."""

    def put(self, key, verdict):
        """Nothing is kept."""


def carried(value):
    """The value as another process would get it."""
    return pickle.loads(pickle.dumps(value))


def timeless(outcome):
    """The outcome without what differs from run to run: the seconds it took."""
    verdicts = tuple(replace(v, cost=None) for v in outcome.detail.verdicts)
    work = tuple(replace(each, wall_s=0.0) for each in outcome.work)
    return replace(outcome, detail=replace(outcome.detail, seconds={}, verdicts=verdicts), work=work)


def at_once(loaded, task):
    """The outcome of all stages at one bench, one after the other."""
    with Bench(loaded.shop, task) as bench:
        proposed = propose_change(bench)
        if (idle := idle_outcome(task, proposed)) is not None:
            return idle
        verdicts = check_change(bench, proposed, NoCache())
        commit = prepare_commit(bench, proposed)
    return outcome_of(task, proposed, branch=loaded.spec.branch, verdicts=verdicts, commit=commit, seconds={})


def test_each_stage_may_run_at_a_bench_of_its_own(world):
    """Stages that get only each other's plain values make the same outcome, and commit, as one process."""
    loaded = load_work(world.house, world.spec)
    triage = Triage(world.house.ledger, loaded.shop, world.house.mirrors)
    for repo in loaded.fleet.repos:
        task = carried(triage.look(RunItem(repo)).task)
        with Bench(loaded.shop, task) as bench:
            proposed = carried(propose_change(bench))
        apart = idle_outcome(task, proposed)
        if apart is None:
            with Bench(loaded.shop, task) as bench:
                verdicts = carried(check_change(bench, proposed, NoCache()))
            with Bench(loaded.shop, task) as bench:
                commit = carried(prepare_commit(bench, proposed))
            with Bench(loaded.shop, task) as bench:
                assert prepare_commit(bench, proposed) == commit  # doing it again changes nothing
            apart = outcome_of(
                task, proposed, branch=loaded.spec.branch, verdicts=verdicts, commit=commit, seconds={}
            )
        together = at_once(loaded, task)
        assert timeless(carried(together)) == timeless(apart), repo.name
