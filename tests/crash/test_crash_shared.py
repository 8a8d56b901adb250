"""Workers on one PostgreSQL that are killed, frozen or lose their server in the middle of a campaign."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.crash.leftovers import End, ends, never_failed, nothing_left, once_pushed, once_recorded
from tests.crash.processes import words_of
from tests.crash.scene import LEASE_S, NAME, Scene, ended_in_the_end, wait_until

from softwright.core import OutsideFault
from softwright.engine.durable import EngineDatabase, Leases
from softwright.engine.durable.keeper import CUT_OFF, DECLARED_DEAD
from softwright.engine.durable.rows import RunRows
from softwright.testing import PostgresServer

SLACK_S = 4.0
"""Beyond two leases, for a machine that is busy with other things."""


@contextmanager
def crowd(scene: Scene, workers: int = 3) -> Iterator["Crowd"]:
    """Workers at work in a scene; none of them is left afterwards."""
    found = Crowd(scene)
    try:
        for _ in range(workers):
            found.add()
        found.assemble()
        yield found
    finally:
        found.end()


class Crowd:
    """The processes that work in a scene."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.all: list[subprocess.Popen[bytes]] = []
        self._database = EngineDatabase(scene.database_url)
        self._leases = Leases(self._database)

    def add(self, process: "subprocess.Popen[bytes] | None" = None) -> "subprocess.Popen[bytes]":
        """One more process; a worker when none is given."""
        self.all.append(process or self.scene.begin("worker", "--grace", "10"))
        return self.all[-1]

    def assemble(self) -> None:
        """Wait until every worker has its lease."""
        wait_until(lambda: {process.pid for process in self.living()} <= self.leased())

    def living(self) -> list["subprocess.Popen[bytes]"]:
        """Those that have not ended."""
        return [process for process in self.all if process.poll() is None]

    def leased(self) -> set[int]:
        """The processes that hold a lease."""
        try:
            return {lease.pid for lease in self._leases.all() if lease.state in ("live", "draining")}
        except OutsideFault:
            return set()

    def kill_at(self, stage: str, victim: str) -> "subprocess.Popen[bytes]":
        """Kill a process of whoever is at a stage; gives who that is."""
        self.scene.ready_for(stage)
        found: list[subprocess.Popen[bytes]] = []

        def somebody() -> bool:
            found[:] = [process for process in self.living() if self.scene.at(stage, process.pid)]
            return bool(found)

        wait_until(somebody)
        assert self.scene.kill(stage, victim, found[0])
        return found[0]

    def dead_hold(self) -> int:
        """How many runs are in the hands of executors that do not live any more."""
        held = RunRows(self._database).held_by()
        pids = {process.pid for process in self.living()}
        alive = {lease.id for lease in self._leases.all() if lease.pid in pids}
        return sum(count for executor, count in held.items() if executor not in alive)

    def until_done(self, names: Collection[str], *, at_least: int) -> None:
        """Wait until every repository is done; who ends before that is started again, as services are."""
        progress = self.scene.fresh_house().ledger.progress

        def done() -> bool:
            for _ in range(at_least - len(self.living())):
                self.add()
            try:
                return progress.sums(NAME).stages == {"done": len(names)}
            except OutsideFault:
                return False

        wait_until(done)

    def drain(self) -> None:
        """Have everybody end in order."""
        self._leases.drain()
        for process in self.living():
            assert process.wait(30) == 0

    def end(self) -> None:
        """No process is left."""
        for process in self.living():
            os.kill(process.pid, signal.SIGCONT)
            process.kill()
            process.wait()
        self._database.close()


def end_well(scene: Scene, workers: Crowd, undisturbed: dict[str, dict[str, End]]) -> None:
    """Run and delivered to the end, everything is as in the undisturbed run."""
    for process in workers.living():
        if "campaign" in words_of(process.pid):  # it holds the campaign until it has ended
            process.wait(60)
    scene.finish_all()
    workers.drain()
    scene.fresh_house().bases.sweep()  # as every start does; here nobody started after the last death
    assert ends(scene) == undisturbed[NAME]
    once_recorded(scene)
    once_pushed(scene)
    nothing_left(scene)


def test_workers_and_coordinator_are_killed(
    postgres: str,
    tmp_path: Path,
    undisturbed: dict[str, dict[str, End]],
    record_property: Callable[[str, object], None],
) -> None:
    """The others take over within two leases, and the work ends as if nothing had been."""
    scene = Scene(tmp_path / "scene", database_url=postgres, seed=1)
    with crowd(scene) as workers:
        workers.add(scene.begin_run())
        for stage in ("propose", "check", "prepare"):
            workers.kill_at(stage, "coordinator")
            workers.add()
        took = wait_until(lambda: workers.dead_hold() == 0)
        record_property("takeover_s", took)
        assert took < 2 * LEASE_S + SLACK_S
        end_well(scene, workers, undisturbed)


def test_what_works_below_workers_is_killed(
    postgres: str, tmp_path: Path, undisturbed: dict[str, dict[str, End]]
) -> None:
    """A process of a crew is replaced; a worker without its foreman ends, and others take over.

    Then workers are killed while they push: every remote sees its branch come once.
    """
    scene = Scene(tmp_path / "scene", database_url=postgres, seed=2)
    with crowd(scene, 2) as workers:
        run = workers.add(scene.begin_run())
        workers.kill_at("propose", "crew")
        headless = workers.kill_at("check", "foreman")
        wait_until(lambda: headless.poll() is not None)
        workers.kill_at("prepare", "crew")
        wait_until(lambda: run.poll() is not None)
        scene.finish("campaign", "run", str(scene.spec), "--json")
        for _ in range(2):
            workers.add()
        workers.assemble()
        workers.add(scene.begin_delivery())
        for _ in range(2):
            workers.kill_at("push", "coordinator")
        end_well(scene, workers, undisturbed)


def test_pushes_are_taken_over_by_a_machine_without_mirrors(
    postgres: str, tmp_path: Path, undisturbed: dict[str, dict[str, End]]
) -> None:
    """Who takes over a push has a home of its own: it fetches, makes the very same commit, and pushes it."""
    scene = Scene(tmp_path / "scene", database_url=postgres, seed=6)
    scene.finish("campaign", "run", str(scene.spec), "--json")
    with crowd(scene, 1) as workers:
        workers.add(scene.begin_delivery())
        workers.kill_at("push", "coordinator")
        for process in workers.living():
            scene.kill_now(process)
        elsewhere = workers.add(scene.begin("worker", "--grace", "10", home="elsewhere"))
        wait_until(lambda: scene.pushed() == set(scene.works))
        workers.drain()
        assert elsewhere.returncode == 0
        scene.finish("campaign", "deliver", NAME, "--json")
    assert ends(scene) == undisturbed[NAME]
    once_pushed(scene)


def test_a_worker_that_is_frozen_past_its_lease_and_wakes(
    postgres: str, tmp_path: Path, undisturbed: dict[str, dict[str, End]]
) -> None:
    """The others end the work; as soon as it goes on, it ends without doing anything."""
    scene = Scene(tmp_path / "scene", database_url=postgres, seed=4)
    with crowd(scene, 2) as workers:
        coordinator = scene.begin("campaign", "run", str(scene.spec), "--detach", "--json")
        assert coordinator.wait(60) == 0
        scene.ready_for("check")
        at_work: list[subprocess.Popen[bytes]] = []

        def somebody() -> bool:
            at_work[:] = [process for process in workers.living() if scene.at("check", process.pid)]
            return bool(at_work)

        wait_until(somebody)
        zombie = at_work[0]
        os.kill(zombie.pid, signal.SIGSTOP)
        wait_until(lambda: zombie.pid not in workers.leased())
        scene.finish("campaign", "run", str(scene.spec), "--json")
        os.kill(zombie.pid, signal.SIGCONT)
        assert zombie.wait(20) in (DECLARED_DEAD, CUT_OFF)
        end_well(scene, workers, undisturbed)


def test_the_server_is_killed_and_started_again(
    tmp_path: Path, undisturbed: dict[str, dict[str, End]]
) -> None:
    """Workers ride it out, or end and are started again; nothing is lost, nothing done twice."""
    with PostgresServer() as server:
        scene = Scene(tmp_path / "scene", database_url=server.fresh_database(), seed=5)
        with crowd(scene, 2) as workers:
            workers.add(scene.begin_run())
            scene.ready_for("check")
            wait_until(lambda: any(scene.at("check", process.pid) for process in workers.living()))
            server.stop(immediate=True)
            time.sleep(scene.random.uniform(0.5, LEASE_S))
            server.start()
            scene.kills["check"] += 1
            workers.until_done(undisturbed[NAME], at_least=2)
            workers.assemble()
            never_failed(scene)
            end_well(scene, workers, undisturbed)


def test_who_asked_for_the_work_bears_with_an_outage(
    tmp_path: Path, undisturbed: dict[str, dict[str, End]]
) -> None:
    """`campaign run` and `deliver`, alone with a server that is away, end as if it were not.

    It is away for longer than the attempts of any step last.
    """
    with PostgresServer() as server:
        scene = Scene(tmp_path / "scene", database_url=server.fresh_database(), seed=7, lease_s=30)
        for begin, stage in ((scene.begin_run, "check"), (scene.begin_delivery, "push")):
            process = begin()
            with ended_in_the_end(process):
                outage(scene, server, stage, process, seconds=(12, 16))
                assert process.wait(90) == 0, (scene.root / "said").read_text()
            never_failed(scene)
        assert ends(scene) == undisturbed[NAME]
        once_recorded(scene)
        once_pushed(scene)


def outage(
    scene: Scene,
    server: PostgresServer,
    stage: str,
    process: "subprocess.Popen[bytes]",
    *,
    seconds: tuple[float, float] = (4, 6),
) -> None:
    """The server is killed while a process is at a stage, and started again some seconds later."""
    scene.ready_for(stage)
    wait_until(lambda: scene.at(stage, process.pid))
    server.stop(immediate=True)
    time.sleep(scene.random.uniform(*seconds))
    server.start()
    scene.kills[f"{stage} server"] += 1
