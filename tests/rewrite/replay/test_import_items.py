"""What a file imports, as a set."""

import pytest

from softwright.rewrite.replay import import_items

CASES = [
    ("python", "import a.b as c, d", {("a.b", "", "c"), ("d", "", "")}),
    ("python", "from a import (\n    b,\n    c as d,\n)", {("a", "b", ""), ("a", "c", "d")}),
    ("python", "from . import *\nfrom ..x import y", {(".", "*", ""), ("..x", "y", "")}),
    ("python", "from __future__ import annotations", {("__future__", "annotations", "")}),
    ("python", "def f():\n    import a", {("a", "", "")}),
    (
        "javascript",
        "import d, {a, b as c} from 'm'",
        {("m", "default", "d"), ("m", "a", ""), ("m", "b", "c")},
    ),
    ("javascript", "import * as n from 'm'; import 's'", {("m", "*", "n"), ("s", "", "")}),
    ("typescript", "import fs = require('fs')", {("fs", "=", "fs")}),
    ("tsx", "import type {A} from 'm'", {("m", "A", "")}),
    ("go", 'import (\n\t"fmt"\n\tx "a/b"\n\t. "d"\n)', {("fmt", "", ""), ("a/b", "", "x"), ("d", "", ".")}),
    ("go", 'import "os"', {("os", "", "")}),
    ("java", "import a.b.C; import a.*;", {("a.b", "C", ""), ("a", "*", "")}),
    ("java", "import static a.B.c;", {("static a.B", "c", "")}),
]


@pytest.mark.parametrize(("language", "text", "items"), CASES)
def test_imports_are_read(language: str, text: str, items: set[tuple[str, str, str]]):
    """Module, name and alias of everything imported, however it is written."""
    assert import_items(text, language) == items


def test_order_and_placement_do_not_count():
    """Two files that import the same in another order and grouping have equal sets."""
    one = "import b\nfrom a import c, d\n"
    other = "from a import d\nfrom a import (\n    c,\n)\nimport b\n"
    assert import_items(one, "python") == import_items(other, "python")
