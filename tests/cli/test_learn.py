"""`softwright learn …`: from a commit, a diff or files to rules that hold, and what is said of them."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from softwright.cli.main import main, root
from softwright.core import SoftwrightError
from softwright.testing import GitRepo

CODE = """import logging

log = logging.getLogger(__name__)


def run_{0}(job, *rest):
    log.warn("job %s", job)
    return clock.utcnow(zone)
"""
OTHER = 'import warnings\n\nwarnings.warn("old")\n'


def done(code: str) -> str:
    """The code after the change."""
    return code.replace("log.warn(", "log.warning(").replace("clock.utcnow(zone)", "clock.now(zone.utc)")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, with a home of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOFTWRIGHT_HOME", str(tmp_path / "home"))
    return tmp_path


@pytest.fixture
def repo(place: Path) -> GitRepo:
    """A repository whose last commit changed two files of three."""
    files = {f"src/m{n}.py": CODE.format(n) for n in (1, 2, 3)}
    made = GitRepo(place / "api", {**files, "src/other.py": OTHER, "notes.txt": "log.warn(1)\n"})
    made.commit({f"src/m{n}.py": done(CODE.format(n)) for n in (1, 2)} | {"notes.txt": "log.warning(1)\n"})
    return made


def run(*argv: str, stdin: str = "") -> tuple[int, str, str]:
    """Exit code, stdout and stderr of one command."""
    outcome = CliRunner().invoke(root, ["learn", *argv], input=stdin)
    if outcome.exception is not None and not isinstance(outcome.exception, SystemExit):
        raise outcome.exception
    return outcome.exit_code, outcome.stdout, outcome.stderr


def learned(*argv: str) -> dict[str, Any]:
    """The JSON of a command that must succeed."""
    code, text, said = run(*argv, "--json")
    assert code == 0, said
    found: dict[str, Any] = json.loads(text)
    return found


def refused(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    """What the whole command line says of wrong input; exit code 2, nothing on stdout, no file made."""
    before = sorted(Path().rglob("*.md"))
    with pytest.raises(SystemExit) as ended:
        main(["learn", *argv])
    told = capsys.readouterr()
    assert ended.value.code == 2, told.err
    assert told.out == ""
    assert sorted(Path().rglob("*.md")) == before
    return told.err


def rule_test(*paths: str) -> int:
    """Exit code of `softwright rule test`."""
    return CliRunner().invoke(root, ["rule", "test", *paths]).exit_code


def applied(paths: list[str], target: Path) -> str:
    """The file after `softwright rule try --write`."""
    CliRunner().invoke(root, ["rule", "try", ",".join(paths), str(target), "--write", "--no-diff"])
    return target.read_text()


def test_a_commit_becomes_rules_that_do_the_rest(repo: GitRepo, place: Path) -> None:
    """What was understood is said in words; the files hold their samples and change the file not done yet."""
    code, text, said = run("--from-commit", "api@HEAD", "--name", "mig")
    assert code == 0, said
    assert f"Learned from commit {repo.head[:12]} of api: 2 changed files" in text
    assert "1. " in text
    assert "`utcnow" in text or "utcnow(" in text
    assert "places in 2 files" in text
    assert "not done yet: src/m3.py" in said
    paths = [str(path) for path in sorted((place / "rules").glob("mig*.md"))]
    assert paths
    assert rule_test(*paths) == 0
    assert applied(paths, repo.path / "src" / "m3.py") == done(CODE.format(3))
    assert applied(paths, repo.path / "src" / "other.py") == OTHER


def test_the_json_tells_all_of_it(repo: GitRepo) -> None:
    """Rules with evidence and files, one-off edits, notes; what is no example is counted."""
    told = learned("--from-commit", "api@HEAD", "--name", "mig")
    assert told["examples"] == {"changed": 2, "left_alone": 1}
    assert told["written"] is True
    assert {rule["files"] for rule in told["rules"]} == {2}
    assert all(Path(rule["path"]).is_file() and rule["samples"] for rule in told["rules"])
    assert any("1 file added, deleted, or in no language" in note for note in told["notes"])
    assert any("src/m3.py" in note for note in told["notes"])
    assert told["asked"] == []


def test_a_fleet_name_stands_for_its_mirror(repo: GitRepo, place: Path) -> None:
    """A commit of a fleet's repository is read from the mirror; the working tree is not needed."""
    bare = repo.bare(place / "remote.git")
    (place / "fleet.toml").write_text(f'name = "f"\n[[repos]]\nname = "team/api"\nurl = "{bare}"\n')
    assert CliRunner().invoke(root, ["fleet", "sync"]).exit_code == 0
    told = learned("--from-commit", f"team/api@{repo.head[:10]}", "--dry-run")
    assert told["origin"] == f"commit {repo.head[:12]} of team/api"
    assert told["rules"]


def test_several_commits_count_their_repositories(repo: GitRepo, place: Path) -> None:
    """Evidence from two repositories is told as such."""
    second = GitRepo(place / "web", {"lib/w.py": CODE.format(7)})
    second.commit({"lib/w.py": done(CODE.format(7))})
    told = learned("--from-commit", "api@HEAD", "--from-commit", "web@HEAD", "--dry-run")
    assert {rule["repos"] for rule in told["rules"]} == {2}
    assert all("of 2 repositories" in rule["words"] for rule in told["rules"])


@pytest.mark.parametrize("is_applied", [True, False])
def test_a_diff_is_learned_from_whether_or_not_it_was_applied(
    repo: GitRepo, place: Path, is_applied: bool
) -> None:
    """The files at hand are its one side; the other is made by applying it or taking it back."""
    (place / "x.diff").write_text(repo.git("diff", "HEAD^", "HEAD") + "\n")
    if not is_applied:
        repo.git("checkout", "--quiet", "HEAD^")
    told = learned("--from-diff", "x.diff", "--repo", "api", "--name", "mig")
    assert told["examples"]["changed"] == 2
    assert rule_test(*[rule["path"] for rule in told["rules"]]) == 0


def test_two_files_or_two_folders_are_learned_from(place: Path) -> None:
    """Pairs by path below both; what is equal on both sides bounds what is learned."""
    for side, change in (("old", str), ("new", done)):
        (place / side).mkdir()
        for n in (1, 2):
            (place / side / f"m{n}.py").write_text(change(CODE.format(n)))
        (place / side / "other.py").write_text(OTHER)
    folders = learned("--before", "old", "--after", "new", "--dry-run")
    assert folders["examples"] == {"changed": 2, "left_alone": 1}
    files = learned("--before", "old/m1.py", "--after", "new/m1.py", "--dry-run")
    assert files["examples"] == {"changed": 1, "left_alone": 0}
    assert files["rules"]


def test_several_languages_in_one_commit_give_rules_of_each(place: Path) -> None:
    """Each language has its own rules; their files say which."""
    before = {"a.py": "oldName(1)\noldName(2)\n", "b.ts": "oldName(1);\noldName(2);\n"}
    made = GitRepo(place / "api", before)
    made.commit({path: text.replace("oldName", "newName") for path, text in before.items()})
    told = learned("--from-commit", "api@HEAD")
    assert {rule["language"] for rule in told["rules"]} == {"python", "typescript", "tsx"}
    assert rule_test(*[rule["path"] for rule in told["rules"]]) == 0


def test_nothing_is_written_in_a_dry_run(repo: GitRepo, place: Path) -> None:
    """All is said, no file is made."""
    code, text, _ = run("--from-commit", "api@HEAD", "--campaign", "mig", "--dry-run")
    assert code == 0
    assert "would be written" in text
    assert not (place / "rules").exists()
    assert not (place / "mig.yaml").exists()


def test_files_that_are_there_are_not_replaced(
    repo: GitRepo, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All files or none; --force replaces them."""
    told = learned("--from-commit", "api@HEAD", "--name", "mig", "--dry-run")
    last = Path(told["rules"][-1]["path"])
    last.parent.mkdir()
    last.write_text("mine\n")
    assert "is there already" in refused(capsys, "--from-commit", "api@HEAD", "--name", "mig")
    assert last.read_text() == "mine\n"
    learned("--from-commit", "api@HEAD", "--name", "mig", "--force")
    assert last.read_text().startswith("---\n")


def test_a_campaign_of_the_rules_can_be_planned(repo: GitRepo, place: Path) -> None:
    """The file names the rules by path and the fleet; its plan finds what the commit left undone."""
    bare = repo.bare(place / "remote.git")
    (place / "fleet.toml").write_text(f'name = "f"\n[[repos]]\nname = "api"\nurl = "{bare}"\n')
    code, text, said = run("--from-commit", "api@HEAD", "--name", "mig", "--out", "made", "--campaign", "mig")
    assert code == 0, said
    assert "softwright campaign plan mig.yaml" in text
    runner = CliRunner()
    assert runner.invoke(root, ["fleet", "sync"]).exit_code == 0
    planned = runner.invoke(root, ["campaign", "plan", "mig.yaml", "--json"])
    assert planned.exit_code == 0, planned.output
    found = json.loads(planned.stdout)
    assert [(repo["repo"], repo["files"]) for repo in found["repos"]] == [("api", 1)]


def test_the_command_in_a_process_of_its_own(repo: GitRepo, place: Path) -> None:
    """As a user runs it: from the repository, with no terminal, without a fleet file."""
    program = [sys.executable, "-m", "softwright", "learn", "--from-commit", ".@HEAD", "--name", "mig"]
    ended = subprocess.run(program, cwd=repo.path, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "rules/mig" in ended.stdout


def test_a_change_that_teaches_nothing_ends_with_1(place: Path) -> None:
    """A change that only puts something in gives no rule, and that is said."""
    (place / "old.py").write_text("x = 1\n")
    (place / "new.py").write_text("x = 1\ny = 2\n")
    with pytest.raises(SoftwrightError, match="nothing was learned that could be written") as told:
        run("--before", "old.py", "--after", "new.py")
    assert told.value.exit_code == 1
    assert not (place / "rules").exists()


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ((), "--from-commit REPO@COMMIT"),
        (("--from-commit", "api"), "names no commit"),
        (("--from-commit", "@HEAD"), "names no commit"),
        (("--from-commit", "nowhere@HEAD"), "there is no folder `nowhere`"),
        (("--from-commit", "api@nothing"), "there is no commit `nothing`"),
        (("--from-commit", "api@HEAD^"), "has no parent"),
        (("--from-commit", "plain@HEAD"), "no git repository"),
        (("--from-diff", "missing.diff"), "make one with `git diff > FILE`"),
        (("--before", "plain/a.py", "--after", "broken.py"), "does not parse as it was changed"),
        (("--before", "plain/a.py", "--after", "a.js"), "are in two languages"),
        (("--from-diff", "plain/a.py"), "no unified diff"),
        (("--from-diff", "good.diff"), "m1.py, which cannot be read"),
        (("--from-diff", "good.diff", "--repo", "nowhere"), "there is no folder nowhere"),
        (("--from-diff", "wrong.diff", "--repo", "api"), "does not apply"),
        (("--before", "plain/a.py"), "belong together"),
        (("--before", "plain/a.py", "--after", "nowhere.py"), "there is no nowhere.py"),
        (("--before", "plain/a.py", "--after", "plain"), "a file and a folder"),
        (("--before", "plain", "--after", "empty"), "no file of a known language"),
        (("--before", "plain/a.py", "--after", "plain/a.py"), "nothing is changed"),
        (("--from-commit", "api@HEAD", "--name", "Not Kebab"), "kebab-case"),
        (("--from-commit", "api@HEAD", "--campaign", "Not A Name"), "cannot be the name of a campaign"),
        (("--from-commit", "api@HEAD", "--answers", "plain"), "--answers is for the loop"),
    ],
)
def test_wrong_input_is_told(
    argv: tuple[str, ...], said: str, repo: GitRepo, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was given, what is allowed, exit code 2, and nothing written."""
    (place / "plain").mkdir()
    (place / "empty").mkdir()
    (place / "plain" / "a.py").write_text("x = 1\n")
    (place / "broken.py").write_text("def f(:\n")
    (place / "a.js").write_text("x = 1\n")
    diff = repo.git("diff", "HEAD^", "HEAD", "--", "src") + "\n"
    (place / "good.diff").write_text(diff)
    (place / "wrong.diff").write_text(diff.replace("def run_", "def ran_"))
    assert said in refused(capsys, *argv)


@pytest.mark.parametrize(("word", "option"), [("api@HEAD", "--from-commit"), ("x.diff", "--from-diff")])
def test_a_source_without_its_option_is_told_the_option(word: str, option: str, repo: GitRepo) -> None:
    """What was most likely meant is written out."""
    code, _, said = run(word)
    assert code == 2
    assert f"{option} {word}" in " ".join(said.split())


def test_a_name_of_the_fleet_that_is_wrong_is_told_with_the_nearest(
    repo: GitRepo, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The fleet's names are the ones allowed."""
    (place / "fleet.toml").write_text(f'name = "f"\n[[repos]]\nname = "team/api"\nurl = "{repo.path}"\n')
    assert "did you mean `team/api`" in refused(capsys, "--from-commit", "team/apo@HEAD")


# -- the loop ---


def test_the_loop_learns_from_a_folder_of_answers(repo: GitRepo, place: Path) -> None:
    """Files in doubt are taken from the folder as they should be; the first that it lacks ends the loop."""
    one = GitRepo(place / "one", {"src/m8.py": CODE.format(8)})
    one.commit({"src/m8.py": done(CODE.format(8))})
    answer = place / "answers" / "src" / "m3.py"
    answer.parent.mkdir(parents=True)
    answer.write_text(done(CODE.format(3)))
    told = learned("--from-commit", "one@HEAD", "--loop", "api", "--answers", "answers", "--dry-run")
    assert told["examples"]["changed"] == 2
    assert max(rule["files"] for rule in told["rules"]) == 2


def test_the_loop_shows_a_file_and_takes_the_word_of_a_person(repo: GitRepo, place: Path) -> None:
    """`right` makes the shown change an example; the end of the input stops."""
    code, text, said = run("--from-commit", "api@HEAD", "--loop", "api", "--dry-run", stdin="right\n")
    assert code == 0, said
    assert "api: src/m3.py" in text
    assert '+    log.warning("job %s", job)' in text
    assert "learned again" in said
    assert "3 changed files" in text


def test_a_file_to_be_left_alone_bounds_the_rules(repo: GitRepo, place: Path) -> None:
    """`alone` makes the file an example as it is, and no rule changes it any more."""
    code, text, said = run(
        "--from-commit", "api@HEAD", "--loop", "api", "--name", "mig", stdin="alone\nstop\n"
    )
    assert "2 changed files, " in text
    paths = [str(path) for path in sorted((place / "rules").glob("mig*.md"))]
    before = (repo.path / "src" / "m3.py").read_text()
    for path in paths:
        CliRunner().invoke(root, ["rule", "try", path, "api", "--write", "--no-diff"])
    assert (repo.path / "src" / "m3.py").read_text() == before
    assert code == (0 if paths else 1), said


def test_a_file_is_corrected_by_another_file_or_in_an_editor(
    repo: GitRepo, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file's name is its content; `edit` opens the editor on what would be; wrong names are asked again."""
    (place / "right.py").write_text(done(CODE.format(3)))
    code, text, said = run(
        "--from-commit", "api@HEAD", "--loop", "api", "--dry-run", stdin="nowhere.py\nright.py\nstop\n"
    )
    assert code == 0, said
    assert "nowhere.py cannot be read" in said
    assert "3 changed files" in text
    monkeypatch.setenv("EDITOR", "sed -i s/job/task/")
    monkeypatch.delenv("VISUAL", raising=False)
    code, text, said = run("--from-commit", "api@HEAD", "--loop", "api", "--dry-run", stdin="edit\nstop\n")
    assert code == 0, said
    assert "3 changed files" in text
    monkeypatch.setenv("EDITOR", "no-such-editor")
    _, _, said = run("--from-commit", "api@HEAD", "--loop", "api", "--dry-run", stdin="edit\nstop\n")
    assert "cannot be started" in said


def test_a_loop_over_what_is_no_repository_is_refused(
    repo: GitRepo, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The name is told; so is a folder of answers that is not there."""
    assert "nowhere" in refused(capsys, "--from-commit", "api@HEAD", "--loop", "nowhere")
    said = refused(capsys, "--from-commit", "api@HEAD", "--loop", "api", "--answers", "none")
    assert "there is no folder none" in said


# -- questions ---

ABSTRACT = "class Base:\n" + "".join(
    f"    def part_{n}(self):\n        raise NotImplementedError()\n\n" for n in range(3)
)
VALUE = "def check(x):\n    if not x:\n        raise ValueError()\n"


@pytest.fixture
def unclear(place: Path) -> GitRepo:
    """A repository whose last commit can be read in two ways that differ on one of its files."""
    made = GitRepo(place / "api", {"src/base.py": ABSTRACT, "src/check.py": VALUE})
    made.commit({"src/base.py": ABSTRACT.replace("Error()", "Error")})
    return made


def test_without_a_terminal_the_specific_reading_is_taken_and_that_is_said(unclear: GitRepo) -> None:
    """The place and both outcomes are shown all the same; in JSON they are a record."""
    code, text, said = run("--from-commit", "api@HEAD", "--yes", "--dry-run")
    assert code == 0, said
    assert "api: src/check.py:3" in text
    assert "+        raise ValueError" in text
    assert "the more specific one, because nobody is asked" in said
    (asked,) = learned("--from-commit", "api@HEAD", "--dry-run")["asked"]
    assert (asked["path"], asked["line"], asked["specific"]) == ("src/check.py", 3, "")
    assert asked["answer"] == "specific, not asked"


@pytest.mark.parametrize(("typed", "is_changed"), [("y", True), ("n", False)])
def test_at_a_terminal_the_answer_decides(
    unclear: GitRepo, place: Path, typed: str, is_changed: bool
) -> None:
    """Yes makes the general rule, no the specific one; the rules' samples hold either way."""
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "softwright", "learn", "--from-commit", "api@HEAD", "--name", "mig"]
    with subprocess.Popen(
        command, stdin=follower, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        os.close(follower)
        os.write(leader, f"{typed}\n".encode())
        said, _ = process.communicate(timeout=120)
        os.close(leader)
    assert process.returncode == 0, said
    assert b"Two readings of the change differ here" in said
    paths = [str(path) for path in sorted((place / "rules").glob("mig*.md"))]
    assert rule_test(*paths) == 0
    assert (applied(paths, unclear.path / "src" / "check.py") != VALUE) == is_changed


def test_a_rule_for_several_languages_is_said_once(place: Path) -> None:
    """What was shown in TypeScript is written for its kin as well: one sentence, two files."""
    for name, call in (("old", "warn"), ("new", "warning")):
        (place / f"{name}.ts").write_text(f"log.{call}(1, a);\nlog.{call}(2, b);\n")
    code, out, _ = run("--before", "old.ts", "--after", "new.ts", "--name", "calm")
    assert code == 0
    assert out.count("places in 1 file.") == 1
    assert "typescript: calm-1; tsx: calm-2" in out
    assert {path.name for path in (place / "rules").iterdir()} == {"calm-1.md", "calm-2.md"}
