"""Processes of an embedded home killed at every stage: the next ones end the work as if nothing had been."""

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.crash.leftovers import End, ends, nothing_left, once_pushed, once_recorded
from tests.crash.processes import family, words_of
from tests.crash.scene import NAME, TIDY, Scene, ended_in_the_end, foreman_of, wait_until

from softwright.campaigns.runs.station import HANDS_LOST


@pytest.fixture
def scene(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Scene]:
    """A scene with moments of its own."""
    yield Scene(tmp_path / "scene", seed=sum(request.node.name.encode()))


def end_well(scene: Scene, undisturbed: dict[str, dict[str, End]]) -> None:
    """Run and delivered to the end, everything is as in the undisturbed run."""
    scene.finish_all()
    assert ends(scene) == undisturbed[NAME]
    once_recorded(scene)
    once_pushed(scene)
    nothing_left(scene)


@pytest.mark.parametrize("stages", [("select", "propose", "check"), ("check", "prepare", "prepare")])
def test_a_killed_coordinator_is_followed_by_the_next(
    scene: Scene, undisturbed: dict[str, dict[str, End]], stages: tuple[str, ...]
) -> None:
    """`campaign run` killed thrice, and as if often, then run to its end: the same, nothing twice or left."""
    for stage in stages:
        process = scene.begin_run()
        with ended_in_the_end(process):
            assert scene.kill_at(stage, "coordinator", process)
        if stage == "check":
            scene.as_if_killed_often()
    end_well(scene, undisturbed)


def test_a_killed_process_of_the_crew_costs_nothing(
    scene: Scene, undisturbed: dict[str, dict[str, End]]
) -> None:
    """What it was at is begun again; its sandbox goes with it, or with the server that started it."""
    process = scene.begin_run()
    with ended_in_the_end(process):
        assert scene.kill_at("propose", "crew", process)
        assert scene.kill_at("check", "launcher", process)
        assert scene.kill_at("check", "crew", process)
        assert scene.kill_at("prepare", "crew", process)
        wait_until(lambda: process.poll() is not None)
    assert process.returncode == 0
    end_well(scene, undisturbed)


def test_a_killed_foreman_ends_the_run_which_the_next_continues(
    scene: Scene, undisturbed: dict[str, dict[str, End]]
) -> None:
    """Without its foreman a coordinator cannot go on; it says so, and the next goes on."""
    for stage in ("check", "prepare"):
        process = scene.begin_run()
        with ended_in_the_end(process):
            assert scene.kill_at(stage, "foreman", process)
            wait_until(lambda: process.poll() is not None)  # noqa: B023
        assert process.returncode == HANDS_LOST
    end_well(scene, undisturbed)


def test_a_killed_delivery_is_followed_by_the_next(
    scene: Scene, undisturbed: dict[str, dict[str, End]]
) -> None:
    """`campaign deliver` killed twice while it pushes: every remote sees its branch come once."""
    scene.finish("campaign", "run", str(scene.spec), "--json")
    for _ in range(2):
        process = scene.begin_delivery()
        with ended_in_the_end(process):
            assert scene.kill_at("push", "coordinator", process)
    end_well(scene, undisturbed)


def test_two_campaigns_in_one_home(scene: Scene, undisturbed: dict[str, dict[str, End]]) -> None:
    """Who carried both is killed, then who took over from it: both end as if nothing had been."""
    first = scene.begin_run()
    with ended_in_the_end(first):
        wait_until(lambda: scene.at("propose", first.pid))
        second = scene.begin_run(scene.tidy)
        with ended_in_the_end(second):
            assert scene.kill_at("check", "coordinator", first)
            assert scene.kill_at("prepare", "coordinator", second)
    scene.finish("campaign", "run", str(scene.tidy), "--json")
    scene.finish_all()
    assert ends(scene) == undisturbed[NAME]
    assert ends(scene, TIDY) == undisturbed[TIDY]
    once_recorded(scene)
    once_recorded(scene, TIDY)
    once_pushed(scene)
    nothing_left(scene)


def test_what_dead_processes_left_is_swept_at_the_next_start(scene: Scene) -> None:
    """Killed while type checkers and linters are at work, and started again: no temporary file is left."""
    process = scene.begin_run(scene.tidy)
    with ended_in_the_end(process):
        wait_until(lambda: any("server" in words_of(pid) for pid in family(process.pid)))
        os.kill(foreman_of(process.pid), signal.SIGSTOP)  # else who replaces them sweeps already
        assert scene.kill("check", "crews", process)
        assert scene.kill("check", "coordinator", process)
    assert any((scene.root / "home" / "workspaces" / "forks").iterdir())
    scene.finish("campaign", "run", str(scene.tidy), "--json")
    once_recorded(scene, TIDY)
    nothing_left(scene)


def test_a_service_whose_processes_are_all_asked_to_go(
    scene: Scene, undisturbed: dict[str, dict[str, End]]
) -> None:
    """A worker that gets SIGTERM together with all below it ends in order: no repository fails for that."""
    worker = scene.begin("worker", "--grace", "20")
    with ended_in_the_end(worker):
        wait_until(lambda: (scene.root / "home" / "engine.lock").exists())
        assert scene.begin("campaign", "run", str(scene.spec), "--detach", "--json").wait(60) == 0
        wait_until(lambda: scene.at("check", worker.pid))
        for pid in family(worker.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        assert worker.wait(60) == 0
    end_well(scene, undisturbed)
