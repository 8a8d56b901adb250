"""Running git: it never asks, never hangs, runs no hook and tells no secret."""

import time
from pathlib import Path

import pytest

from softwright.core import LimitHit, OutsideFault, PrerequisiteMissing
from softwright.hosts import Git
from softwright.hosts.git import last_words
from softwright.testing import GitRepo


@pytest.fixture
def git(tmp_path: Path) -> Git:
    """Git in a bare repository."""
    return Git(GitRepo(tmp_path / "r", {"a": "a"}).bare(tmp_path / "r.git"), timeout_s=30)


def test_output_and_error(git: Git) -> None:
    """Standard output is given; a failure carries git's own words and the place."""
    assert git.run("rev-parse", "--is-bare-repository") == b"true\n"
    with pytest.raises(OutsideFault, match="single revision") as caught:
        git.run("rev-parse", "--verify", "nothing")
    assert caught.value.where == str(git.folder)
    assert git.run("cat-file", "-e", "0" * 40, check=False) == b""


def test_stdin_and_working_tree(tmp_path: Path) -> None:
    """Input is passed on; a folder with a working tree is fine too."""
    work = GitRepo(tmp_path / "w", {"a": "a"})
    assert Git(work.path).run("hash-object", "--stdin", stdin=b"a").decode().strip() == work.git(
        "rev-parse", "HEAD:a"
    )


def test_a_hanging_command_is_ended_with_its_children(
    git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the time allowed, git and everything it started are gone, also what ignores a polite request."""
    script = tmp_path / "ssh"
    script.write_text(
        f"#!/bin/sh\ntrap '' TERM\nsleep 300 &\necho $! $$ > {tmp_path}/pids\nwait\nsleep 300\n"
    )
    script.chmod(0o755)
    monkeypatch.setenv("GIT_SSH_COMMAND", str(script))
    git.timeout_s = 1
    with pytest.raises(LimitHit, match="within 1 s"):
        git.run("ls-remote", "ssh://host/x")
    pids = [int(word) for word in (tmp_path / "pids").read_text().split()]
    deadline = time.monotonic() + 20
    while any(_runs(pid) for pid in pids):
        assert time.monotonic() < deadline, "a child outlived its group"
        time.sleep(0.05)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_environment_cannot_point_elsewhere(git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables that name another repository or index are not passed on."""
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", "/nowhere")
    monkeypatch.setenv("GIT_TRACE", "1")
    assert len(git.run("rev-parse", "HEAD")) == 41


def test_users_own_settings_stay(git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Credential helpers and address rewrites of the user are in force: they are git's own way."""
    config = tmp_path / "config"
    config.write_text(f'[url "{git.folder}"]\n\tinsteadOf = corp:r\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    assert b"HEAD" in git.run("ls-remote", "corp:r")


def test_addresses_that_run_commands_are_off(
    git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`ext::` runs nothing, even where the environment allows it."""
    monkeypatch.setenv("GIT_ALLOW_PROTOCOL", "file:ext")
    with pytest.raises(OutsideFault, match="not allowed"):
        git.run("ls-remote", f"ext::touch {tmp_path}/ran")
    assert not (tmp_path / "ran").exists()


def test_no_question_is_asked(git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A credential that is not there is an error at once, never a prompt."""
    monkeypatch.setenv("SSH_ASKPASS", f"touch {tmp_path}/asked")
    with pytest.raises(OutsideFault, match="prompts disabled"):
        git.run("credential", "fill", stdin=b"protocol=https\nhost=example.org\n\n")
    assert not (tmp_path / "asked").exists()


def test_secrets_are_scrubbed(git: Git) -> None:
    """A password in an address is in no error."""
    with pytest.raises(OutsideFault) as caught:
        git.run("ls-remote", "https://bob:hunter2@127.0.0.1:1/x.git")
    assert "hunter2" not in str(caught.value)


def test_missing_program_and_folder(git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No git gives the way to install it; no folder is said plainly."""
    with pytest.raises(OutsideFault, match="no such folder"):
        Git(tmp_path / "none").run("version")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PrerequisiteMissing) as caught:
        git.run("version")
    assert "install git" in caught.value.hint


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("", ""),
        (
            "warning: x\nfatal: '/x' is no repository\nfatal: Could not read from remote",
            "'/x' is no repository",
        ),
        ("fatal: early EOF\nfatal: index-pack failed", "index-pack failed"),
        ("just words\nlast", "last"),
    ],
)
def test_last_words(said: str, told: str) -> None:
    """Of all that git said, the line that tells the cause is chosen."""
    assert last_words(said) == told


def test_nothing_is_left_open(git: Git) -> None:
    """Many commands leave no file descriptors behind."""
    git.run("version")
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        git.run("version")
    assert len(list(Path("/proc/self/fd").iterdir())) <= before
