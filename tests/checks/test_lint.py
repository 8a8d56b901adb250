"""Lint: the repository's own rules where it has some, only the new findings."""

import pytest

from softwright.checks import LintCheck
from softwright.core import Outcome

LONG = "x = '" + "a" * 120 + "'\n"
RUFF = {"pyproject.toml": '[tool.ruff]\nline-length = 88\n[tool.ruff.lint]\nselect = ["E", "F"]\n'}


def codes(verdict):
    """Rule codes of the new findings."""
    return [e.code for e in verdict.evidence]


class TestWithoutConfiguration:
    """Repositories that do not use ruff."""

    @pytest.mark.parametrize(
        ("after", "code"),
        [
            ("import os\nx = 1\n", "F401"),
            ("print(undefined_name)\n", "F821"),
            ("def f():\n    return\nreturn 1\n", "F706"),
            ('x = "a" is "b"\n', "F632"),
        ],
    )
    def test_serious_findings_count(self, candidate, after, code):
        """Code that cannot work and unused imports fail."""
        verdict = LintCheck().run(candidate({"a.py": "x = 1\n"}, {"a.py": after}))
        assert verdict.outcome is Outcome.FAIL
        assert code in codes(verdict)

    @pytest.mark.parametrize("after", [LONG, "x=1;y=2\n", "import sys, os\nprint(sys, os)\n"])
    def test_taste_does_not(self, candidate, after):
        """Nobody is nagged about style that the repository never asked for."""
        assert LintCheck().run(candidate({"a.py": "x = 1\n"}, {"a.py": after})).outcome is Outcome.PASS

    def test_a_package_may_import_for_others(self, candidate):
        """An import in an `__init__.py` is taken for a re-export."""
        change = {"pkg/__init__.py": "from pkg.a import f\n"}
        assert LintCheck().run(candidate({"pkg/__init__.py": ""}, change)).outcome is Outcome.PASS

    def test_old_findings_are_known(self, candidate):
        """An unused import that was there does not block, wherever it moved."""
        verdict = LintCheck().run(candidate({"a.py": "import os\n"}, {"a.py": "\n\n# x\nimport os\n"}))
        assert verdict.outcome is Outcome.PASS
        assert [e.line for e in verdict.known] == [4]

    def test_no_files_are_laid_out(self, candidate):
        """The tree is not exported for this."""

        def never():
            raise AssertionError("the base was asked for")

        from dataclasses import replace

        subject = replace(candidate({"a.py": "x = 1\n"}, {"a.py": "x = 2\n"}), base=never)
        assert LintCheck().run(subject).outcome is Outcome.PASS

    def test_configuration_above_the_repository_is_not_read(self, candidate, tmp_path):
        """A ruff.toml in a folder that happens to hold the work folder has no say."""
        (tmp_path / "ruff.toml").write_text('lint.select = ["ALL"]\n')
        assert LintCheck().run(candidate({"a.py": "x = 1\n"}, {"a.py": "x=2\n"})).outcome is Outcome.PASS


class TestWithConfiguration:
    """Repositories that use ruff."""

    def test_its_rules_count(self, candidate):
        """A line that is longer than the repository allows fails."""
        verdict = LintCheck().run(candidate({**RUFF, "a.py": "x = 1\n"}, {"a.py": LONG}))
        assert codes(verdict) == ["E501"]

    def test_a_long_line_made_longer_is_not_new(self, candidate):
        """The measure within a message does not make a new finding."""
        verdict = LintCheck().run(candidate({**RUFF, "a.py": LONG}, {"a.py": LONG.replace("aa'", "aaa'")}))
        assert verdict.outcome is Outcome.PASS
        assert len(verdict.known) == 1

    def test_nested_configuration(self, candidate):
        """The nearest configuration decides for each file."""
        base = {"sub/ruff.toml": 'lint.select = ["E"]\nline-length = 80\n', "sub/a.py": "", "a.py": ""}
        verdict = LintCheck().run(candidate(base, {"sub/a.py": LONG, "a.py": LONG}))
        assert [e.path for e in verdict.evidence] == ["sub/a.py"]

    def test_excluded_files_stay_excluded(self, candidate):
        """What the repository excludes is not linted."""
        base = {"ruff.toml": 'exclude = ["gen"]\nlint.select = ["E"]\n', "gen/a.py": ""}
        assert LintCheck().run(candidate(base, {"gen/a.py": LONG})).outcome is Outcome.PASS

    def test_an_unused_import_may_come_from_elsewhere(self, candidate):
        """An import that nothing used before and that is rewritten is the same trouble, not new trouble."""
        before, after = "from collections import Mapping\n", "from collections.abc import Mapping\n"
        verdict = LintCheck().run(candidate({"a.py": before}, {"a.py": after}))
        assert verdict.outcome is Outcome.PASS
        other = LintCheck().run(candidate({"a.py": before}, {"a.py": before + "import os\n"}))
        assert codes(other) == ["F401"]

    @pytest.mark.parametrize(
        "broken", ["bogus = 1\n", "line-length = 'wide'\n", 'lint.select = ["NOPE999"]\n']
    )
    def test_refused_configuration_is_left_out(self, candidate, broken):
        """A configuration that ruff refuses is told of; serious findings still count."""
        verdict = LintCheck().run(candidate({"ruff.toml": broken, "a.py": ""}, {"a.py": "import os\n"}))
        assert codes(verdict) == ["F401"]
        assert "left out" in verdict.known[0].message

    @pytest.mark.parametrize(
        "extend", ["/etc/ruff.toml", "../../ruff.toml", "~/ruff.toml", "${HOME}/ruff.toml"]
    )
    def test_extending_the_outside_is_refused(self, candidate, tmp_path, extend):
        """Nothing outside of the repository is read, and the verdict says what was left out."""
        base = {"ruff.toml": f'extend = "{extend}"\nlint.select = ["E"]\n', "a.py": ""}
        verdict = LintCheck().run(candidate(base, {"a.py": LONG}))
        assert verdict.outcome is Outcome.PASS
        assert extend in verdict.known[0].message

    def test_extending_within_the_repository(self, candidate):
        """A shared configuration inside of the repository is followed."""
        base = {
            "sub/ruff.toml": 'extend = "../shared/ruff.toml"\n',
            "shared/ruff.toml": 'lint.select = ["E"]\nline-length = 80\n',
            "sub/a.py": "",
        }
        assert codes(LintCheck().run(candidate(base, {"sub/a.py": LONG}))) == ["E501"]


def test_other_languages_are_skipped(candidate):
    """Only Python is linted."""
    assert LintCheck().run(candidate({}, {"a.js": "let x;"})).outcome is Outcome.SKIP


ODD = "caf\udce9.py"


def test_a_name_that_is_no_text_is_told(candidate):
    """A file that ruff cannot be asked about by its name is not passed over in silence."""
    verdict = LintCheck().run(candidate({}, {ODD: "import os\n"}))
    assert verdict.outcome is Outcome.SKIP
    assert [(e.path, e.code) for e in verdict.known] == [("caf\\udce9.py", "note")]
    both = LintCheck().run(candidate({}, {ODD: "import os\n", "b.py": "import os\n"}))
    assert both.outcome is Outcome.FAIL
    assert [e.path for e in both.evidence] == ["b.py"]
    assert "not printable" in both.known[0].message
