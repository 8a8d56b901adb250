"""Outcomes on their way into the record: those that come close together share a transaction."""

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from time import monotonic

from softwright.campaigns.outcome import RepoOutcome, RepoTask
from softwright.campaigns.record import record_outcomes
from softwright.campaigns.spec import CampaignSpec
from softwright.campaigns.tally import done_row
from softwright.core import OutsideFault, RecordAway
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

    def fail(self, error: Exception) -> None:
        """Tell who waits, if anybody still does."""
        if not self.written.done():
            self.written.set_exception(error)


class Recorder:
    """Writes outcomes in a thread of its own. The same outcome again changes nothing.

    `lost` is called when that thread ends by a fault of its own: nothing is recorded here any more.
    """

    def __init__(self, ledger: Ledger, *, worker: str, lost: Callable[[], object] = lambda: None) -> None:
        self._ledger = ledger
        self._worker = worker
        self._lost = lost
        self._over = False
        self._stages_told = False
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
        if self._over:
            self._let_go()
        return entry.written

    def close(self) -> None:
        """Write what is waiting and end."""
        self._queue.put(None)
        self._thread.join()

    def _write_on(self) -> None:
        try:
            while self._write_some():
                pass
        except Exception:
            log.critical("outcomes are recorded no more: end this process and start again", exc_info=True)
            self._over = True
            self._let_go()
            self._lost()

    def _write_some(self) -> bool:
        """Write what came close together; False when no more will come."""
        batch, going = self._gathered()
        try:
            self._write_stages()
            for name in {entry.spec.name for entry in batch}:
                self._write([entry for entry in batch if entry.spec.name == name])
        except Exception as error:
            for entry in batch:
                entry.fail(error)
            raise
        self._wrote_at = monotonic()
        return going

    def _let_go(self) -> None:
        """Tell those who wait that nobody writes."""
        while True:
            try:
                entry = self._queue.get_nowait()
            except Empty:
                return
            if entry is not None:
                entry.fail(OutsideFault("nothing is recorded any more by this process"))

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
            entry.written.set_running_or_notify_cancel()  # who waits may be gone by now, but not from now on
            batch.append(entry)
            until = min(until, self._wrote_at + _BETWEEN_S)
        return batch, True

    def _write_stages(self) -> None:
        with self._lock:
            stages, self._stages = self._stages, {}
        for campaign, reached in stages.items():
            try:
                self._ledger.progress.reach(campaign, reached, worker=self._worker)
                self._stages_told = False
            except OutsideFault as error:  # they are only shown: nobody waits for them
                self._keep_stages(campaign, reached)
                if not self._stages_told:
                    log.warning("the stages of repositories are not shown for now: %s", error.message)
                self._stages_told = True

    def _keep_stages(self, campaign: str, reached: dict[str, str]) -> None:
        """Have them written the next time, unless the repositories are at others by then."""
        with self._lock:
            self._stages[campaign] = {**reached, **self._stages.get(campaign, {})}

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
        except Exception as error:
            self._failed(batch, error)
            return
        states = {record.repo: record.state for record in (*recorded.kept, *recorded.fresh)}
        for entry in batch:
            name = entry.task.repo.name
            if name not in states:
                entry.fail(KeyError(f"the record has nothing of `{name}`"))
            elif not entry.written.done():
                entry.written.set_result(str(states[name]))

    def _failed(self, batch: Sequence[_Entry], error: Exception) -> None:
        """Tell who waits, who tries again; what cannot be recorded of one repository costs no other."""
        if len(batch) == 1 or isinstance(error, RecordAway):
            for entry in batch:
                entry.fail(error)
            return
        for entry in batch:
            self._write([entry])
