"""Types: new errors in changed files and importers, whatever the lines."""

from dataclasses import replace

import pytest

from softwright.checks import CHECKERS, TypesCheck, run_ladder
from softwright.checks.check import CheckerFailed
from softwright.checks.checkers import installed_version
from softwright.core import InvalidInput, Outcome
from softwright.ledger import Ledger

PACKAGE = {
    "pkg/__init__.py": "",
    "pkg/a.py": "from pkg.b import foo\n\nfoo(1)\n",
    "pkg/b.py": "def foo(a: int) -> int:\n    return a\n",
}
PANIC = (
    b'[{"check_name": "panic", "description": "panic: boom", "severity": "critical",'
    b' "location": {"path": "a.py", "positions": {"begin": {"line": 1}}}}]'
)
OLD = {"pyproject.toml": '[project]\nname = "pkg"\nrequires-python = ">=3.8"\n'}


def messages(verdict):
    """Messages of the new findings."""
    return [e.message for e in verdict.evidence]


def installed(checker):
    """A row of the table below, left out where the checker is not installed."""
    missing = not installed_version(CHECKERS[checker].distribution)
    return pytest.param(checker, marks=pytest.mark.skipif(missing, reason=f"{checker} is not installed"))


def test_basedpyright_compares_with_the_unchanged_tree(candidate):
    """The slowest checker, in one go: old trouble is known, a broken importer is new."""
    if not installed_version("basedpyright"):
        pytest.skip("basedpyright is not installed")
    base = {**PACKAGE, "pkg/b.py": "import absentpkg\n" + PACKAGE["pkg/b.py"] + 'x: int = "a"\n'}
    change = {"pkg/b.py": "import absentpkg\nimport nowhere_to_be_found\n" + 'x: int = "a"\n'}
    verdict = TypesCheck("basedpyright").run(candidate(base, change, importers=("pkg/a.py",)))
    assert verdict.outcome is Outcome.FAIL
    new = " ".join(messages(verdict))
    assert "foo" in new
    assert "nowhere_to_be_found" in new
    assert "absentpkg" not in new
    assert len(verdict.known) == 2


@pytest.mark.parametrize("checker", [installed("ty"), installed("pyrefly")])
class TestEveryChecker:
    """What each type checker must do behind the one interface."""

    def test_renamed_function_breaks_its_importer(self, candidate, checker):
        """The error is found in the file that imports the renamed function."""
        change = {"pkg/b.py": "def bar(a: int) -> int:\n    return a\n"}
        verdict = TypesCheck(checker).run(candidate(PACKAGE, change, importers=("pkg/a.py",)))
        assert verdict.outcome is Outcome.FAIL
        assert {e.path for e in verdict.evidence} == {"pkg/a.py"}

    def test_harmless_edit_passes(self, candidate, checker):
        """A change of a body is no trouble."""
        change = {"pkg/b.py": "def foo(a: int) -> int:\n    return a + 1\n"}
        verdict = TypesCheck(checker).run(candidate(PACKAGE, change, importers=("pkg/a.py",)))
        assert verdict.outcome is Outcome.PASS, verdict

    def test_old_trouble_is_known_wherever_it_moved(self, candidate, checker):
        """An error that the file had before does not block."""
        base = {**PACKAGE, "pkg/b.py": 'x: int = "a"\n'}
        verdict = TypesCheck(checker).run(candidate(base, {"pkg/b.py": '# new\n\n\nx: int = "a"\n'}))
        assert verdict.outcome is Outcome.PASS
        assert [e.line for e in verdict.known] == [4]

    def test_name_newer_than_the_oldest_python(self, candidate, checker):
        """A name of a newer standard library is an error where the project supports older ones."""
        change = {"pkg/b.py": "import datetime\n\nprint(datetime.UTC)\n"}
        assert TypesCheck(checker).run(candidate({**PACKAGE, **OLD}, change)).outcome is Outcome.FAIL
        newer = {"pyproject.toml": '[project]\nname = "pkg"\nrequires-python = ">=3.11"\n'}
        assert TypesCheck(checker).run(candidate({**PACKAGE, **newer}, change)).outcome is Outcome.PASS

    def test_new_import_of_nothing_counts(self, candidate, checker):
        """An import of a module that nobody declares is new trouble."""
        change = {"pkg/b.py": "import nowhere_to_be_found\n" + PACKAGE["pkg/b.py"]}
        assert TypesCheck(checker).run(candidate(PACKAGE, change)).outcome is Outcome.FAIL

    def test_package_that_is_only_absent_here(self, candidate, checker):
        """An import of a package that the repository uses already is excused, and shown."""
        base = {**PACKAGE, "pkg/b.py": "import absentpkg.one\n" + PACKAGE["pkg/b.py"]}
        change = {"pkg/b.py": "import absentpkg.two\n" + PACKAGE["pkg/b.py"]}
        verdict = TypesCheck(checker).run(candidate(base, change))
        assert verdict.outcome is Outcome.PASS
        assert "absentpkg.two" in verdict.known[0].message


def test_minimum_python_of_a_setup_file(candidate):
    """`python_requires` of setup.py counts like `requires-python`."""
    base = {
        **PACKAGE,
        "setup.py": "from setuptools import setup\nsetup(name='pkg', python_requires='>=3.8')\n",
    }
    change = {"pkg/b.py": "from datetime import UTC\n" + PACKAGE["pkg/b.py"]}
    assert TypesCheck().run(candidate(base, change)).outcome is Outcome.FAIL


def test_declared_dependency_is_excused(candidate):
    """A package named in the manifest may be imported though it is not installed here."""
    base = {**PACKAGE, "requirements.txt": "some-package>=1\n"}
    change = {"pkg/b.py": "import some_package\n" + PACKAGE["pkg/b.py"]}
    assert TypesCheck().run(candidate(base, change)).outcome is Outcome.PASS


def test_own_module_is_never_excused(candidate):
    """A missing module of the repository itself counts though its name is declared."""
    base = {**PACKAGE, "pyproject.toml": '[project]\nname = "pkg"\n'}
    change = {"pkg/b.py": "import pkg.gone\n" + PACKAGE["pkg/b.py"]}
    assert TypesCheck().run(candidate(base, change)).outcome is Outcome.FAIL


def test_deleted_module_breaks_its_importer(candidate):
    """Removing a file is checked through the files that import it."""
    verdict = TypesCheck().run(candidate(PACKAGE, {"pkg/b.py": None}, importers=("pkg/a.py",)))
    assert verdict.outcome is Outcome.FAIL
    assert verdict.evidence[0].path == "pkg/a.py"


def test_new_file_counts_in_full(candidate):
    """A file without a past has no known trouble."""
    assert TypesCheck().run(candidate(PACKAGE, {"pkg/c.py": 'x: int = "a"\n'})).outcome is Outcome.FAIL


def test_moved_file_keeps_its_known_trouble(candidate):
    """A file that moved is compared with where it was."""
    content = 'x: int = "a"\n'
    verdict = TypesCheck().run(candidate({"old/m.py": content}, {"old/m.py": None, "new/m.py": content}))
    assert verdict.outcome is Outcome.PASS


def test_src_layout_is_resolved(candidate):
    """Imports below `src` are found."""
    base = {f"src/{path}": content for path, content in PACKAGE.items()}
    change = {"src/pkg/b.py": "def bar() -> None: ...\n"}
    verdict = TypesCheck().run(candidate(base, change, importers=("src/pkg/a.py",)))
    assert messages(verdict) == ["Module `pkg.b` has no member `foo`"]


def test_other_languages_are_skipped(candidate):
    """Only Python is checked, and the verdict says so."""
    assert TypesCheck().run(candidate({}, {"a.js": "let x;"})).outcome is Outcome.SKIP


def test_the_unchanged_tree_is_asked_once(candidate, cache):
    """The base's diagnostics are kept and serve the next candidate."""
    base = {**PACKAGE, "pkg/b.py": 'x: int = "a"\n'}
    for content in ('x: int = "a"\ny = 1\n', 'x: int = "a"\ny = 2\n'):
        verdicts = run_ladder([TypesCheck()], candidate(base, {"pkg/b.py": content}), cache=cache)
        assert verdicts[0].outcome is Outcome.PASS
    assert sorted(v.check for v in cache.kept.values()) == ["types", "types", "types.baseline"]


def test_configuration_of_the_repository(candidate):
    """Rules that the repository switched off stay off; what points outside is not followed."""
    config = (
        '[tool.ty.rules]\ninvalid-assignment = "ignore"\n[tool.ty.environment]\nextra-paths = ["../.."]\n'
    )
    base = {**PACKAGE, "pyproject.toml": config}
    assert TypesCheck().run(candidate(base, {"pkg/b.py": 'x: int = "a"\n'})).outcome is Outcome.PASS


def test_refused_configuration_is_left_out(candidate):
    """A configuration that ty cannot read does not stop the check, and is told of."""
    base = {**PACKAGE, "ty.toml": '[rules]\ninvalid-assignment = "perhaps"\n'}
    verdict = TypesCheck().run(candidate(base, {"pkg/b.py": 'x: int = "a"\n'}))
    assert verdict.outcome is Outcome.FAIL
    assert "left out" in verdict.known[0].message


@pytest.mark.parametrize(
    ("output", "said"),
    [
        (b"", b"thread 'main' panicked at src/lib.rs:1"),
        (b"not json", b""),
        (b"[]", b"thread '<unnamed>' panicked at src/lib.rs:1"),
        (PANIC, b""),
    ],
)
def test_a_crash_is_never_a_clean_bill(output, said):
    """Whatever ty leaves behind when it crashes is an error with its words, not an empty list."""
    with pytest.raises(CheckerFailed) as caught:
        CHECKERS["ty"].read(output, said, wanted=frozenset({"a.py"}))
    assert caught.value.evidence


def test_crashing_checker_gives_an_error_verdict(candidate, monkeypatch, tmp_path):
    """A checker that dies ends the check as ERROR, with what it said."""
    program = tmp_path / "ty"
    program.write_text("#!/bin/sh\necho 'out of ideas' >&2\nexit 101\n")
    program.chmod(0o755)
    monkeypatch.setattr("softwright.checks.checkers.program.find_program", lambda name, install: str(program))
    verdict = TypesCheck().run(candidate(PACKAGE, {"pkg/b.py": "x = 1\n"}))
    assert verdict.outcome is Outcome.ERROR
    assert "out of ideas" in verdict.evidence[0].detail


def test_slow_checker_is_a_limit(candidate, monkeypatch, tmp_path):
    """A checker that takes too long ends as LIMIT."""
    from softwright.workspaces import Limits

    program = tmp_path / "ty"
    program.write_text("#!/bin/sh\nsleep 30\n")
    program.chmod(0o755)
    monkeypatch.setattr("softwright.checks.checkers.program.find_program", lambda name, install: str(program))
    subject = candidate(PACKAGE, {"pkg/b.py": "x = 1\n"}, limits=Limits(wall_s=0.3))
    assert TypesCheck().run(subject).outcome is Outcome.LIMIT


def test_unknown_checker_names_the_nearest():
    """A misspelt checker is refused with what is allowed."""
    with pytest.raises(InvalidInput, match="pyrefly"):
        TypesCheck("pyrefli")


def test_answers_survive_in_the_ledger(candidate, tmp_path):
    """The ledger's cache keeps verdicts and baselines across processes, evidence and all."""
    base = {**PACKAGE, "pkg/b.py": 'x: int = "a"\n'}
    subject = candidate(base, {"pkg/b.py": 'x: int = "a"\ny: str = 1\n'})
    first = run_ladder([TypesCheck()], subject, cache=Ledger.open(tmp_path / "ledger.sqlite").verdicts)
    again = run_ladder([TypesCheck()], subject, cache=Ledger.open(tmp_path / "ledger.sqlite").verdicts)
    assert again[0].cached
    assert replace(again[0], cached=False) == first[0]


def test_a_file_in_another_encoding_is_left_out_and_told(candidate):
    """Type checkers read UTF-8 alone; a legal latin-1 file is no new trouble, and the verdict names it."""
    latin = "# -*- coding: latin-1 -*-\nname = 'Caf\xe9'\n".encode("latin-1")
    verdict = TypesCheck().run(candidate({"a.py": latin}, {"a.py": latin + b"x = 1\n"}))
    assert verdict.outcome is Outcome.SKIP
    assert [(e.path, "UTF-8" in e.message) for e in verdict.known] == [("a.py", True)]
    both = candidate({"a.py": latin, "b.py": "x = 1\n"}, {"a.py": latin + b"x = 1\n", "b.py": "x = 2\n"})
    verdict = TypesCheck().run(both)
    assert verdict.outcome is Outcome.PASS
    assert "1 file checked" in verdict.summary


def test_a_name_that_is_no_text_is_told(candidate):
    """A file that no checker can be asked about by its name is not passed over in silence."""
    odd = "caf\udce9.py"
    verdict = TypesCheck().run(candidate({}, {odd: "x: int = ''\n"}))
    assert verdict.outcome is Outcome.SKIP
    assert [e.path for e in verdict.known] == ["caf\\udce9.py"]
    verdict = TypesCheck().run(
        candidate(PACKAGE, {odd: "x = 1\n", "pkg/b.py": PACKAGE["pkg/b.py"] + "x = 1\n"})
    )
    assert verdict.outcome is Outcome.PASS
    assert "not printable" in verdict.known[0].message
