"""Change requests of a campaign: opened once, followed, spoken at."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.stories.forge_world import ForgeWorld

from softwright.app import campaign_review as review
from softwright.testing import FakeForge

REPOS = {"api": {"api.py": "x = old(1)\n"}, "core": {"core.py": "y = old(2)\n"}}


@pytest.fixture
def forge(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeForge]:
    """The forge, and its token in the environment."""
    with FakeForge() as forge:
        monkeypatch.setenv("FORGE_TOKEN", forge.token)
        yield forge


@pytest.fixture
def world(tmp_path: Path, forge: FakeForge) -> ForgeWorld:
    """Two repositories at a forge that speaks as GitHub does."""
    return ForgeWorld(tmp_path, forge, REPOS)


@pytest.mark.parametrize("kind", ["github", "gitlab", "gitea"])
def test_a_delivery_opens_change_requests(tmp_path, forge, kind):
    """Each pushed branch gets one, as the file says; delivering again opens none."""
    world = ForgeWorld(tmp_path, forge, REPOS, kind=kind)
    world.run()
    done = world.deliver()
    assert [r.request_fault for r in done.results] == ["", ""]
    request = world.request("api")
    assert (request.head, request.base) == ("softwright/rename", "main")
    assert request.title == "Use new instead of old in api"
    assert request.body.startswith("1 place in 1 file, for main.")
    assert request.labels == ["mechanical"]
    shown = review.view(world.house, "rename").repo("api")
    assert shown.request.url == done.results[0].request
    assert shown.request.state == "open"
    assert world.deliver().results == ()
    assert len(world.at_forge("api").requests) == 1
