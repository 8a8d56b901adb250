"""Outcomes on their way into the record: those that come close together share a transaction."""

import logging
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from time import monotonic

from softwright.campaigns.outcome import RepoOutcome, RepoTask
from softwright.campaigns.record import record_outcomes
from softwright.campaigns.spec import CampaignSpec
from softwright.campaigns.tally import done_row
from softwright.core import OutsideFault
from softwright.ledger import Ledger

log = logging.getLogger(__name__)

_MOST = 64
_BETWEEN_S = 0.05  # from one transaction to the next, where there is enough to write
_IDLE_S = 0.2


@dataclass(frozen=True, slots=True)
class _Entry:
    spec: CampaignSpec
    task: RepoTask
    outcome: RepoOutcome
    run: str
    written: "Future[str]"


class Recorder:
    """Writes outcomes in a thread of its own. The same outcome again changes nothing."""

    def __init__(self, ledger: Ledger, *, worker: str) -> None:
        self._ledger = ledger
        self._worker = worker
        self._queue: SimpleQueue[_Entry | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._stages: dict[str, dict[str, str]] = {}
        self._wrote_at = -_BETWEEN_S
        self._thread = threading.Thread(target=self._write_on, name="recorder", daemon=True)
        self._thread.start()

    def reach(self, campaign: str, repo: str, stage: str) -> None:
        """Note that a repository is at a stage; nobody waits for that to be written."""
        with self._lock:
            self._stages.setdefault(campaign, {})[repo] = stage

    def record(self, run: str, spec: CampaignSpec, task: RepoTask, outcome: RepoOutcome) -> "Future[str]":
        """The state that the repository has when the outcome is in the record. `run` is the campaign's."""
        entry = _Entry(spec, task, outcome, run, Future())
        self._queue.put(entry)
        return entry.written

    def close(self) -> None:
        """Write what is waiting and end."""
        self._queue.put(None)
        self._thread.join()

    def _write_on(self) -> None:
        going = True
        while going:
            batch, going = self._gathered()
            self._write_stages()
            for name in {entry.spec.name for entry in batch}:
                self._write([entry for entry in batch if entry.spec.name == name])
            self._wrote_at = monotonic()

    def _gathered(self) -> tuple[list[_Entry], bool]:
        """What came close together, and whether there is more to come at all."""
        batch: list[_Entry] = []
        until = monotonic() + _IDLE_S
        while len(batch) < _MOST:
            try:
                entry = self._queue.get(timeout=max(0.0, until - monotonic()))
            except Empty:
                break
            if entry is None:
                return batch, False
            batch.append(entry)
            until = min(until, self._wrote_at + _BETWEEN_S)
        return batch, True

    def _write_stages(self) -> None:
        with self._lock:
            stages, self._stages = self._stages, {}
        for campaign, reached in stages.items():
            try:
                self._ledger.progress.reach(campaign, reached, worker=self._worker)
            except OutsideFault as error:  # it is only shown: what matters is tried again
                log.warning("the stages of %s repositories are not shown: %s", len(reached), error.message)

    def _write(self, batch: Sequence[_Entry]) -> None:
        spec = batch[0].spec
        done = [(entry.task, entry.outcome) for entry in batch]
        try:
            names = [task.repo.name for task, _ in done]
            before = {record.repo: record for record in self._ledger.states.some(spec.name, names)}
            with self._ledger.write():
                recorded = record_outcomes(self._ledger, spec, done, before=before)
                rows = [done_row(r, reused=True, worker=self._worker) for r in recorded.kept]
                rows += [done_row(r, worker=self._worker) for r in recorded.fresh]
                self._ledger.progress.finish(spec.name, batch[0].run, rows)
        except Exception as error:  # each of the waiting runs is told, and tries again
            for entry in batch:
                entry.written.set_exception(error)
            return
        states = {record.repo: record.state for record in (*recorded.kept, *recorded.fresh)}
        for entry in batch:
            entry.written.set_result(str(states[entry.task.repo.name]))
