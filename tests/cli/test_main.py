"""The root command."""

import subprocess
import sys
from pathlib import Path

import pytest
import typer

sys.path.insert(0, str(Path(__file__).parents[1] / "stories"))

from world import World

from softwright.cli import campaign


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A campaign that has run."""
    made = World(tmp_path_factory.mktemp("main"), {"api": {"m.py": "x = old(1)\n"}})
    subprocess.run(
        made.command("campaign", "run", "rename.yaml"), cwd=made.root, env=made.environment, check=True
    )
    return made


def test_help_loads_no_noun():
    """`softwright --help` imports none of the commands it lists."""
    code = (
        "import sys\n"
        "from softwright.cli.main import NOUNS, root\n"
        "try:\n    root(['--help'])\nexcept SystemExit:\n    pass\n"
        "print([module for module, _ in NOUNS.values() if module in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert "campaign" in done.stdout


HEAVY = (
    "ast_grep_py",
    "alembic",
    "dbos",
    "detect_secrets",
    "duckdb",
    "jinja2",
    "psycopg",
    "pygit2",
    "tree_sitter",
)


@pytest.mark.parametrize(
    "command",
    [
        ("status", "rename"),
        ("status",),
        ("show", "rename", "api"),
        ("diff", "rename"),
        ("approve", "rename", "--all"),
    ],
    ids=" ".join,
)
def test_looking_and_deciding_load_nothing_heavy(world: World, command: tuple[str, ...]) -> None:
    """Commands that need the record alone import no parser, fact store or engine; a diff reads objects."""
    code = (
        "import sys\n"
        "from softwright.cli import main\n"
        "try:\n    main(['campaign', *sys.argv[1:]])\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {HEAVY} if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *command],
        cwd=world.root,
        env=world.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == str(["pygit2"] if "diff" in command else [])
    assert "api" in done.stdout or "rename" in done.stdout


def test_usage_names_the_program() -> None:
    """However it was started, the help says what to type."""
    for arguments in (["--help"], ["campaign", "--help"], ["campaign", "status", "--help"]):
        done = subprocess.run(
            [sys.executable, "-m", "softwright", *arguments], capture_output=True, text=True, check=True
        )
        assert f"Usage: {' '.join(['softwright', *arguments[:-1]])} [OPTIONS]" in done.stdout
        assert "python -m" not in done.stdout


def test_every_verb_of_a_campaign_is_there() -> None:
    """The table of verbs names functions that exist, and each has a help of its own."""
    group = typer.main.get_command(campaign.app)
    context = typer.Context(group, info_name="campaign")
    listed = {name: group.get_command(context, name) for name in group.list_commands(context)}
    assert [*listed] == [*campaign.VERBS]
    assert all(command.name == name and command.help for name, command in listed.items())
    assert group.get_command(context, "deploy") is None
