"""Remotes that take their time: whatever else a worker is at goes on."""

import asyncio
import subprocess
import time
from pathlib import Path

import pytest
from tests.stories.test_campaign_deliveries import deliveries
from tests.stories.test_campaign_runs import wait_until
from tests.stories.world import SPEC, World

from softwright.campaigns.push import PushTask
from softwright.campaigns.runs.pushing import DELIVERY, PushArgs, Pushing, delivery_args
from softwright.campaigns.runs.station import Station
from softwright.engine import RunState, Start

REPOS = tuple(f"r{n}" for n in range(7))
HOOK = """\
#!/bin/sh
echo $$ >> {root}/arrived
while ! [ -e {root}/go ]; do sleep 0.1; done
"""


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Remotes that keep every push waiting until they are told to go on."""
    world = World(tmp_path, {name: {"a.py": "x = old(1)\n"} for name in REPOS})
    world.spec.write_text(f"{SPEC}deliver: {{approval: none, throttle: {{per_host: 8}}}}\n")
    for name in REPOS:
        hook = world.remote(name) / "hooks" / "pre-receive"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(HOOK.format(root=world.root))
        hook.chmod(0o755)
    return world


def arrived(world):
    """How many pushes are at their remotes."""
    place = world.root / "arrived"
    return len(place.read_text().split()) if place.exists() else 0


def start_delivery(world, engine):
    """Every repository is to be pushed."""
    records = [world.house.ledger.states.get("rename", name) for name in REPOS]
    urls = [f"file://{world.remote(name)}" for name in REPOS]
    engine.start(Start(DELIVERY, "rename/deliver-1", delivery_args("rename", records, urls)))


def test_other_runs_go_on_while_pushes_hang(world):
    """As many pushes as a remote is given at a time hang; another campaign is run to its end meanwhile."""
    world.run()
    other = world.root / "other.yaml"
    other.write_text(SPEC.replace("name: rename", "name: other"))
    try:
        with Station(world.house, size=1) as station:
            start_delivery(world, station.engine)
            wait_until(lambda: arrived(world) == len(REPOS))
            run = world.command("campaign", "run", str(other), "--json")
            done = subprocess.run(run, env=world.environment, capture_output=True, timeout=60)
            assert done.returncode == 0, done.stderr
            assert deliveries(station.engine)[0].state is RunState.RUNNING
            (world.root / "go").touch()
            assert station.engine.ending("rename/deliver-1", timeout_s=60).state is RunState.DONE
    finally:
        (world.root / "go").touch()
    assert set(world.states().values()) == {"delivered"}


def test_the_number_of_pushes_at_a_time_follows_the_file(world):
    """Changed while a worker lives, it holds for the pushes that begin from then on."""
    world.spec.write_text(world.spec.read_text().replace("per_host: 8", "per_host: 1"))
    world.run()
    ledger = world.house.ledger
    pushing = Pushing(ledger, world.house.mirrors, lambda record: None)
    now, most = [], []

    def push_now(args, task):
        now.append(args.repo)
        most.append(len(now))
        time.sleep(0.3)
        now.remove(args.repo)

    pushing._push_now = push_now

    async def push_all():
        most.clear()
        tasks = [PushTask("rename", name, f"file:///{name}", "b", "c", frozenset()) for name in REPOS[:3]]
        await asyncio.gather(*(pushing._push(PushArgs("rename", t.repo, "c"), t) for t in tasks))
        return max(most)

    async def twice():
        first = await push_all()
        known = ledger.campaigns.get("rename")
        spec = {**known.spec, "deliver": {**known.spec["deliver"], "throttle": {"per_host": 3}}}
        ledger.campaigns.put("rename", description="", spec_path=known.spec_path, spec=spec)
        return first, await push_all()

    assert asyncio.run(twice()) == (1, 3)
