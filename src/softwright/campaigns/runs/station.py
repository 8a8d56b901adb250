"""A process that works on campaigns: its crew, its recorder, and the worker that carries the runs."""

import logging
import os
import socket
from collections.abc import Callable, Collection, Mapping
from types import TracebackType

from softwright.campaigns.bench import Workshop
from softwright.campaigns.means import Means
from softwright.campaigns.runs.gates import Gates
from softwright.campaigns.runs.hands import hire_hands
from softwright.campaigns.runs.kinds import Tools, campaign_kinds
from softwright.campaigns.runs.performing import Performing
from softwright.campaigns.runs.pushing import Pushing
from softwright.campaigns.runs.recorder import Recorder
from softwright.campaigns.runs.requesting import Requesting
from softwright.campaigns.runs.restore import restore_commit
from softwright.campaigns.runs.telling import Telling
from softwright.engine import Engine, Kinds, Watcher
from softwright.hosts import end_all

log = logging.getLogger(__name__)

_GRACE_S = 10.0  # for what is just being pushed when the rest has ended

HANDS_LOST = 72
"""Exit code of a process whose crew is lost: one that has threads cannot fork another."""

RECORDER_LOST = 73
"""Exit code of a process that can record no outcomes any more, by a fault in it."""


class Station:
    """Runs campaigns in this process until it is left. Use as a context manager.

    `known` are workshops by the digest of their pack, so that they need not be unpacked. `lost` ends the
    process at once when its lease, its crew or its recorder is lost. Must be made before this process starts
    threads. Raises OutsideFault when another process runs the runs of this home.
    """

    def __init__(
        self,
        means: Means,
        *,
        size: int,
        known: Mapping[str, Workshop] | None = None,
        listen: Collection[str] | None = None,
        lost: Callable[[int], object] = os._exit,
        allow_unsandboxed: bool = False,
        watcher: Watcher | None = None,
        migrate: bool = True,
    ) -> None:
        self._lost = lost
        self.grace_s = _GRACE_S
        means.bases.sweep()  # before anything of ours is there
        self._hands = hire_hands(
            means,
            lambda: means.artefacts,
            size=size,
            answer=means.ledger.verdicts.get,
            known=known,
            allow_unsandboxed=allow_unsandboxed,
            lost=self._hands_lost,
        )
        self._recorder = Recorder(
            means.ledger,
            worker=f"{socket.gethostname()}:{os.getpid()}",
            lost=lambda: self._lost(RECORDER_LOST),
        )
        kinds = self._kinds(means)
        self.worker = means.worker(
            kinds, listen=listen, lost=lost, cut_off=self._cut_off, watcher=watcher, migrate=migrate
        )

    def _kinds(self, means: Means) -> Kinds:
        """The kinds of runs, worked with what this process has."""
        performing = Performing(
            means.ledger,
            means.forges,
            means.mailer,
            patience_s=means.settings.outage_s,
            ended=self._has_ended,
        )
        pushing = Pushing(
            means.ledger,
            means.mirrors,
            lambda record: restore_commit(means, self._hands, record),
            after=Requesting(means.ledger, performing).after,
        )
        tools = Tools(means.artefacts, self._hands, self._recorder)
        telling = Telling(means.ledger, performing)
        return campaign_kinds(tools, pushing, Gates(means.ledger), performing, telling)

    @property
    def engine(self) -> Engine:
        """The engine that this process works for."""
        return self.worker.engine

    @property
    def crew(self) -> tuple[int, int]:
        """How many processes do the work at most, and how many of them are at work."""
        return self._hands.size, self._hands.busy

    def _has_ended(self, run: str) -> bool:
        info = self.engine.info(run)
        return info is None or info.state.ended

    def _hands_lost(self) -> None:
        log.critical("the processes that do the work were killed; start again: what is recorded stands")
        self._lost(HANDS_LOST)

    def _cut_off(self) -> None:
        end_all()
        self._hands.stop()

    def close(self, *, timeout_s: float = 0.0) -> int:
        """End: steps that are running are waited for; gives how many did not end in time."""
        left = self.worker.close(timeout_s=timeout_s)
        self._hands.stop()
        self._recorder.close()
        return left

    def __enter__(self) -> "Station":
        try:
            self.worker.launch()
        except BaseException:
            self._hands.stop()
            self._recorder.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(timeout_s=self.grace_s if error is None else 0.0)
