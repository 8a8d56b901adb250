"""Imports of Go files: grouped by origin, called by the package's name or its alias."""

import json
from collections.abc import Callable

import pytest
from tests.rewrite.conftest import Apply  # type: ignore[import-not-found]

from softwright.core import InvalidInput
from softwright.rewrite import Rule, parse_rule

MakeRule = Callable[..., Rule]
_HEAD = "package a\n\n"
_BODY = "\nfunc f() {\n\told()\n}\n"


@pytest.fixture
def spelled(apply: Apply, make_rule: MakeRule) -> Callable[[str, str], str]:
    """The file after `old()` has become what `$import(…)` is in it."""

    def run(dotted: str, before: str) -> str:
        rule = make_rule(f"rule: {{pattern: old()}}\nfix: $import({dotted})()", language="go")
        text: str = apply([rule], before, path="a/b.go").content.decode()
        return text

    return run


@pytest.fixture
def replaced(apply: Apply) -> Callable[[dict[str, str], str], str]:
    """The file after a rule that replaces imports."""

    def run(replace: dict[str, str], before: str) -> str:
        head = f"---\nid: moved\nlanguage: go\nmessage: m\nimports: {{replace: {json.dumps(replace)}}}\n"
        outcome = apply([parse_rule(f"{head}---\n# T\n", "m.md")], before, path="a/b.go")
        assert not outcome.refused
        text: str = outcome.content.decode()
        return text

    return run


@pytest.mark.parametrize(
    ("dotted", "before", "spelling", "after"),
    [
        # what is at hand
        ("net/http.Get", 'import "net/http"\n', "http.Get", 'import "net/http"\n'),
        ("net/http.Get", 'import h "net/http"\n', "h.Get", 'import h "net/http"\n'),
        (
            "gopkg.in/yaml.v3.Marshal",
            'import "gopkg.in/yaml.v3"\n',
            "yaml.Marshal",
            'import "gopkg.in/yaml.v3"\n',
        ),
        # what is not
        ("os.Exit", "", "os.Exit", 'import "os"\n\n'),
        ("os.Exit", 'import "fmt"\n', "os.Exit", 'import (\n\t"fmt"\n\t"os"\n)\n'),
        ("x.y/z.Do", 'import "fmt"\n', "z.Do", 'import (\n\t"fmt"\n\n\t"x.y/z"\n)\n'),
        ("x.y/go-z/v2.Do", 'import "fmt"\n', "z.Do", 'import (\n\t"fmt"\n\n\t"x.y/go-z/v2"\n)\n'),
        ("io.Copy", 'import (\n\t"fmt"\n\t"os"\n)\n', "io.Copy", 'import (\n\t"fmt"\n\t"io"\n\t"os"\n)\n'),
        (
            "x.y/b.Do",
            'import (\n\t"fmt"\n\n\t"x.y/a"\n\t"x.y/c"\n)\n',
            "b.Do",
            'import (\n\t"fmt"\n\n\t"x.y/a"\n\t"x.y/b"\n\t"x.y/c"\n)\n',
        ),
        ("x.y/b.Do", 'import (\n\t"fmt"\n)\n', "b.Do", 'import (\n\t"fmt"\n\n\t"x.y/b"\n)\n'),
        ("os.Exit", 'import (\n\t"x.y/a"\n)\n', "os.Exit", 'import (\n\t"os"\n\n\t"x.y/a"\n)\n'),
        # a name that is taken
        (
            "a.b/http.Do",
            'import "net/http"\n',
            "abhttp.Do",
            'import (\n\t"net/http"\n\n\tabhttp "a.b/http"\n)\n',
        ),
    ],
)
def test_the_right_spelling_with_the_import_in_its_group(
    spelled: Callable[[str, str], str], dotted: str, before: str, spelling: str, after: str
) -> None:
    """`$import(path.Name)`: the package under its name here, imported where it belongs."""
    assert spelled(dotted, _HEAD + before + _BODY) == _HEAD + after + _BODY.replace("old", spelling)


def test_a_variable_that_hides_the_package_leaves_the_site_alone(apply: Apply, make_rule: MakeRule) -> None:
    """Inside of such a function the package cannot be named."""
    rule = make_rule("rule: {pattern: old()}\nfix: $import(net/http.Get)()", language="go")
    before = 'package a\n\nimport "net/http"\n\nfunc f(http int) {\n\told()\n}\n'
    outcome = apply([rule], before)
    assert outcome.content.decode() == before
    assert "left alone" in outcome.notes[0]


def test_imports_are_added_and_dropped_as_the_rule_says(apply: Apply, make_rule: MakeRule) -> None:
    """`add` and `remove` name packages; the declaration goes with its last one."""
    front = "imports: {add: ['import \"os\"'], remove: [io/ioutil]}"
    call = "rule: {pattern: {context: 'func f() { %s($A) }', selector: call_expression}}\nfix: "
    yaml = call % "ioutil.ReadFile" + "os.ReadFile($A)"
    rule = make_rule(yaml, front=front, language="go")
    before = (
        'package a\n\nimport (\n\t"fmt"\n\t"io/ioutil"\n)\n\nfunc f() { fmt.Print(ioutil.ReadFile(1)) }\n'
    )
    after = 'package a\n\nimport (\n\t"fmt"\n\t"os"\n)\n\nfunc f() { fmt.Print(os.ReadFile(1)) }\n'
    assert apply([rule], before).content.decode() == after
    drop = make_rule(call % "ioutil.X" + "g($A)", front="imports: {remove: [io/ioutil]}", language="go")
    only = 'package a\n\nimport "io/ioutil"\n\nfunc f() { ioutil.X(1) }\n'
    assert apply([drop], only).content.decode() == "package a\n\nfunc f() { g(1) }\n"


@pytest.mark.parametrize(
    ("replace", "before", "after"),
    [
        (
            {"x.y/a": "x.y/b"},
            'import "x.y/a"\n\nvar v a.T = a.F(x.a)\n',
            'import "x.y/b"\n\nvar v b.T = b.F(x.a)\n',
        ),
        ({"x.y/a": "x.y/b"}, 'import q "x.y/a"\n\nvar v = q.F()\n', 'import q "x.y/b"\n\nvar v = q.F()\n'),
        ({"x.y/a": "x.y/b"}, 'import "x.y/a"\n\nvar b = a.F()\n', 'import a "x.y/b"\n\nvar b = a.F()\n'),
        (
            {"x.y/a/*": "x.y/a/v2/*"},
            'import (\n\t"x.y/a"\n\t"x.y/a/q"\n\t"x.y/ab"\n)\n\nvar v = a.F(q.G)\n',
            'import (\n\t"x.y/a/v2"\n\t"x.y/a/v2/q"\n\t"x.y/ab"\n)\n\nvar v = a.F(q.G)\n',
        ),
        (
            {"io/ioutil.ReadAll": "io.ReadAll"},
            'import "io/ioutil"\n\nvar v = ioutil.ReadAll(1)\n',
            'import "io"\n\nvar v = io.ReadAll(1)\n',
        ),
        (
            {"io/ioutil.ReadAll": "io.ReadAll", "io/ioutil.ReadFile": "os.ReadFile"},
            'import (\n\t"fmt"\n\t"io/ioutil"\n\t"os"\n)\n\nvar v = ioutil.ReadAll(ioutil.ReadFile(1))\n',
            'import (\n\t"fmt"\n\t"io"\n\t"os"\n)\n\nvar v = io.ReadAll(os.ReadFile(1))\n',
        ),
        (
            {"io/ioutil.ReadAll": "io.ReadAll"},
            'import "io/ioutil"\n\nvar v = ioutil.ReadAll(ioutil.X)\n',
            'import (\n\t"io"\n\t"io/ioutil"\n)\n\nvar v = io.ReadAll(ioutil.X)\n',
        ),
        (
            {"x.y/a.F": "x.y/a.G"},
            'import "x.y/a"\n\nvar v a.F = a.F{}\n',
            'import "x.y/a"\n\nvar v a.G = a.G{}\n',
        ),
        (
            {"x.y/a": "x.y/b"},
            'import "x.y/a" // softwright: ignore\n\nvar v = a.F()\n',
            'import "x.y/a" // softwright: ignore\n\nvar v = a.F()\n',
        ),
        (
            {"x.y/a": "x.y/b"},
            'import "x.y/a"\n\nfunc f(a T) { a.F() }\n',
            'import "x.y/b"\n\nfunc f(a T) { a.F() }\n',
        ),
    ],
)
def test_packages_and_their_names_are_replaced(
    replaced: Callable[[dict[str, str], str], str], replace: dict[str, str], before: str, after: str
) -> None:
    """Paths with the package's name, prefixes, and names that another package gives now."""
    assert replaced(replace, _HEAD + before) == _HEAD + after


def test_what_is_no_import_is_refused(make_rule: MakeRule) -> None:
    """A statement of another language is told."""
    with pytest.raises(InvalidInput, match="no import statement"):
        make_rule("rule: {pattern: a()}\nfix: b()", front="imports: {add: [from a import b]}", language="go")
