"""`softwright fleet`, as a user types it."""

import json
from pathlib import Path

import pytest

from softwright.testing import GitRepo


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home and a working folder of its own; git without anybody's settings."""
    monkeypatch.setenv("SOFTWRIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def cli(program):
    """The commands of `softwright fleet`."""
    program.noun = ("fleet",)
    return program


def test_from_nothing_to_synced(cli, home: Path) -> None:
    """init, add, list, sync, status: the way of a new user."""
    for name in ("a", "b"):
        GitRepo(home / "co" / name, {"x.py": "x"})
    assert cli("init", "--name", "mine") == 0
    assert cli("add", "co/*", "--tag", "py") == 0
    assert "added a" in cli.out
    assert [row["name"] for row in cli.json("list")] == ["a", "b"]
    assert {row["state"] for row in cli.json("status")} == {"not-synced"}
    assert cli("sync") == 0
    assert "2 repositories: 2 ok" in cli.out
    assert "sync 2/2" in cli.err
    assert cli("sync", "--check") == 0
    assert "2 unchanged" in cli.out
    rows = cli.json("status")
    assert {row["state"] for row in rows} == {"unchanged"}
    assert all(row["commit"] and row["synced_at"] for row in rows)
    assert cli("status") == 0
    assert "unchanged" in cli.out


def test_sync_fails_only_when_something_failed(cli, home: Path) -> None:
    """One broken repository gives exit code 4 and the count; an empty one does not; the rest is synced."""
    GitRepo(home / "good", {"x.py": "x"})
    GitRepo(home / "empty")
    cli("init")
    cli("add", "good", "empty")
    assert cli("sync") == 0
    assert "1 empty, 1 ok" in cli.out
    cli("add", "https://127.0.0.1:1/o/gone.git", "--tag", "far")
    assert cli("sync") == 4
    assert "1 of 3 repositories could not be synced" in cli.err
    assert "unreachable" in cli.out
    assert cli("sync", "--json", "--exclude", "o/*") == 0
    assert {row["name"]: row["state"] for row in json.loads(cli.out)} == {
        "good": "unchanged",
        "empty": "empty",
    }
    assert cli("sync", "--json", "--tag", "far") == 4
    assert json.loads(cli.out)[0]["failed"] is True


def test_bad_input_gives_a_message_and_exit_code_2(cli, home: Path) -> None:
    """No file, bad TOML, an unknown tag, a password: each is one clear message."""
    assert cli("list") == 2
    assert "softwright fleet init" in cli.err
    Path("fleet.toml").write_text("[[repos]]\nurl = \n")
    assert cli("list") == 2
    assert "fleet.toml:2" in cli.err
    Path("fleet.toml").write_text("")
    assert cli("sync", "--tag", "x") == 2
    assert cli("add", "https://bob:hunter2@h/x") == 2
    assert "hunter2" not in cli.err + cli.out
    assert "credential helper" in cli.err
    assert cli("list", "--json") == 0
    assert json.loads(cli.out) == []


def test_another_fleet_file(cli, home: Path) -> None:
    """`--fleet` names the file; nothing else is touched."""
    assert cli("init", "--fleet", "other.toml") == 0
    assert cli("init", "--fleet", "other.toml") == 2
    assert cli("add", "--fleet", "other.toml", "https://h/o/a") == 0
    assert len(cli.json("list", "--fleet", "other.toml")) == 1
    assert not (home / "fleet.toml").exists()


def test_addresses_from_standard_input(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """`add -` takes a list, one address a line."""
    import io

    cli("init")
    monkeypatch.setattr("sys.stdin", io.StringIO("https://h/o/a\nhttps://h/o/b\n"))
    assert [row["name"] for row in cli.json("add", "-")] == ["o/a", "o/b"]


def test_every_command_explains_itself(cli) -> None:
    """Each help has an example."""
    for command in ("init", "add", "list", "sync", "status"):
        assert cli(command, "--help") == 0
        assert f"softwright fleet {command}" in cli.out


def test_a_glob_that_finds_nothing_is_a_mistake(cli, home: Path) -> None:
    """Nothing is added, the message names the glob and what it should match; the file stays as it was."""
    cli("init")
    (home / "co" / "plain").mkdir(parents=True)
    before = (home / "fleet.toml").read_text()
    assert cli("add", "co/*", "https://h/o/a") == 2
    assert "`co/*` finds no git repository" in cli.err
    assert "folders of repositories" in cli.err
    assert (home / "fleet.toml").read_text() == before
