"""The work of `softwright campaign run` as a plain loop: the same stages, crew and record, and no engine.

    SOFTWRIGHT_HOME=… python benchmarks/bare_loop.py CAMPAIGN.yaml

What dies here is lost: this is what durability is measured against.
"""

import sys
from dataclasses import replace
from pathlib import Path

from softwright.app.wiring import House
from softwright.campaigns.bench import Bench
from softwright.campaigns.choose import choose_items
from softwright.campaigns.load import load_work
from softwright.campaigns.outcome import RepoOutcome, RepoTask, failed, fault_of
from softwright.campaigns.record import record_outcomes
from softwright.campaigns.runs.crew import Ask, Broken, Crew
from softwright.campaigns.runs.hands import VerdictsByAsking
from softwright.campaigns.stages import check_change, idle_outcome, outcome_of, prepare_commit, propose_change
from softwright.campaigns.triage import Triage
from softwright.core import SoftwrightError

BATCH = 32


def main() -> None:
    """Bring every repository of the campaign to its outcome."""
    house = House()
    loaded = load_work(house, Path(sys.argv[1]))
    spec = loaded.spec
    record = house.ledger.campaigns.put(
        spec.name,
        description=spec.description,
        spec_path=str(loaded.path.absolute()),
        spec=spec.model_dump(mode="json"),
    )
    shop = replace(loaded.shop, when=record.created_at)
    triage = Triage(house.ledger, shop, house.mirrors)

    def work(task: RepoTask, ask: Ask) -> RepoOutcome:
        with Bench(shop, task) as bench:
            try:
                proposed = propose_change(bench)
                if (idle := idle_outcome(task, proposed)) is not None:
                    return idle
                cache = VerdictsByAsking(ask)
                verdicts = check_change(bench, proposed, cache)
                commit = prepare_commit(bench, proposed)
            except SoftwrightError as error:
                return fault_of(task, error)
        outcome = outcome_of(task, proposed, branch=spec.branch, verdicts=verdicts, commit=commit, seconds={})
        return replace(outcome, learned=tuple(cache.learned.items()))

    batch: list[tuple[RepoTask, RepoOutcome]] = []
    with Crew(house.settings.workers, work, house.ledger.verdicts.get) as crew:
        items = choose_items(house, loaded, lambda query, file: ((), ()))
        tasks = [triage.look(item).task for item in items]
        for task, result in crew.each(tasks, quick=True):
            outcome = (
                failed(task, result.reason, detail=result.detail) if isinstance(result, Broken) else result
            )
            batch.append((task, outcome))
            if len(batch) >= BATCH:
                record_outcomes(house.ledger, spec, batch, before=triage.before)
                batch = []
    record_outcomes(house.ledger, spec, batch, before=triage.before)


if __name__ == "__main__":
    main()
