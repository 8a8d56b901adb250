"""The end that every disturbed run is compared with."""

from collections.abc import Iterator

import pytest
from tests.crash.leftovers import End, ends, nothing_left
from tests.crash.plan import KILLS
from tests.crash.scene import NAME, TIDY, Scene


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, End]]:
    """How every repository ends when nobody disturbs, by campaign: in an embedded home."""
    scene = Scene(tmp_path_factory.mktemp("undisturbed"))
    scene.finish_all()
    scene.finish("campaign", "run", str(scene.tidy), "--json")
    found = {name: ends(scene, name) for name in (NAME, TIDY)}
    assert {end.state for end in found[NAME].values()} == {"delivered"}
    assert {end.state for end in found[TIDY].values()} == {"prepared"}
    nothing_left(scene)
    return found


@pytest.fixture(autouse=True)
def as_many_kills_as_planned(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Every test makes the kills that count for it."""
    made: list[Scene] = []
    monkeypatch.setattr(Scene, "told", made.append)
    before = request.session.testsfailed
    yield
    if request.session.testsfailed == before:
        assert sum(scene.kills.total() for scene in made) == KILLS.get(request.node.name, 0)
