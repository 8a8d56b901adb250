"""`softwright rule …` from the outside."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from softwright.cli.main import main, root


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOFTWRIGHT_HOME", str(tmp_path / "home"))
    return tmp_path


def run(*argv: str) -> tuple[int, str]:
    """Exit code and output of one command."""
    outcome = CliRunner().invoke(root, ["rule", *argv])
    return outcome.exit_code, outcome.output


def test_a_new_rule_can_be_tested_listed_shown_and_tried(place: Path) -> None:
    """The way of a rule, from its draft to its first use."""
    assert run("new", "my-rule")[0] == 0
    assert run("test", "rules/my-rule.md", "-v") == run("test", "my-rule", "-v")
    code, text = run("test", "my-rule", "--json")
    assert code == 0
    assert [sample["ok"] for sample in json.loads(text)[0]["samples"]] == [True, True]
    assert "my-rule" in [row["id"] for row in json.loads(run("list", "--json")[1])]
    assert "old_name" in json.loads(run("show", "my-rule", "--json")[1])["text"]
    (place / "src").mkdir()
    (place / "src" / "a.py").write_text("old_name(1)\n")
    code, text = run("try", "my-rule", "src")
    assert "+new_name(1)" in text
    assert "1 site, 1 file would change" in text
    assert (place / "src" / "a.py").read_text() == "old_name(1)\n"
    assert run("try", "my-rule", "src", "--write", "--no-diff")[0] == 0
    assert (place / "src" / "a.py").read_text() == "new_name(1)\n"


def test_a_failing_sample_shows_the_difference(place: Path) -> None:
    """Exit code 1, the line of the sample, wanted against got."""
    run("new", "my-rule")
    path = place / "rules" / "my-rule.md"
    path.write_text(path.read_text().replace("new_name(1, x)", "new_name(2, x)"))
    code, text = run("test", "my-rule")
    assert code == 1
    assert "my-rule.md:19" in text.replace("\n", "")
    assert "-new_name(2, x)" in text


def test_a_broken_rule_is_listed_with_its_problem(place: Path) -> None:
    """One bad file does not hide the others."""
    (place / "rules").mkdir()
    (place / "rules" / "bad.md").write_text("nothing\n")
    rows = {row["id"]: row for row in json.loads(run("list", "--json")[1])}
    assert "front matter" in rows["bad"]["problem"]
    assert len(rows) > 1


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["show", "no-such-rule"], "there is no rule"),
        (["new", "Bad Name"], "kebab-case"),
        (["new", "x", "--language", "pyhton"], "did you mean `python`"),
        (["try", "datetime-utcnow", "nowhere"], "there is no nowhere"),
        (["try", "datetime-utcnow", ".", "--python", "three"], "`three` is no version of Python"),
    ],
)
def test_mistakes_end_with_a_message(
    place: Path, capsys: pytest.CaptureFixture[str], argv: list[str], said: str
) -> None:
    """Exit code 2 and a sentence, never a traceback."""
    del place
    with pytest.raises(SystemExit) as caught:
        main(["rule", *argv])
    assert caught.value.code == 2
    assert said in " ".join(capsys.readouterr().err.split())


def test_an_existing_rule_is_not_overwritten(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`rule new` refuses."""
    del place
    run("new", "my-rule")
    with pytest.raises(SystemExit):
        main(["rule", "new", "my-rule"])
    assert "is there already" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("manifest", "argv", "changes"),
    [
        ('requires-python = ">=3.12"', [], True),
        ('requires-python = ">=3.8"', [], False),
        ("", [], False),
        ('requires-python = ">=3.8"', ["--python", "3.12"], True),
    ],
)
def test_a_rule_is_tried_as_the_project_allows(
    place: Path, manifest: str, argv: list[str], changes: bool
) -> None:
    """`min-python` counts as in a campaign, also from a folder inside; why and the way out are said."""
    (place / ".git").mkdir()
    (place / "pyproject.toml").write_text(f'[project]\nname = "a"\n{manifest}\n')
    (place / "src").mkdir()
    (place / "src" / "a.py").write_text("from typing import Optional\n\nx: Optional[int] = None\n")
    code, text = run("try", "typing-union-operator", "src", *argv)
    assert code == 0
    assert ("+x: int | None = None" in text) is changes
    assert ("needs Python 3.10" in text and "`--python`" in text) is not changes


def test_own_rules_are_told_from_shipped_ones(place: Path) -> None:
    """A listing begins with one's own rules and says of each where it comes from."""
    run("new", "zz-mine")
    rows = json.loads(run("list", "--json")[1])
    assert [row["origin"] for row in rows[:2]] == ["own", "shipped"]
    assert rows[0]["id"] == "zz-mine"
    assert "own" in run("list")[1].split("zz-mine")[1].split("\n")[0]
    assert (place / "rules" / "zz-mine.md").exists()


_FUNCTION_RULE = """---
id: mine
language: python
message: m
python: ./mine.py:run
---
# T
## Changes
### a
```python
a
```
```python
b
```
## Leaves alone
### b
```python
c
```
"""


def test_a_function_runs_only_when_its_rule_is_named(place: Path) -> None:
    """`--all` does not execute code of rule folders."""
    (place / "rules").mkdir()
    (place / "rules" / "mine.md").write_text(_FUNCTION_RULE)
    (place / "rules" / "mine.py").write_text(
        "open('ran', 'w').close()\n\n\ndef run(source, file):\n    return source.replace('a', 'b')\n"
    )
    assert "not run" in run("test", "--all")[1]
    assert not (place / "ran").exists()
    assert run("test", "mine")[0] == 0
    assert (place / "ran").exists()


def test_a_rule_is_exported_with_what_is_lost(place: Path) -> None:
    """The other tool's file on stdout alone, what is left out in its comments; `--json` gives both."""
    run("new", "my-rule")
    outcome = CliRunner().invoke(root, ["rule", "export", "my-rule"])
    assert outcome.exit_code == 0
    assert outcome.stdout.startswith("# Made from the Softwright rule `my-rule`")
    assert "fix: new_name($$$ARGS)" in outcome.stdout
    assert "left out" in outcome.stderr
    given = json.loads(run("export", "my-rule", "--to", "ast-grep", "--json")[1])
    assert given["text"] == outcome.stdout
    assert any("layout" in each for each in given["lost"])


def test_an_unknown_form_of_export_is_refused(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The known form is named, and nothing is printed to stdout."""
    with pytest.raises(SystemExit) as ended:
        main(["rule", "export", "six-types", "--to", "astgrep"])
    assert ended.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "did you mean `ast-grep`" in said.err
