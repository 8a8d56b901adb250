"""Choosing the layers: only what really works, and never no sandbox without an explicit word."""

import os
from pathlib import Path

import pytest

from softwright.core import PrerequisiteMissing
from softwright.workspaces import Base, Files, Isolation, Limits, Memory, Sandbox, open_fork
from softwright.workspaces.isolation import _found

NONE = Isolation(Files.COPY, Sandbox.NONE, Memory.POLL, root=False, namespaces=False, allow_unsandboxed=True)


def test_without_a_sandbox_nothing_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where bubblewrap is absent the choice is refused with the cure, unless the explicit word is given."""
    monkeypatch.setenv("PATH", str(tmp_path))
    _found.cache_clear()
    try:
        with pytest.raises(PrerequisiteMissing) as refused:
            Isolation.choose(scratch=tmp_path)
        assert "apt-get install bubblewrap" in refused.value.hint
        assert Isolation.choose(True, scratch=tmp_path).sandbox is Sandbox.NONE
    finally:
        _found.cache_clear()


def test_explicit_word_keeps_the_sandbox_that_works(isolation: Isolation, tmp_path: Path) -> None:
    """Allowing no sandbox does not switch off the one that is there."""
    assert Isolation.choose(True, scratch=tmp_path).sandbox is isolation.sandbox


def test_fork_refuses_to_run_unsandboxed_by_accident(base: Base) -> None:
    """An isolation made without the explicit word runs no repository's code, only trusted tools."""
    forgotten = Isolation(Files.COPY, Sandbox.NONE, Memory.POLL, root=False, namespaces=False)
    with open_fork(base, isolation=forgotten) as fork:
        with pytest.raises(PrerequisiteMissing):
            fork.exec(["touch", "ran"])
        assert fork.read("ran") is None
        assert fork.exec(["true"], trusted=True).ok


@pytest.mark.parametrize("view", ["copies", "overlay"])
def test_unsandboxed_run_is_still_bounded(base: Base, isolation: Isolation, view: str) -> None:
    """With the explicit word a command runs on the host, bounded in time, memory and output, and says so."""
    chosen = NONE
    if view == "overlay":
        if isolation.files is not Files.OVERLAY:
            pytest.skip("no overlay here")
        chosen = Isolation(Files.OVERLAY, Sandbox.NONE, isolation.memory, isolation.root, True, True)
    with open_fork(base, isolation=chosen) as fork:
        ran = fork.exec(["sh", "-c", "cat README.md; (sleep 77 &); echo x > made"])
        assert ran.ok, ran
        assert ran.stdout == b"hello\n"
        assert "not sandboxed" in ran.isolation
        assert fork.read("made") == b"x\n"
        assert (base.path / "README.md").read_bytes() == b"hello\n"
        assert not (base.path / "made").exists()
        assert fork.exec(["sleep", "9"], limits=Limits(wall_s=0.2)).limit_hit == "wall"
        assert fork.exec(["yes"], limits=Limits(output_kb=8)).limit_hit == "output"
        eater = ["python3", "-c", "x = bytearray(1 << 30)\nfor i in range(0, 1 << 30, 4096): x[i] = 1"]
        assert fork.exec(eater, limits=Limits(memory_mb=100)).limit_hit == "memory"
    assert "sleep\x0077" not in _command_lines()


def _command_lines() -> str:
    lines = []
    for entry in Path("/proc").glob("[0-9]*"):
        if entry.name != str(os.getpid()):
            try:
                lines.append((entry / "cmdline").read_text(errors="replace"))
            except OSError:
                continue
    return "\n".join(lines)
