"""Real bases, forks and sandboxes for the tests of this room."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from softwright.core import PrerequisiteMissing
from softwright.workspaces import Base, Bases, Files, Fork, Isolation, Memory, Sandbox, open_fork

TREE = {
    "README.md": b"hello\n",
    "src/app.py": b"VALUE = 1\n",
    "src/deep/er/x.txt": b"x\n",
    "src/deep/y.txt": b"y\n",
    "run.sh": b"#!/bin/sh\necho run\n",
}


def lay_out(folder: Path) -> None:
    """Write the small tree that most tests fork."""
    for path, content in TREE.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    (folder / "run.sh").chmod(0o755)
    (folder / "link").symlink_to("README.md")
    (folder / "out").symlink_to("/etc")


@pytest.fixture(scope="session")
def isolation(tmp_path_factory: pytest.TempPathFactory) -> Isolation:
    """What this machine allows."""
    try:
        return Isolation.choose(scratch=tmp_path_factory.mktemp("probe"))
    except PrerequisiteMissing as missing:
        pytest.skip(f"no sandbox on this machine: {missing.message}")


WAYS: dict[str, Callable[[Isolation], Isolation | None]] = {
    "chosen": lambda found: found,
    "user namespace": lambda found: (
        Isolation(Files.OVERLAY, Sandbox.BUBBLEWRAP, Memory.POLL, root=False, namespaces=True)
        if found.files is Files.OVERLAY and found.root
        else None
    ),
    "copies": lambda found: Isolation(
        Files.COPY, found.sandbox, found.memory, root=found.root, namespaces=found.namespaces
    ),
}


@pytest.fixture(params=list(WAYS))
def each_isolation(request: pytest.FixtureRequest, isolation: Isolation) -> Isolation:
    """Every way of making forks that can be tried here."""
    way = WAYS[request.param](isolation)
    if way is None:
        pytest.skip("this is the chosen way, or no overlay can be mounted")
    return way


@pytest.fixture
def base(tmp_path: Path) -> Iterator[Base]:
    """The small tree, frozen."""
    frozen = Bases(tmp_path / "bases").get("aa11", lay_out)
    yield frozen
    frozen.close()


@pytest.fixture
def fork(base: Base, isolation: Isolation) -> Iterator[Fork]:
    """A fork of the small tree, made in the way chosen for this machine."""
    with open_fork(base, isolation=isolation) as opened:
        yield opened


@pytest.fixture
def each_fork(each_isolation: Isolation, tmp_path: Path) -> Iterator[Fork]:
    """A fork of the small tree, made in every way."""
    frozen = Bases(tmp_path / "bases", hand_over=each_isolation.root).get("aa11", lay_out)
    with open_fork(frozen, isolation=each_isolation) as opened:
        yield opened
    frozen.close()
