"""What was sorted stays sorted: lists and blocks of imports after an edit, in the style of their file."""

import json
from collections.abc import Callable

import pytest
from tests.rewrite.conftest import Apply  # type: ignore[import-not-found]

from softwright.rewrite import Rule, parse_rule

_LONG = ", ".join(f"a_long_name_{at}" for at in range(5))
_EACH = "".join(f"    a_long_name_{at},\n" for at in range(5))


def _rule(replace: dict[str, str]) -> Rule:
    head = f"---\nid: moved\nlanguage: python\nmessage: m\nimports: {{replace: {json.dumps(replace)}}}\n"
    return parse_rule(f"{head}---\n# T\n", "m.md")


@pytest.fixture
def replaced(apply: Apply) -> Callable[..., str]:
    """The file after a rule that replaces imports."""

    def run(replace: dict[str, str], before: str, *, path: str = "src/x.py") -> str:
        outcome = apply([_rule(replace)], before, path=path)
        assert not outcome.refused
        text: str = outcome.content.decode()
        return text

    return run


@pytest.mark.parametrize(
    ("replace", "before", "after"),
    [
        # within a list: by type, by lower case, by case, unsorted
        ({"a.B": "a.z"}, "from a import B, C, d\n", "from a import C, d, z\n"),
        ({"a.b": "a.Z"}, "from a import b, C, d\n", "from a import C, d, Z\n"),
        ({"a.C": "a.Z"}, "from a import C, b, d\n", "from a import Z, b, d\n"),
        ({"a.b": "a.z"}, "from a import c, b, d\n", "from a import c, z, d\n"),
        ({"a.b": "a.X10"}, "from a import X2, X9, b\n", "from a import X2, X9, X10\n"),
        # within a section, and into another one
        ({"b": "d"}, "import a\nimport b\nimport c\n", "import a\nimport c\nimport d\n"),
        ({"a": "os"}, "import re\n\nimport a\nimport b\n", "import os\nimport re\n\nimport b\n"),
        ({"a": "os"}, "import re\n\nimport a\n", "import os\nimport re\n"),
        ({"os": "a"}, "import os\n\nfrom b import c\n", "import a\nfrom b import c\n"),
        ({"b.x": ".b.x"}, "from a import c\nfrom b import x\n", "from a import c\n\nfrom .b import x\n"),
        # import and from lines mixed
        ({"a": "d"}, "import a\nfrom b import x\nimport c\n", "from b import x\nimport c\nimport d\n"),
        # two statements of one module become one, a name twice becomes one
        ({"b.x": "a.x"}, "from a import w, y\nfrom b import x\n", "from a import w, x, y\n"),
        ({"b": "a"}, "from a import w, x\nfrom b import x, y\n", "from a import w, x, y\n"),
        (
            {"b.x": "a.x"},
            "from a import w\nfrom a import y\nfrom b import x\n",
            "from a import w\nfrom a import x\nfrom a import y\n",
        ),
        (
            {"b.x": "a.x"},
            "from a import w\nfrom b import x as z\n",
            "from a import w\nfrom a import x as z\n",
        ),
        ({"b.x": "a.x"}, "from a import u as v, w\nfrom b import x\n", "from a import u as v, w, x\n"),
        # comments go with what they are about
        (
            {"a": "c"},
            "import a  # one\n\n# above\nimport b  # two\n",
            "# above\nimport b  # two\nimport c  # one\n",
        ),
        (
            {"b.x": "b.z"},
            "from b import (\n    x,  # one\n    # two\n    y,\n)\n",
            "from b import (\n    # two\n    y,\n    z,  # one\n)\n",
        ),
        # what was not sorted is only changed
        (
            {"a": "c"},
            "import b\nimport a\nimport d\nimport c as e\n",
            "import b\nimport c\nimport d\nimport c as e\n",
        ),
        (
            {"a.x": "a.z"},
            "import q\nimport b\nfrom a import x, y\n",
            "import q\nimport b\nfrom a import y, z\n",
        ),
        # a stretch without a blank line
        (
            {"b": "d"},
            "import z\n\nimport a\nimport b\nimport c\n\nimport b.f\n",
            "import z\n\nimport a\nimport c\nimport d\n\nimport b.f\n",
        ),
        # in a block
        (
            {"b": "d"},
            "def f():\n    import a\n    import b\n    import c\n",
            "def f():\n    import a\n    import c\n    import d\n",
        ),
        ({"b": "d"}, "import a; import b\nimport c\n", "import a; import d\nimport c\n"),
        ({"b": "d"}, "import b  # isort: skip\nimport c\n", "import d  # isort: skip\nimport c\n"),
    ],
)
def test_sorted_imports_stay_sorted(
    replaced: Callable[..., str], replace: dict[str, str], before: str, after: str
) -> None:
    """Names, statements and sections take the place that the order seen in the file gives them."""
    assert replaced(replace, before) == after


@pytest.mark.parametrize(
    ("replace", "before", "after"),
    [
        # too long for a line: one name a line; no longer too long: one line, unless a comma says otherwise
        (
            {"b": "a_module_with_a_name"},
            f"from b import {_LONG}\n",
            f"from a_module_with_a_name import (\n{_EACH})\n",
        ),
        ({"b": "bb"}, f"from b import (\n{_EACH})\n", f"from bb import (\n{_EACH})\n"),
        (
            {"b.x": "c.x"},
            "from b import (a, d, e,\n               x, y, z)\n",
            "from b import (a, d, e,\n               y, z)\nfrom c import x\n",
        ),
        (
            {"b.x": "b.b"},
            "from b import (\n    a, d, e,\n    x, y,\n)\n",
            "from b import (\n    a, b, d, e, y,\n)\n",
        ),
        ({"b.d": "b.z"}, "from b import a, \\\n    d, e\n", "from b import a, e, z\n"),
    ],
)
def test_lists_keep_their_layout(
    replaced: Callable[..., str], replace: dict[str, str], before: str, after: str
) -> None:
    """Wrapped as they were: one a line, filled lines in parentheses, filled lines behind backslashes."""
    assert replaced(replace, before) == after


def test_the_width_is_that_of_the_file(replaced: Callable[..., str]) -> None:
    """A file with long lines of code keeps long imports on a line."""
    code = "".join(f"value_{at} = call({'x' * 95}, {at})\n" for at in range(5))
    before = f"from b import {_LONG}\n\n{code}"
    assert replaced({"b": "a_module_with_a_name"}, before).startswith(
        f"from a_module_with_a_name import {_LONG}\n"
    )


def test_own_packages_are_known_by_the_path_or_by_their_section(replaced: Callable[..., str]) -> None:
    """A new import of the project's own package stands in its own section."""
    before = "import os\n\nimport yaml\n\nimport mine.b\n"
    after = "import os\n\nimport mine.a\nimport mine.b\n"
    assert replaced({"yaml": "mine.a"}, before) == after
    got = replaced({"yaml": "mine.a"}, "import os\n\nimport aaa\nimport yaml\n", path="src/mine/x.py")
    assert got == "import os\n\nimport aaa\n\nimport mine.a\n"


def test_line_endings_stay(apply: Apply) -> None:
    """Sorting writes the line endings of the file."""
    outcome = apply([_rule({"a": "c"})], b"import a\r\nimport b\r\n")
    assert outcome.content == b"import b\r\nimport c\r\n"


def test_untouched_blocks_stay_as_they_are(replaced: Callable[..., str]) -> None:
    """Only a block in which a rule changed something is looked at."""
    before = "import b\nimport a\n\nx = 1\n\nimport d\nimport e\n"
    assert replaced({"d": "f"}, before) == "import b\nimport a\n\nx = 1\n\nimport e\nimport f\n"
