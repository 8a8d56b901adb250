"""`imports.replace`: imports called otherwise in place, and the uses of what they name after them."""

import json
from collections.abc import Callable

import pytest
from tests.rewrite.conftest import Apply  # type: ignore[import-not-found]

from softwright.core import InvalidInput
from softwright.rewrite import FileFacts, Rule, check_samples, parse_rule, rewrite

_RENAMED = {"a.X": "b.Y"}
_MOVED = {"a.X": "b.X"}


def _rule(replace: dict[str, str], *, language: str = "python", name: str = "moved") -> Rule:
    given = json.dumps(replace)
    return parse_rule(
        f"---\nid: {name}\nlanguage: {language}\nmessage: m\nimports: {{replace: {given}}}\n---\n# T\n",
        "m.md",
    )


@pytest.fixture
def replaced(apply: Apply) -> Callable[..., str]:
    """The file after a rule that says nothing but `imports.replace`."""

    def run(replace: dict[str, str], before: str, *, language: str = "python", path: str = "src/a.py") -> str:
        outcome = apply([_rule(replace, language=language)], before, path=path)
        assert not outcome.refused
        text: str = outcome.content.decode()
        return text

    return run


@pytest.mark.parametrize(
    ("replace", "before", "after"),
    [
        (_MOVED, "from a import X\nX()\n", "from b import X\nX()\n"),
        (_MOVED, "from a import X as Z\nZ()\n", "from b import X as Z\nZ()\n"),
        (_RENAMED, "from a import X\nX(X.z)\n", "from b import Y\nY(Y.z)\n"),
        (_RENAMED, "from a import X as Z\nZ()\n", "from b import Y as Z\nZ()\n"),
        (_RENAMED, "from a import X as Y\nY()\n", "from b import Y\nY()\n"),
        (_RENAMED, "from a import X as X\n", "from b import Y as X\n"),
        (_RENAMED, "from a import (\n    X,  # why\n)\nX\n", "from b import (\n    Y,  # why\n)\nY\n"),
        ({"a": "b"}, "import a\na.f()\n", "import b\nb.f()\n"),
        ({"a": "b"}, "import a\ndef f(x: 'a.b'): a.f()\n", "import b\ndef f(x: 'b.b'): b.f()\n"),
        ({"a": "b"}, "import a as z\nz.f()\n", "import b as z\nz.f()\n"),
        ({"a": "b"}, "from a import x, y\n", "from b import x, y\n"),
        ({"a": "b"}, "from a import *\n", "from b import *\n"),
        ({"a": "b"}, "import os, a\na.f()\n", "import os, b\nb.f()\n"),
        ({"a.b": "c.d"}, "import a.b\na.b.f(a.b)\n", "import c.d\nc.d.f(c.d)\n"),
        ({"a.b": "c.d"}, "from a import b\nb.f()\n", "from c import d\nd.f()\n"),
        ({"a.b": "c.d"}, "from a.b import f\nf()\n", "from c.d import f\nf()\n"),
        ({"a.b": "a.c"}, "import a.b\na.b.f(a.z)\n", "import a.c\na.c.f(a.z)\n"),
        ({"a.b": "c"}, "from a import b\nb.f()\n", "import c\nc.f()\n"),
        ({"a.b": "b"}, "from a import b\nb.f()\n", "import b\nb.f()\n"),
        ({"a.b": "c"}, "from a import b as z\nz.f()\n", "import c as z\nz.f()\n"),
        ({"a.b": "b"}, "import a.b as b\nb.f()\n", "import b\nb.f()\n"),
        ({"u2": "u.req"}, "import u2\nu2.open()\n", "import u.req\nu.req.open()\n"),
        ({"mock": "unittest.mock"}, "import mock\nmock.f()\n", "from unittest import mock\nmock.f()\n"),
        ({"b": "d.b"}, "import b, c\nb.f()\n", "import c\nfrom d import b\nb.f()\n"),
        ({"b": "d.b"}, "import b as c\nc.f()\n", "import d.b as c\nc.f()\n"),
        ({"a.*": "b.*"}, "from a.c.d import e\n", "from b.c.d import e\n"),
        ({"a.*": "b.*"}, "import a.c.d\na.c.d.f()\n", "import b.c.d\nb.c.d.f()\n"),
        (
            {"a.*": "b.*"},
            "from a import *\nimport a\nfrom ab import z\n",
            "from b import *\nimport b\nfrom ab import z\n",
        ),
        ({"s.contrib.*": "s.ext.*"}, "from s import contrib\ncontrib.x()\n", "from s import ext\next.x()\n"),
        (
            {"s.*": "s.core.*"},
            "from s.x import y\nfrom s.core.z import w\n",
            "from s.core.x import y\nfrom s.core.z import w\n",
        ),
        (
            {"a.*": "b.*", "a.X": "c.X"},
            "from a import X\nfrom a.z import y\n",
            "from b.z import y\nfrom c import X\n",
        ),
        ({"a.X": "b.X", "b.X": "c.Z"}, "from a import X\nX()\n", "from c import Z\nZ()\n"),
        ({"a.b": "a.b.c"}, "import a.b\na.b.f()\n", "import a.b.c\na.b.c.f()\n"),
    ],
)
def test_a_statement_changes_where_it_stands(
    replaced: Callable[..., str], replace: dict[str, str], before: str, after: str
) -> None:
    """Names, modules, aliases, stars and prefixes; the uses follow, the layout stays."""
    assert replaced(replace, before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # what the name is already used for
        ("from a import X\nY = 1\nX()\n", "from b import Y as X\nY = 1\nX()\n"),
        ("from a import X\ndef f(Y): X()\n", "from b import Y as X\ndef f(Y): X()\n"),
        ("from a import X\nfrom c import Y\nX()\n", "from b import Y as X\nfrom c import Y\nX()\n"),
        # what the old name means elsewhere
        ("from a import X\ndef f(X): X()\nX()\n", "from b import Y\ndef f(X): X()\nY()\n"),
        ("from a import X\nX = g(X)\n", "from b import Y as X\nX = g(X)\n"),
        (
            "from a import X\ndef f():\n    global X\n    X = 1\n",
            "from b import Y as X\ndef f():\n    global X\n    X = 1\n",
        ),
        ("from a import X\nfrom z import *\nX()\n", "from b import Y as X\nfrom z import *\nX()\n"),
        (
            "try:\n    from a import X\nexcept ImportError:\n    from z import X\nX()\n",
            "try:\n    from b import Y as X\nexcept ImportError:\n    from z import X\nX()\n",
        ),
        # everywhere a name is read
        ("from a import X\nclass B(X): X = X\n", "from b import Y as X\nclass B(X): X = X\n"),
        ("from a import X\nf(X=X, x=x.X)\nf'{X}'\n", "from b import Y\nf(X=Y, x=x.X)\nf'{Y}'\n"),
        (
            "from a import X\n@X\ndef f(p: X = X) -> X: ...\n",
            "from b import Y\n@Y\ndef f(p: Y = Y) -> Y: ...\n",
        ),
        (
            "from a import X\ndef f(p: 'X') -> \"list[X, q.X]\": ...\n",
            "from b import Y\ndef f(p: 'Y') -> \"list[Y, q.X]\": ...\n",
        ),
        ("from a import X\nv: Literal['X'] = 'X'\n", "from b import Y\nv: Literal['X'] = 'X'\n"),
        (
            "from a import X\n__all__ = ['X', 'Z']\nprint('X')\n",
            "from b import Y\n__all__ = ['Y', 'Z']\nprint('X')\n",
        ),
        (
            "from a import X\n__all__ += ['X']\n__all__.append('X')\n",
            "from b import Y\n__all__ += ['Y']\n__all__.append('Y')\n",
        ),
        ("from a import X\n# X, 'a.X'\n", "from b import Y\n# X, 'a.X'\n"),
        (
            "from a import X\nfrom typing import Union\nT = Union['X', int]\nd['X']\n",
            "from b import Y\nfrom typing import Union\nT = Union['Y', int]\nd['X']\n",
        ),
        (
            "from a import X\nimport typing\ntyping.cast('X', X)\nf('X')\n",
            "from b import Y\nimport typing\ntyping.cast('Y', Y)\nf('X')\n",
        ),
        (
            "from a import X\nT: TypeAlias = 'X | int'\nt: str = 'X'\n",
            "from b import Y\nT: TypeAlias = 'Y | int'\nt: str = 'X'\n",
        ),
        # where the import stands
        ("def f():\n    from a import X\n    X()\nX()\n", "def f():\n    from b import Y\n    Y()\nX()\n"),
        ("if TYPE_CHECKING:\n    from a import X\nx: X\n", "if TYPE_CHECKING:\n    from b import Y\nx: Y\n"),
        ("import a\na.X()\n", "import a\na.X()\n"),
    ],
)
def test_uses_follow_where_they_mean_the_import(
    replaced: Callable[..., str], before: str, after: str
) -> None:
    """A name that is taken, or bound by anything else too, keeps being called as before through `as`."""
    assert replaced(_RENAMED, before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # names that part: into the other module's import, or a sorted line of its own
        ("from a import W, X\nfrom b import T\n", "from a import W\nfrom b import T, X\n"),
        ("from a import W, X\nimport z\n", "from a import W\nfrom b import X\nimport z\n"),
        (
            "from a import (\n    W,\n    X,\n    Z,\n)\n",
            "from a import (\n    W,\n    Z,\n)\nfrom b import X\n",
        ),
        ("from a import W, X as Q\n", "from a import W\nfrom b import X as Q\n"),
        # what is imported already is not imported twice
        ("from b import X\nfrom a import X\n", "from b import X\n"),
        ("from b import X\nfrom a import W, X\n", "from b import X\nfrom a import W\n"),
        # behind a use, in a block, after a semicolon: beside it
        (
            "from a import W, X\nif X: import z\nfrom b import T\n",
            "from a import W\nfrom b import X\nif X: import z\nfrom b import T\n",
        ),
        (
            "def f():\n    from a import W, X\n    X\n",
            "def f():\n    from a import W\n    from b import X\n    X\n",
        ),
        (
            "try:\n    from a import X, W\nexcept E: pass\n",
            "try:\n    from a import W\n    from b import X\nexcept E: pass\n",
        ),
        ("x = 1; from a import X, W\n", "x = 1; from b import X; from a import W\n"),
    ],
)
def test_names_that_part_are_imported_elsewhere(
    replaced: Callable[..., str], before: str, after: str
) -> None:
    """A name leaves the list it shares with names that stay."""
    assert replaced(_MOVED, before) == after


@pytest.mark.parametrize(
    ("replace", "before", "after"),
    [
        ({"a.b": "c", "a.d": "e"}, "from a import b, d\nb(d)\n", "import c\nimport e\nc(e)\n"),
        ({"a.b": "c", "a.d": "e.f"}, "from a import b, d\nb(d)\n", "import c\nfrom e import f\nc(f)\n"),
        ({"a.b": "c.d"}, "import a.b\nimport a.z\na.b(a.z)\n", "import a.z\nimport c.d\nc.d(a.z)\n"),
        (
            {"a.b": "c.d"},
            "import a.b\nimport a.b.e\na.b.e.f(a.b.g)\n",
            "import a.b.e\nimport c.d\na.b.e.f(c.d.g)\n",
        ),
        # what cannot follow stays
        ({"a.b": "c.d"}, "import a.b\na.b(a.z)\n", "import a.b\na.b(a.z)\n"),
        ({"a.b": "c.d"}, "import a.b\nc = a.b\n", "import a.b\nc = a.b\n"),
        (
            {"u2": "u.req"},
            "try:\n    import u2\nexcept ImportError:\n    import u.req as u2\nu2()\n",
            "try:\n    import u.req as u2\nexcept ImportError:\n    import u.req as u2\nu2()\n",
        ),
    ],
)
def test_modules_move_with_all_their_uses_or_not_at_all(
    replaced: Callable[..., str], replace: dict[str, str], before: str, after: str
) -> None:
    """`import a.b` binds `a`, which other code may need."""
    assert replaced(replace, before) == after


def test_what_stays_is_said(apply: Apply) -> None:
    """An import that could not be replaced is told with its line."""
    outcome = apply([_rule({"a.b": "c.d"})], "import a.b\na.b(a.z)\n")
    assert outcome.notes == (
        "moved: line 1 left alone: `c.d` cannot take the place of `a.b` everywhere in the file",
    )


@pytest.mark.parametrize(
    ("path", "replace", "before", "after"),
    [
        (
            "s/x.py",
            {"s.spider.X": "s.spiders.Y"},
            "from .spider import X\nX\n",
            "from .spiders import Y\nY\n",
        ),
        (
            "src/s/x.py",
            {"s.spider": "s.spiders"},
            "from . import spider\nspider.f\n",
            "from . import spiders\nspiders.f\n",
        ),
        (
            "lib/py/s/q/x.py",
            {"s.spider.X": "s.spiders.X"},
            "from ..spider import X\n",
            "from ..spiders import X\n",
        ),
        ("s/q/x.py", {"s.q.a": "s.a"}, "from .a import f\n", "from s.a import f\n"),
        ("s/__init__.py", {"s.a.X": "s.b.X"}, "from .a import X\n", "from .b import X\n"),
        ("tests/s/x.py", {"s.a.X": "s.b.X"}, "from .a import X\n", "from .a import X\n"),
        ("s/contrib/x.py", {"s.contrib.*": "s.ext.*"}, "from .a import X\n", "from .a import X\n"),
        (
            "s/x.py",
            {".a.X": ".b.X"},
            "from .a import X\nfrom ..a import X as Z\n",
            "from .b import X\nfrom ..a import X as Z\n",
        ),
        ("x.py", {".a": ".b"}, "from . import a\na.f\n", "from . import b\nb.f\n"),
    ],
)
def test_relative_imports_mean_modules_around_the_file(
    replaced: Callable[..., str], path: str, replace: dict[str, str], before: str, after: str
) -> None:
    """Dots count from the file's folder, wherever the root lies above it; they are kept where they can be."""
    assert replaced(replace, before, path=path) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("mock.patch('a.b.X')\n", "mock.patch('c.d.Y')\n"),
        (
            '@patch("a.b.X.run", autospec=True)\ndef f(): ...\n',
            '@patch("c.d.Y.run", autospec=True)\ndef f(): ...\n',
        ),
        (
            "monkeypatch.setattr('a.b.X', 1)\nsetattr('a.b.X', 1)\n",
            "monkeypatch.setattr('c.d.Y', 1)\nsetattr('a.b.X', 1)\n",
        ),
        ("t = {'a.b.X': 'a.b.X'}\nlog('a.b.X')\npatch('z', 'a.b.X')\npatch('a.b.Xs')\n",) * 2,
    ],
)
def test_strings_that_patch_or_import_follow(replaced: Callable[..., str], before: str, after: str) -> None:
    """`patch("a.b.X")` and its like name what moved; other strings are data."""
    assert replaced({"a.b.X": "c.d.Y"}, before) == after


def test_protected_places_keep_their_import(apply: Apply) -> None:
    """A comment at the import or at one of its uses keeps the whole of it."""
    for before in (
        "from a import X  # softwright: ignore[moved]\nX()\n",
        "from a import X\nX()\nX()  # softwright: ignore\n",
    ):
        outcome = apply([_rule(_RENAMED)], before)
        assert outcome.content.decode() == before
        assert outcome.suppressed


def test_imports_and_uses_count_as_sites(apply: Apply) -> None:
    """One site for the statement and one for every use; edits carry the rule's id."""
    outcome = apply([_rule(_RENAMED)], "from a import X\nX()\nX()\n")
    assert [site.text for site in outcome.sites] == ["from a import X", "X", "X"]
    assert outcome.by_rule == (("moved", 3),)
    assert {edit.origin for edit in outcome.edits} == {"moved"}


def test_steps_see_old_names_first_and_new_ones_afterwards(
    apply: Apply, make_rule: Callable[..., Rule]
) -> None:
    """Imports are replaced when no step matches any more; then steps that ask for the new name match."""
    old = make_rule("rule: {pattern: $F(1)}\nresolves: {F: a.X}\nfix: $F(2)", name="old")
    new = make_rule("rule: {pattern: $F(2)}\nresolves: {F: b.Y}\nfix: $F(3)", name="new")
    outcome = apply([_rule(_RENAMED), old, new], "from a import X\nX(1)\n")
    assert outcome.content.decode() == "from b import Y\nY(3)\n"


@pytest.mark.parametrize(
    ("fix", "before", "after"),
    [
        ("$import(b.X)(2)", "from a import X\nX(1)\n", "from b import X\nX(2)\n"),
        ("$import(b.Z)(2)", "from a import Y\nY(1)\n", "from b import Z\nZ(2)\n"),
        ("X(2)", "from a import X\nX(1)\n", "from b import X\nX(2)\n"),
    ],
)
def test_a_fix_may_name_what_the_replaced_import_will_give(
    apply: Apply, make_rule: Callable[..., Rule], fix: str, before: str, after: str
) -> None:
    """`$import(new.name)` and `imports.add` count on the import that is replaced in the same file."""
    front = "imports: {add: [from b import X], replace: {a.X: b.X, a.Y: b.Z}}"
    rule = make_rule(f"rule: {{pattern: $F(1)}}\nfix: {fix}", front=front)
    assert apply([rule], before).content.decode() == after


def test_steps_see_names_that_only_the_imports_brought(apply: Apply, make_rule: Callable[..., Rule]) -> None:
    """A step whose words were not in the file before its imports were replaced is looked for all the same."""
    new = make_rule("rule: {pattern: $F(1)}\nresolves: {F: b.Fresh}\nfix: $F(2)", name="new")
    outcome = apply([_rule({"a.X": "b.Fresh"}), new], "from a import X\nX(1)\n")
    assert outcome.content.decode() == "from b import Fresh\nFresh(2)\n"


def test_a_file_without_the_names_is_not_even_parsed() -> None:
    """The literal look at the bytes asks for every part of the old name."""
    rule = _rule({"six.moves.urllib.parse": "urllib.parse"})
    assert not rule.may_match(b"from six.moves import range\nparse()\n")
    assert rule.may_match(b"from six.moves.urllib import parse\n")
    assert rule.may_match(b"from .parse import x\n")


def test_other_line_ends_and_encodings_stay(apply: Apply) -> None:
    """Bytes outside of the edits are not touched."""
    before = "# coding: latin-1\r\nfrom a import W, X\r\nX('\xe9')\r\n".encode("latin-1")
    after = "# coding: latin-1\r\nfrom a import W\r\nfrom b import Y\r\nY('\xe9')\r\n".encode("latin-1")
    assert apply([_rule(_RENAMED)], before).content == after


@pytest.mark.parametrize(
    ("replace", "said"),
    [
        ({"a.*": "b"}, "both with"),
        ({"a": "a"}, "two names that differ"),
        ({"a b": "c"}, "a b"),
        ({"a.X": "b.X", "b.X": "a.X"}, "comes to an end"),
        ({"a.X": 1}, "1"),
    ],
)
def test_entries_that_make_no_sense_are_refused(replace: dict[str, str], said: str) -> None:
    """Wrong names and circles are told where they are written."""
    with pytest.raises(InvalidInput) as refused:
        _rule(replace)
    assert said in f"{refused.value.message} {refused.value.hint}"
    assert refused.value.where == "m.md:5"


def test_samples_hold_without_a_rule_block() -> None:
    """A rule may consist of `imports.replace` and samples alone."""
    text = """---
id: spider
language: python
message: m
imports: {replace: {scrapy.spider.BaseSpider: scrapy.spiders.Spider}}
---
# T

## Changes
### a base class
```python
from scrapy.spider import BaseSpider

class Mine(BaseSpider): pass
```
```python
from scrapy.spiders import Spider

class Mine(Spider): pass
```

## Leaves alone
### another module
```python
from mine.spider import BaseSpider
```
"""
    report = check_samples(parse_rule(text, "spider.md"))
    assert report.ok, report
    facts = FileFacts("a.py", "python")
    assert not rewrite([report.rule], b"x = 1\n", facts).edits


# -- JavaScript and TypeScript -------------------------------------------------------------------------------

_GET = {"lodash.get": "lodash-es.get"}
_PATH = {"./old/path": "./new/path"}


@pytest.mark.parametrize(
    ("replace", "before", "after"),
    [
        (_PATH, 'import a, { b } from "./old/path";\n', 'import a, { b } from "./new/path";\n'),
        (
            _PATH,
            "import * as a from './old/path'\nimport './old/path'\n",
            "import * as a from './new/path'\nimport './new/path'\n",
        ),
        (
            _PATH,
            'export { a } from "./old/path";\nexport * from "./old/path";\n',
            'export { a } from "./new/path";\nexport * from "./new/path";\n',
        ),
        (
            _PATH,
            'const a = require("./old/path");\nimport("./old/path");\njest.mock("./old/path");\n',
            'const a = require("./new/path");\nimport("./new/path");\njest.mock("./new/path");\n',
        ),
        (
            _PATH,
            'f("./old/path");\n',
            'f("./old/path");\n',
        ),
        (
            {"@a/old/*": "@b/new/*"},
            'import x from "@a/old/x/y";\nimport z from "@a/older";\n',
            'import x from "@b/new/x/y";\nimport z from "@a/older";\n',
        ),
        (_GET, 'import { get } from "lodash";\nget();\n', 'import { get } from "lodash-es";\nget();\n'),
        (
            _GET,
            'import { get, set } from "lodash";\n',
            'import { set } from "lodash";\nimport { get } from "lodash-es";\n',
        ),
        (
            _GET,
            "import {map as m, get as g} from 'lodash'\n",
            "import {map as m} from 'lodash'\nimport {get as g} from 'lodash-es'\n",
        ),
        (
            _GET,
            'const { get } = require("lodash");\nconst { get: g, set } = require("lodash");\n',
            'const { get } = require("lodash-es");\nconst { get: g, set } = require("lodash");\n',
        ),
        (
            {"m.a": "n.b"},
            'import { a } from "m";\nf(a, { a, a: x.a });\nexport { a };\n',
            'import { b } from "n";\nf(b, { a: b, a: x.a });\nexport { b as a };\n',
        ),
        ({"m.a": "n.b"}, 'import { a } from "m";\nlet b = a;\n', 'import { b as a } from "n";\nlet b = a;\n'),
        ({"m.a": "n.b"}, 'import { a as c } from "m";\n', 'import { b as c } from "n";\n'),
        ({"m.a": "n.b"}, 'export { a } from "m";\n', 'export { b as a } from "n";\n'),
        ({"m.default": "n.x"}, 'import y from "m";\ny();\n', 'import { x as y } from "n";\ny();\n'),
        ({"m.x": "n.default"}, 'import { x } from "m";\nx();\n', 'import x from "n";\nx();\n'),
    ],
)
def test_es_specifiers_and_exports_are_replaced(
    replaced: Callable[..., str], replace: dict[str, str], before: str, after: str
) -> None:
    """Module specifiers wherever modules are loaded; exported names with their uses."""
    assert replaced(replace, before, language="javascript", path="src/a.js") == after


def test_types_follow_in_typescript(replaced: Callable[..., str]) -> None:
    """A renamed type is renamed where it is used as one; `import type` stays one."""
    before = 'import type { A } from "m";\nimport { type A2, c } from "m";\nconst x: A = c as A2;\n'
    after = (
        'import type { B } from "n";\nimport { c } from "m";\nimport { type B2 } from "n";\n'
        "const x: B = c as B2;\n"
    )
    moves = {"m.A": "n.B", "m.A2": "n.B2"}
    assert replaced(moves, before, language="typescript", path="src/a.ts") == after


def test_es_places_are_protected(apply: Apply) -> None:
    """A comment keeps a statement of JavaScript as well."""
    before = 'import a from "./old/path"; // softwright: ignore[moved]\n'
    outcome = apply([_rule(_PATH, language="javascript")], before, path="a.js")
    assert (outcome.content.decode(), outcome.suppressed) == (before, (1,))
