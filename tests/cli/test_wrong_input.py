"""Wrong input: what was given, what is allowed, what to do; an exit code that is not 0, and no traceback."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "stories"))

from world import World


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A campaign that has run, and files that nothing can be made of."""
    made = World(tmp_path_factory.mktemp("wrong"), {"api": {"m.py": "x = old(1)\n"}})
    made.run()
    for name in ("empty.yaml", "empty.toml", "empty.md", "empty.sql"):
        (made.root / name).write_text("")
    for name in ("bin.yaml", "bin.toml", "bin.md", "bin.sql"):
        (made.root / name).write_bytes(b"\xff\xfe")
    (made.root / "broken.yaml").write_text("a: [")
    (made.root / "broken.toml").write_text("x = [")
    (made.root / "list.yaml").write_text("[1, 2]")
    (made.root / "dir.yaml").mkdir()
    return made


@pytest.fixture
def cli(program, world: World, monkeypatch: pytest.MonkeyPatch):
    """The command line in the folder of the world."""
    for name, value in world.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(world.root)
    return program


@pytest.mark.parametrize(
    ("words", "given", "cure"),
    [
        ("campain", "No such command 'campain'", "Did you mean 'campaign'?"),
        ("campaign staus", "No such command 'staus'", "'status'"),
        ("campaign zzz", "No such command 'zzz'", "There are new, plan, run"),
        ("campaign plan rename", "rename: cannot read", "did you mean `rename.yaml`?"),
        ("campaign plan none.yaml", "none.yaml: cannot read", "softwright campaign new NAME"),
        ("campaign plan empty.yaml", "`name` is missing", "name: Lower-case name"),
        ("campaign plan bin.yaml", "byte 0 is not UTF-8", "save it as UTF-8"),
        ("campaign plan broken.yaml", "broken.yaml:1:5: not YAML", "docs/campaigns.md"),
        ("campaign plan list.yaml", "not a list", "begin with `name"),
        ("campaign plan dir.yaml", "Is a directory", "softwright campaign new NAME"),
        ("campaign plan rename.yaml --repo nope", "matches `nope`", "softwright fleet list"),
        ("campaign show rename apo", "no repository `apo`", "did you mean `api`?"),
        ("campaign diff rename apo", "no repository `apo`", "did you mean `api`?"),
        ("campaign diff rename --file n.py", "no changed file matches `n.py`", "did you mean `m.py`?"),
        ("campaign deliver renam", "no campaign `renam`", "did you mean `rename`?"),
        ("campaign approve rename", "say which repositories", "--all or --repo GLOB"),
        ("campaign new rename", "a file of this name", "--to FILE"),
        ("campaign new a --to none/a.yaml", "cannot write the file", "a folder that is there"),
        ("campaign report rename --to none/r.html", "cannot write the report", "a folder that is there"),
        ("campaign report rename --to r.html --json", "--to is for the page", "--json > FILE"),
        ("fleet list -f none.toml", "no such fleet file", "softwright fleet init"),
        ("fleet list -f bin.toml", "not UTF-8 (byte 0)", "save it as UTF-8"),
        ("fleet list -f broken.toml", "not valid TOML", "docs/fleet.md"),
        ("fleet list -f dir.yaml", "Is a directory", "name a file"),
        ("fleet init -f none/f.toml", "cannot be written", "a folder that is there"),
        ("fleet add -", "no address was given", "one a line"),
        ("query", "no query was given", "softwright query"),
        ("query -f none.sql", "No such file", "name a text file"),
        ("query -f bin.sql", "it is not UTF-8", "name a text file"),
        ("query -f empty.sql", "the query is empty", "for example: SELECT"),
        ("query x --json --csv", "both --json and --csv", "leave one of them out"),
        ("rule test", "no rule was given", "--all"),
        ("rule show bin.md", "byte 0 is not UTF-8", "Markdown"),
        ("rule show empty.md", "no front matter", "softwright rule new"),
        ("rule try old-to-new none", "there is no none", "files or folders"),
        ("runs list --state runing", "no state `runing`", "did you mean `running`?"),
        ("worker --queues nope", "no queue `nope`", "allowed: `campaign-"),
        ("gc --older-than soon", "`soon` is no length", "30d"),
    ],
)
def test_mistakes_say_what_to_do(cli, monkeypatch, words: str, given: str, cure: str) -> None:
    """Names that are missing or misspelt, files that are empty, binary, broken or folders."""
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert cli(*words.split()) in (2, 4)
    assert given in cli.err
    assert cure in cli.err


COMMANDS = [
    "campaign status",
    "campaign plan rename.yaml",
    "campaign run rename.yaml",
    "campaign approve rename --all",
    "campaign deliver rename",
    "campaign close rename",
    "campaign report rename",
    "fleet sync",
    "fleet status",
    "facts index",
    "facts status",
    "runs list",
    "worker list",
    "gc",
    "migrate",
]


@pytest.mark.parametrize("words", COMMANDS)
def test_a_home_that_is_none_is_told(cli, world: World, monkeypatch, words: str) -> None:
    """Where the home cannot be made every command names it, and the setting that chooses another."""
    home = world.root / "empty.sql"
    monkeypatch.setenv("SOFTWRIGHT_HOME", str(home))
    assert cli(*words.split()) == 4
    assert f"the home is {home}; set SOFTWRIGHT_HOME to a folder that can be written" in cli.err


def test_a_database_that_is_no_url_is_refused(cli, world: World, monkeypatch) -> None:
    """It is not taken for a file's name, and not printed: it may hold a password."""
    monkeypatch.setenv("SOFTWRIGHT_DATABASE_URL", "postgres:me:secret@host/db")
    assert cli("campaign", "status") == 2
    assert "`database_url` is no URL" in cli.err
    assert "postgresql://user:password@host/database" in cli.err
    assert "secret" not in cli.err
    assert not list(world.root.glob("postgres*"))


def test_a_python_that_cannot_be_started_again_is_told(world: World) -> None:
    """Commands are started by this Python; where that is impossible there is a message and no traceback."""
    code = "import sys; from softwright.cli import main; sys.executable = '/none/python'; main(['doctor'])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=world.root, env=world.environment, capture_output=True, text=True
    )
    assert done.returncode == 3
    assert "cannot start /none/python: No such file or directory" in done.stderr
    assert "Traceback" not in done.stderr


FAILING = [
    ("campaign show rename apo", 2, "invalid-input"),
    ("campaign show", 2, "invalid-input"),
    ("campaign zzz", 2, "invalid-input"),
    ("campaign approve rename", 2, "invalid-input"),
    ("campaign plan none.yaml", 2, "invalid-input"),
    ("campaign run none.yaml --events", 2, "invalid-input"),
    ("campaign review rename --except abcd", 2, "invalid-input"),
    ("fleet list -f broken.toml", 2, "invalid-input"),
    ("fleet nope", 2, "invalid-input"),
    ("learn", 2, "invalid-input"),
    ("learn api@HEAD", 2, "invalid-input"),
    ("learn --before rename.yaml --after rename.yaml", 2, "invalid-input"),
    ("learn replay none", 2, "invalid-input"),
    ("query", 2, "invalid-input"),
    ("runs show none/1", 2, "invalid-input"),
    ("gc --older-than soon", 2, "invalid-input"),
    ("zzz", 2, "invalid-input"),
]


@pytest.mark.parametrize(("words", "code", "kind"), FAILING)
def test_with_json_errors_are_json(cli, monkeypatch, words: str, code: int, kind: str) -> None:
    """The last line of stderr is an object with the error, stdout holds nothing, the exit code is as ever."""
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert cli(*words.split()) == code
    for_people = cli.err
    assert cli(*words.split(), "--json") == code
    assert cli.out == ""
    told = json.loads(cli.err.splitlines()[-1])["error"]
    assert {"kind": kind, "exit_code": code}.items() <= told.items()
    assert set(told) == {"kind", "message", "hint", "where", "exit_code"}
    assert told["message"].split()[0] in for_people
    assert not cli.err.startswith("error: ")


def test_a_document_stays_whole_when_the_command_fails(cli, world: World) -> None:
    """What was done is on stdout, that it failed on stderr: each can be read by itself."""
    rule = world.root / "wrong.md"
    cli("rule", "show", "old-to-new")
    rule.write_text(cli.out.replace("id: old-to-new", "id: wrong").replace("new(", "newer(", 1))
    assert cli("rule", "test", "wrong.md", "--json") == 1
    assert [each["ok"] for each in json.loads(cli.out)] == [False]
    assert json.loads(cli.err)["error"]["message"] == "samples of wrong failed"


def test_a_word_behind_two_dashes_asks_for_nothing(cli) -> None:
    """`--json` behind `--` is an argument like any other."""
    assert cli("campaign", "show", "--", "rename", "--json") == 2
    assert cli.err.startswith("error: ")
