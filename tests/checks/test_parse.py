"""Syntax: only what became worse counts."""

from dataclasses import replace

import pytest

from softwright.checks import ParseCheck
from softwright.core import Outcome
from softwright.facts.structure.syntax import python_mark


def outcome(candidate, base, change):
    """Outcome of the parse check."""
    return ParseCheck().run(candidate(base, change)).outcome


@pytest.mark.parametrize(
    ("path", "good", "bad"),
    [
        ("a.py", "x = 1\n", "x = = 1\n"),
        ("a.js", "let x = 1;\n", "let x = ;\n"),
        ("a.ts", "let x: number = 1;\n", "let x: = 1;\n"),
        ("a.tsx", "const a = <b>c</b>;\n", "const a = <b>c</d;\n"),
        ("a.go", "package a\nfunc f() {}\n", "package a\nfunc f( {}\n"),
        ("A.java", "class A { int x; }\n", "class A { int ; \n"),
        ("a.rs", "fn f() {}\n", "fn f( {}\n"),
        ("a.json", '{"a": 1}\n', '{"a": 1\n'),
        ("a.toml", "a = 1\n", "a = \n"),
        ("a.yaml", "a: [1, 2]\n", "a: [1, 2\n"),
    ],
)
class TestEachLanguage:
    """One row a language."""

    def test_broken_by_the_change(self, candidate, path, good, bad):
        """A syntax error that the file did not have fails."""
        verdict = ParseCheck().run(candidate({path: good}, {path: bad}))
        assert verdict.outcome is Outcome.FAIL
        assert verdict.evidence[0].path == path

    def test_broken_before(self, candidate, path, good, bad):
        """A file that was broken already does not block, and is named."""
        verdict = ParseCheck().run(candidate({path: bad}, {path: bad + "\n"}))
        assert verdict.outcome is Outcome.PASS
        assert [e.path for e in verdict.known] == [path]

    def test_mended_by_the_change(self, candidate, path, good, bad):
        """Mending a broken file passes."""
        assert outcome(candidate, {path: bad}, {path: good}) is Outcome.PASS

    def test_new_broken_file(self, candidate, path, good, bad):
        """A new file counts in full."""
        assert outcome(candidate, {}, {path: bad}) is Outcome.FAIL


def test_empty_block_is_an_error_though_the_grammar_lets_it_pass(candidate):
    """Removing the only statement of a block is caught."""
    verdict = ParseCheck().run(candidate({"a.py": "if x:\n    y()\n"}, {"a.py": "if x:\nz()\n"}))
    assert verdict.outcome is Outcome.FAIL
    assert verdict.evidence[0].line == 2


def test_what_the_parser_took_already_is_not_parsed_again(candidate):
    """A file whose mark is known passes unread, which a broken one shows; any other mark changes nothing."""
    subject = candidate({"a.py": "x = 1\n"}, {"a.py": "x = = 1\n"})
    known = replace(subject, accepted=frozenset([python_mark(b"x = = 1\n")]))
    other = replace(subject, accepted=frozenset([python_mark(b"x = 1\n")]))
    assert ParseCheck().run(known).outcome is Outcome.PASS
    assert ParseCheck().run(other).outcome is Outcome.FAIL


def test_a_second_error_in_a_broken_file_counts(candidate):
    """Having one error already is no licence for another, and only the new one is evidence."""
    verdict = ParseCheck().run(
        candidate({"a.js": "let x = ;\nlet y = 1;\n"}, {"a.js": "let x = ;\nlet y = ;\n"})
    )
    assert verdict.outcome is Outcome.FAIL
    assert [e.line for e in verdict.evidence] == [2]


def test_file_in_another_encoding(candidate):
    """A declared encoding is honoured."""
    source = "# coding: latin-1\nx = 'é'\n".encode("latin-1")
    assert outcome(candidate, {"a.py": source}, {"a.py": source + b"y = 1\n"}) is Outcome.PASS


def test_file_made_undecodable(candidate):
    """Bytes that the declared encoding cannot read are an error."""
    assert outcome(candidate, {"a.py": "x = 1\n"}, {"a.py": b"x = '\xe9'\n"}) is Outcome.FAIL


def test_python_2_file_stays_as_it_is(candidate):
    """A file for Python 2 does not parse before or after: known, not new."""
    source = "print 'a'\nexec 'b'\n"
    assert outcome(candidate, {"a.py": source}, {"a.py": source + "x = 1\n"}) is Outcome.PASS


def test_newer_syntax_than_this_python_where_the_project_asks_for_it(candidate):
    """A project that starts at a Python newer than ours is judged by the grammar alone."""
    base = {"pyproject.toml": '[project]\nname = "x"\nrequires-python = ">=3.99"\n', "a.py": "x = 1\n"}
    assert outcome(candidate, base, {"a.py": "if x:\nz()\n"}) is Outcome.PASS


def test_templates_and_commented_json_are_left_alone(candidate):
    """Files that only look like data are not parsed as data."""
    change = {"chart.yaml": "a: {{ .Values.b }}\n{{ end }", "tsconfig.json": "{// c\n}"}
    assert outcome(candidate, {}, change) in (Outcome.PASS, Outcome.SKIP)


def test_nothing_known_was_written(candidate):
    """A change of unknown files and deletions is skipped, with the reason."""
    verdict = ParseCheck().run(candidate({"a.py": ""}, {"a.py": None, "README.rst": "hello"}))
    assert verdict.outcome is Outcome.SKIP
    assert verdict.summary
