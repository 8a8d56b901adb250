"""`softwright learn replay`: the migrations in a repository's own history, replayed."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from softwright.cli.main import main, root
from softwright.core import InvalidInput
from softwright.testing import GitRepo

CODE = """import logging

log = logging.getLogger(__name__)


def run_{0}(job):
    log.warn("begin %s", job)
    job.go({0})
    log.warn("end %s", job)
"""


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitRepo:
    """A repository with one migration over six files (a seventh was forgotten) between small commits."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOFTWRIGHT_HOME", str(tmp_path / "home"))
    files = {f"src/m{n}.py": CODE.format(n) for n in range(7)}
    made = GitRepo(tmp_path / "api", files)
    made.commit({"src/m1.py": CODE.format(1) + "\n\nx = 1\n"}, "One file")
    done = {f"src/m{n}.py": made.path.joinpath(f"src/m{n}.py").read_text() for n in range(6)}
    made.commit({path: text.replace("log.warn(", "log.warning(") for path, text in done.items()}, "No warn")
    made.commit({f"src/m{n}.py": (made.path / f"src/m{n}.py").read_text() + "\n" for n in range(6)}, "Layout")
    return made


def run(*argv: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of one command."""
    outcome = CliRunner().invoke(root, ["learn", "replay", *argv])
    if outcome.exception is not None and not isinstance(outcome.exception, SystemExit):
        raise outcome.exception
    return outcome.exit_code, outcome.stdout, outcome.stderr


def document(*argv: str) -> dict[str, Any]:
    """The JSON of a command that must succeed."""
    code, text, said = run(*argv, "--json")
    assert code == 0, said
    found: dict[str, Any] = json.loads(text)
    return found


@pytest.mark.parametrize("order", ["path", "informative", "loop"])
def test_a_migration_is_found_and_replayed(repo: GitRepo, order: str) -> None:
    """Of three commits one made an edit ten times; two of its files teach what was done in the others."""
    found = document("api", "-k", "2", "--order", order)
    assert found["commits"] == 3
    [only] = found["migrations"]
    assert (only["title"], only["language"], only["files"], only["repeated"]) == ("No warn", "python", 6, 12)
    assert only["commit"] == repo.git("rev-parse", "HEAD^")
    assert only["precision"] == only["recall_repeated"] == 1.0
    assert only["exact"] == only["predicted_files"] >= 4
    assert not only["silent"] and not only["fault"]
    assert found["together"]["migrations"] == 1 and found["together"]["silent"] == 0


def test_the_table_says_what_came_of_it(repo: GitRepo) -> None:
    """One row per migration, and the sums below; an order that looks at the answer is said to."""
    code, text, _ = run("api", "-k", "2", "--order", "informative")
    assert code == 0
    assert "No warn" in text and "One file" not in text and "Layout" not in text
    assert "api: 1 migration replayed from 2 files each; 0 silent (0 of them without a result)" in text
    assert "100 % of those right; of the repeated edits 100 % made" in text
    assert "upper bound" in text
    assert repo.git("status", "--porcelain") == ""


def test_what_comes_to_no_result_is_listed(repo: GitRepo) -> None:
    """A migration that takes too long is ended, counts as silent, and says so."""
    found = document("api", "--time-limit", "0.01")
    [only] = found["migrations"]
    assert only["silent"] and "within" in only["fault"]
    assert found["together"]["faults"] == 1
    code, text, _ = run("api", "--time-limit", "0.01")
    assert code == 0 and "1 silent (1 of them without a result)" in text


def test_a_history_without_migrations(repo: GitRepo) -> None:
    """It is said what was looked for; in JSON the list is empty."""
    code, text, said = run("api", "-k", "6")
    assert code == 0 and text == ""
    assert "none of 3 commits made one edit 10 times in 7 changed files" in said
    assert document("api", "-k", "6")["migrations"] == []


def test_a_history_of_one_commit(repo: GitRepo) -> None:
    """A first commit changed nothing that was there; no date is to blame."""
    GitRepo(repo.path.parent / "young", {"a.py": "x = 1\n"})
    with pytest.raises(InvalidInput, match="no commit changes what another one left"):
        run("young")


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["nowhere"], "nowhere"),
        (["api", "--since", "yesterdayish"], "yesterdayish"),
        (["api", "--since", "2030-01-01"], "no commit since 2030-01-01"),
        (["api", "--order", "random"], "random"),
        (["api", "-k", "0"], "0 files cannot be learned from"),
    ],
)
def test_wrong_input(repo: GitRepo, capsys: pytest.CaptureFixture[str], argv: list[str], said: str) -> None:
    """What was given is named, with what is allowed; exit code 2."""
    del repo
    with pytest.raises(SystemExit) as ended:
        main(["learn", "replay", *argv])
    told = capsys.readouterr()
    assert ended.value.code == 2 and told.out == ""
    assert said in told.err
