"""Which files an edit can break."""

import pytest

from softwright.checks import importers_of
from softwright.checks.changed_names import changed_names
from softwright.core import Delete, Patch, Write

EDITED = "pkg/impl.py"


def reached(files, edited=EDITED):
    """Importers of one file among `files`."""
    everything = {"pkg/__init__.py": "", "pkg/sub/__init__.py": "", "other/__init__.py": "", **files}
    patch = Patch({edited: Write(b"")})
    found = importers_of(patch, [(p, s.encode()) for p, s in everything.items() if p != edited])
    return [path for path in found if path in files]


@pytest.mark.parametrize(
    "statement",
    [
        "import pkg.impl",
        "import os, pkg.impl as i",
        "from pkg import impl",
        "from pkg import other, impl as i",
        "from pkg.impl import f",
        "from pkg.impl import (\n    g,  # why (not)\n    f,\n)",
        "from pkg.impl import *",
        "from pkg.impl import g, \\\n    f",
        "if True:\n    from pkg.impl import f",
        "x = 1; from pkg.impl import f",
        "try: import pkg.impl\nexcept ImportError: pass",
        "def f():\n\tfrom pkg.impl import f",
    ],
)
def test_every_form_of_statement(statement):
    """However the module is imported, the file counts."""
    assert reached({"user.py": statement + "\n"}) == ["user.py"]


@pytest.mark.parametrize(
    ("path", "statement"),
    [
        ("pkg/a.py", "from . import impl"),
        ("pkg/a.py", "from .impl import f"),
        ("pkg/sub/a.py", "from .. import impl"),
        ("pkg/sub/a.py", "from ..impl import f"),
    ],
)
def test_relative_statements(path, statement):
    """Relative imports are resolved from where they stand."""
    assert reached({path: statement + "\n"}) == [path]


@pytest.mark.parametrize(
    "statement",
    [
        "from other.impl import f",
        "from pkg import sub",
        "import impl_of_something",
        "x = 'import pkg.impl'",
        "#",
    ],
)
def test_files_that_import_something_else(statement):
    """Another module of the same name, or a mere mention, is no import."""
    assert reached({"user.py": statement + "\n", "other/impl.py": ""}) == []


def test_names_handed_on_are_followed():
    """A name that a package re-exports leads to those who import it from there, and only that name."""
    files = {
        "pkg/__init__.py": "from pkg.impl import f as g\nfrom pkg.calm import h\n",
        "pkg/calm.py": "",
        "uses.py": "from pkg import g\n",
        "attribute.py": "import pkg\npkg.g()\n",
        "calm.py": "from pkg import h\n",
    }
    assert reached(files) == ["attribute.py", "pkg/__init__.py", "uses.py"]


def test_star_hands_on_everything():
    """After a star import nobody knows the names, so every importer counts."""
    files = {"pkg/__init__.py": "from .impl import *\n", "uses.py": "from pkg import anything\n"}
    assert reached(files) == ["pkg/__init__.py", "uses.py"]


def test_derived_classes_are_followed():
    """Whoever imports a class derived from an imported one may use what it inherits."""
    chain = "class Middle(Base):\n    x = 1\nclass Last(Middle):\n    x = 1\n"
    files = {
        "mid.py": f"from pkg.impl import Base\n{chain}",
        "uses.py": "from mid import Last\n",
        "calm.py": "from mid import unrelated\n",
    }
    assert reached(files) == ["mid.py", "uses.py"]


def test_edited_package_file():
    """Files of a package import its `__init__` by `from . import`."""
    files = {
        "pkg/a.py": "from . import name\n",
        "pkg/sub/b.py": "from .. import name\n",
        "pkg/c.py": "x = 1\n",
    }
    assert reached(files, "pkg/__init__.py") == ["pkg/a.py", "pkg/sub/b.py"]


def test_src_layout_and_circles():
    """Module names start below `src`, and a circle of imports ends."""
    files = {
        "src/app/__init__.py": "from app.one import f\n",
        "src/app/two.py": "from app import f\nfrom app.one import f as g\n",
        "tests/test_one.py": "from app.two import f\n",
    }
    sources = [(path, text.encode()) for path, text in files.items()]
    assert importers_of(Patch({"src/app/one.py": Delete()}), sources) == tuple(sorted(files))


def test_only_python_is_followed():
    """An edit of another language has no Python importers."""
    assert importers_of(Patch({"a.js": Write(b"")}), [("b.py", b"import a\n")]) == ()


MODULE = """import os
from typing import Any

LIMIT = 3


def low(a):
    return a


def high(a) -> "Shape":
    return low(a)


class Shape:
    def area(self):
        return LIMIT


def calm():
    return 1
"""


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        ("return 1", "return 2", {b"calm"}),
        ("def low(a)", "def low(a, b)", {b"low", b"high"}),
        ("LIMIT = 3", "LIMIT = 4", {b"LIMIT", b"Shape", b"high"}),
        ("def calm", "def calmer", {b"calm", b"calmer"}),
        ("import os\n", "import os, sys\n", {b"os", b"sys"}),
        ("LIMIT = 3\n", "LIMIT = 3  # three\n\n\n", set()),
        ("LIMIT = 3\n", "LIMIT = 3\nShape.area = None\n", {b"Shape", b"high"}),
        ("LIMIT = 3\n", "LIMIT = 3\nif LIMIT:\n    extra = 1\n", {b"extra"}),
        ("import os\n", "import os\nfrom sys import *\n", None),
        ("LIMIT = 3\n", "LIMIT = 3\n__all__ = ['low']\n", None),
        ("LIMIT = 3\n", "LIMIT = = 3\n", None),
    ],
)
def test_changed_names(old, new, names):
    """A name has changed when its statement has, or mentions a name that has; comments change none."""
    found = changed_names(MODULE.encode(), MODULE.replace(old, new).encode())
    assert (None if found is None else set(found)) == names


def test_new_and_removed_files_change_every_name():
    """Without both sides nothing can be said."""
    assert changed_names(None, b"x = 1") is None
    assert changed_names(b"x = 1", None) is None


def test_only_importers_of_changed_names():
    """With the unchanged content at hand, files that import other names are left out."""
    patch = Patch({"pkg/impl.py": Write(MODULE.replace("return 1", "return 2").encode())})
    sources = {
        "pkg/__init__.py": b"",
        "one.py": b"from pkg.impl import calm",
        "two.py": b"from pkg.impl import low",
        "three.py": b"from pkg import impl\nimpl.calm()",
        "four.py": b"from pkg import impl\nimpl.low()",
    }
    assert importers_of(patch, sources.items(), base={"pkg/impl.py": MODULE.encode()}.get) == (
        "one.py",
        "three.py",
    )
