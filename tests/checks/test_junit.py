"""JUnit reports as pytest writes them."""

from softwright.checks.junit import read_junit

REPORT = b"""<?xml version="1.0"?><testsuites><testsuite>
<testcase classname="tests.test_a" name="test_1" file="tests/test_a.py" line="3"/>
<testcase classname="tests.test_a.TestX" name="test_2[a-b]" file="tests/test_a.py" line="9">
  <failure message="assert 1 == 2&#10;more">long text</failure></testcase>
<testcase classname="tests.test_a" name="test_3" file="tests/test_a.py" line="20">
  <skipped message="no"/></testcase>
<testcase classname="" name="tests.test_b"><error message="collection failure">Traceback</error></testcase>
<testcase classname="tests.test_a" name="test_1" file="tests/test_a.py" line="3">
  <error message="teardown"/></testcase>
</testsuite></testsuites>"""


def test_outcomes_by_name():
    """Names are those by which pytest selects; the graver of two states stays."""
    states = {name: test.state for name, test in read_junit(REPORT).items()}
    assert states == {
        "tests/test_a.py::test_1": "error",
        "tests/test_a.py::TestX::test_2[a-b]": "failed",
        "tests/test_a.py::test_3": "skipped",
        "tests.test_b": "error",
    }


def test_a_finding_is_one_line_with_its_place():
    """Message and line are fit for a person."""
    finding = read_junit(REPORT)["tests/test_a.py::TestX::test_2[a-b]"].to_evidence()
    assert finding.message.endswith("assert 1 == 2")
    assert (finding.path, finding.line, finding.detail) == ("tests/test_a.py", 10, "long text")


def test_no_report():
    """A missing, broken or dangerous document is no report."""
    bomb = b'<!DOCTYPE a [<!ENTITY b "c">]><testsuites/>'
    assert [read_junit(document) for document in (None, b"", b"<testsuites>", bomb)] == [None] * 4
