"""Every way of making forks that this machine has keeps the same contract."""

import subprocess
from pathlib import Path

import pytest

from softwright.core import PrerequisiteMissing
from softwright.testing import ForkBackendContract
from softwright.workspaces import Files, Isolation, Memory, Sandbox


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Isolation:
    """What this machine allows."""
    try:
        return Isolation.choose(scratch=tmp_path_factory.mktemp("probe"))
    except PrerequisiteMissing as missing:
        pytest.skip(f"no sandbox on this machine: {missing.message}")


class TestChosen(ForkBackendContract):
    """The way chosen for this machine."""

    @pytest.fixture
    def backend(self, found: Isolation) -> Isolation:
        """As it was found."""
        return found


class TestUserNamespace(ForkBackendContract):
    """Overlays mounted in a user namespace, as without root."""

    @pytest.fixture
    def backend(self, found: Isolation) -> Isolation:
        """Skipped where it is the chosen way, or no overlay can be mounted."""
        if found.files is not Files.OVERLAY or not found.root:
            pytest.skip("this is the chosen way, or no overlay can be mounted")
        return Isolation(Files.OVERLAY, Sandbox.BUBBLEWRAP, Memory.POLL, root=False, namespaces=True)


class TestCopies(ForkBackendContract):
    """A copy of the tree for each fork, as where nothing can be mounted."""

    @pytest.fixture
    def backend(self, found: Isolation) -> Isolation:
        """The found sandbox over copies."""
        return Isolation(
            Files.COPY, found.sandbox, found.memory, root=found.root, namespaces=found.namespaces
        )


class TestReflinks(ForkBackendContract):
    """Copies that share their blocks."""

    @pytest.fixture
    def backend(self, found: Isolation, tmp_path: Path) -> Isolation:
        """Skipped where the disk cannot."""
        (tmp_path / "a").write_bytes(b"x" * 4096)
        cp = ["cp", "--reflink=always", str(tmp_path / "a"), str(tmp_path / "b")]
        if subprocess.run(cp, capture_output=True, check=False).returncode:
            pytest.skip("the disk cannot share blocks")
        return Isolation(
            Files.REFLINK, found.sandbox, found.memory, root=found.root, namespaces=found.namespaces
        )


class TestUnsandboxed(ForkBackendContract):
    """Copies and no sandbox, by the explicit word."""

    @pytest.fixture
    def backend(self) -> Isolation:
        """Nothing of the machine is needed."""
        return Isolation(
            Files.COPY, Sandbox.NONE, Memory.POLL, root=False, namespaces=False, allow_unsandboxed=True
        )
