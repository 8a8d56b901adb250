"""Imports of a file's own package: with dots or without, as the file writes them, and both are one thing."""

from collections.abc import Callable
from importlib.util import resolve_name
from itertools import product

import pytest
from tests.rewrite.conftest import Apply  # type: ignore[import-not-found]

from softwright.rewrite import Rule
from softwright.rewrite.imports import Home

_CALL = "rule: {pattern: old()}\nfix: X()"
_SPELLED = "rule: {pattern: old()}\nfix: $import(pkg.css.styles.X)()"
_ADD = "imports: {add: ['from pkg.css.styles import X']}"
_FRONTS = [(_CALL, _ADD), (_SPELLED, "")]


def added(apply: Apply, path: str, before: str) -> str:
    """The file after `old()` became `X()`, the same by `imports.add` and by `$import`."""
    by_add, by_name = (
        apply(yaml, before, front=front, path=path).content.decode() for yaml, front in _FRONTS
    )
    assert by_add == by_name
    return by_add


@pytest.mark.parametrize(
    ("path", "own", "line"),
    [
        ("pkg/app.py", "from .a import b\n", "from .css.styles import X\n"),
        ("pkg/__init__.py", "from .a import b\n", "from .css.styles import X\n"),
        ("src/pkg/app.py", "from . import b\n", "from .css.styles import X\n"),
        ("lib/pkg/widgets/x.py", "from ..a import b\n", "from ..css.styles import X\n"),
        ("src/pkg/widgets/__init__.py", "from ..a import b\n", "from ..css.styles import X\n"),
        ("src/pkg/css/parse.py", "from ..a import b\n", "from .styles import X\n"),
        ("src/pkg/css/deep/er/x.py", "from .a import b\n", "from ...styles import X\n"),
        ("packages/one/src/pkg/a/x.py", "from .a import b\n", "from ..css.styles import X\n"),
        ("pkg/src/pkg/app.py", "from .a import b\n", "from .css.styles import X\n"),
        ("pkg/tests/x.py", "from .a import b\n", "from ..css.styles import X\n"),
        (
            "pkg/app.py",
            "from pkg.c import d\nfrom .a import b\nfrom .e import f\n",
            "from .css.styles import X\n",
        ),
    ],
)
def test_a_file_with_relative_imports_gets_another(apply: Apply, path: str, own: str, line: str) -> None:
    """All or most of the imports of its own package have dots: so has the new one, at the right level."""
    after = added(apply, path, f"{own}\nold()\n")
    assert line in after
    assert after.count("import") == own.count("import") + 1


@pytest.mark.parametrize(
    ("path", "own"),
    [
        ("pkg/app.py", "from pkg.a import b\n"),
        ("pkg/app.py", "import pkg.a\n"),
        ("pkg/app.py", "import os\n"),
        ("pkg/app.py", "from pkg.a import b\nfrom .c import d\n"),
        ("tests/pkg/test_x.py", "from .a import b\n"),
        ("tests/test_x.py", "from .a import b\n"),
        ("tests/src/pkg/x.py", "from .a import b\n"),
        ("docs/pkg/conf.py", "from .a import b\n"),
        ("docs/src/pkg/conf.py", "from .a import b\n"),
        ("scripts/run.py", "from .a import b\n"),
        ("run.py", "from .a import b\n"),
        ("other/app.py", "from .a import b\n"),
        ("other/integrations/pkg/x.py", "from .a import b\n"),
        ("pkg/pkg/x.py", "from .a import b\n"),
    ],
)
def test_other_files_get_it_without_dots(apply: Apply, path: str, own: str) -> None:
    """Absolute habits, another package, tests, documents, and a path that does not tell the package."""
    assert "from pkg.css.styles import X\n" in added(apply, path, f"{own}\nold()\n")


@pytest.mark.parametrize("path", ["pkg/json/x.py", "json/x.py"])
def test_a_folder_called_like_a_standard_module_is_not_that_module(apply: Apply, path: str) -> None:
    """`pkg/json/` is another thing than `json`."""
    yaml = "rule: {pattern: old()}\nfix: $import(json.dumps)()"
    got = apply(yaml, "from .a import b\n\nold()\n", path=path).content.decode()
    assert "from json import dumps\n" in got


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("pkg/app.py", "from .css.styles import X"),
        ("pkg/app.py", "from pkg.css.styles import X"),
        ("pkg/css/a.py", "from .styles import Y, X"),
        ("pkg/css/a.py", "from ..css.styles import X"),
        ("src/pkg/css/a.py", "from pkg.css.styles import X"),
    ],
)
def test_an_import_in_the_other_spelling_is_there(apply: Apply, path: str, line: str) -> None:
    """With dots or without: it is not imported twice."""
    assert added(apply, path, f"{line}\nold()\n") == f"{line}\nX()\n"


@pytest.mark.parametrize(
    ("path", "head", "use"),
    [
        ("pkg/css/a.py", "from .styles import X as S\n", "S()"),
        ("pkg/css/a.py", "from . import styles\n", "styles.X()"),
        ("pkg/a.py", "from .css import styles as st\n", "st.X()"),
    ],
)
def test_relative_imports_serve_a_name(apply: Apply, path: str, head: str, use: str) -> None:
    """`$import` reads aliases and modules imported with dots."""
    assert apply(_SPELLED, f"{head}old()\n", path=path).content.decode() == f"{head}{use}\n"


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("pkg/app.py", "from .styles import X"),
        ("pkg/css/a.py", "from ..styles import X"),
        ("tests/css/a.py", "from .styles import X"),
        ("other/css/a.py", "from .styles import X"),
    ],
)
def test_another_thing_of_that_name_is_not_taken_for_it(apply: Apply, path: str, line: str) -> None:
    """Dots that lead to another module: the exact import is refused, `$import` finds another spelling."""
    before = f"{line}\nold()\n"
    assert apply(_CALL, before, front=_ADD, path=path).refused
    got = apply(_SPELLED, before, path=path).content.decode()
    assert line in got
    assert "pkg.css.styles.X()" in got


def test_a_name_joins_the_statement_of_its_module(apply: Apply) -> None:
    """However that statement spells the module, and whatever the other imports look like."""
    before = "from pkg.a import b\nfrom pkg.c import d\nfrom .css.styles import Y\n\nold()\n"
    after = before.replace("import Y", "import X, Y").replace("old", "X")
    assert added(apply, "pkg/app.py", before) == after
    before = "from .a import b\nfrom .c import d\nfrom pkg.css.styles import Y\n\nold()\n"
    after = before.replace("import Y", "import X, Y").replace("old", "X")
    assert added(apply, "pkg/app.py", before) == after


def test_relative_imports_stand_in_their_section(apply: Apply) -> None:
    """Behind the others, in their order, in the way the block was sorted."""
    before = "import os\n\nimport rich\n\nfrom ..a import b\nfrom .z import c\n\nold()\n"
    after = before.replace("from .z", "from ..css.styles import X\nfrom .z").replace("old", "X")
    assert added(apply, "src/pkg/widgets/x.py", before) == after


@pytest.mark.parametrize("path", ["pkg/css/styles.py", "src/pkg/css/styles.py", "pkg/css/styles/__init__.py"])
def test_the_module_itself_needs_no_import(apply: Apply, path: str) -> None:
    """The name is bound at its top: by a class, an assignment, an import, or among what a star brings."""
    for head in ("from .a import b\nclass X: ...\n", "X = 1\n", "from .a import X\n"):
        assert added(apply, path, f"{head}old()\n") == f"{head}X()\n"
    late = "def f():\n    old()\nclass X: ...\n"
    assert added(apply, path, late) == late.replace("old", "X")
    if not path.endswith("__init__.py"):
        assert added(apply, path, "from .a import *\nold()\n") == "from .a import *\nX()\n"


@pytest.mark.parametrize(
    "before",
    ["def f(X):\n    old()\nX = 1\n", "old()\nclass X: ...\n", "class A:\n    X = 2\n    old()\nX = 1\n"],
)
def test_a_name_that_hides_the_modules_own_keeps_the_rule_away(apply: Apply, before: str) -> None:
    """A parameter, a class's attribute, or a use before the definition."""
    assert added(apply, "pkg/css/styles.py", before) == before


def test_a_module_that_does_not_bind_the_name_is_refused(apply: Apply) -> None:
    """It cannot be imported from itself."""
    for yaml, front in _FRONTS:
        outcome = apply(yaml, "from .a import b\nold()\n", front=front, path="pkg/css/styles.py")
        assert "pkg.css.styles" in outcome.refused


def test_a_package_imports_the_modules_of_its_folder(apply: Apply) -> None:
    """In `pkg/css/__init__.py` a name that is not bound is the module beside it."""
    yaml = "rule: {pattern: old()}\nfix: $import(pkg.css.styles).run()"
    got = apply(yaml, "from .a import b\n\nold()\n", path="pkg/css/__init__.py").content.decode()
    assert got == "from . import styles\nfrom .a import b\n\nstyles.run()\n"


def test_a_module_without_a_package_does_not_import_itself(apply: Apply) -> None:
    """`six.py`, at the top or in `src`, is the module; another file of that name further down is not."""
    yaml = "rule: {pattern: old()}\nfix: $import(six.text)()"
    for path in ("six.py", "src/six.py"):
        assert apply(yaml, "text = str\nold()\n", path=path).content == b"text = str\ntext()\n"
    got = apply(yaml, "old()\n", path="pkg/six.py").content.decode()
    assert got == "from six import text\n\ntext()\n"


@pytest.mark.parametrize("path", ["pkg/sub/app.py", "tests/sub/x.py", "x.py"])
def test_a_relative_statement_of_a_rule_is_added_as_it_stands(apply: Apply, path: str) -> None:
    """Hand-written dots mean the same text in every file."""
    front = "imports: {add: ['from ..css.styles import X']}"
    got = apply(_CALL, "from pkg.a import b\n\nold()\n", front=front, path=path).content.decode()
    assert "from ..css.styles import X\n" in got


def test_a_relative_statement_of_a_rule_is_not_added_beside_an_absolute_one(apply: Apply) -> None:
    """They are the same import."""
    front = "imports: {add: ['from ..css.styles import X']}"
    before = "from pkg.css.styles import X\nold()\n"
    assert apply(_CALL, before, front=front, path="pkg/sub/a.py").content.decode() == before.replace(
        "old", "X"
    )


_DROP = "rule: {pattern: X()}\nfix: y()"


@pytest.mark.parametrize("entry", ["pkg.css.styles.X", "pkg.css.*", "from pkg.css.styles import X"])
@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("pkg/app.py", "from .css.styles import X"),
        ("src/pkg/css/a.py", "from .styles import X"),
        ("pkg/app.py", "from pkg.css.styles import X"),
    ],
)
def test_a_relative_import_is_removed_by_its_full_name(
    apply: Apply, entry: str, path: str, line: str
) -> None:
    """Dotted names and prefixes mean the module, whatever the file calls it."""
    got = apply(_DROP, f"{line}\nX()\n", front=f"imports: {{remove: ['{entry}']}}", path=path)
    assert got.content == b"y()\n"


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("pkg/app.py", "from .cssx.styles import X"),
        ("pkg/sub/app.py", "from .css.styles import X"),
        ("tests/app.py", "from .css.styles import X"),
        ("app.py", "from .css.styles import X"),
    ],
)
def test_imports_of_other_modules_are_not_removed(apply: Apply, path: str, line: str) -> None:
    """What only looks alike stays."""
    for entry in ("pkg.css.styles.X", "pkg.css.*"):
        got = apply(_DROP, f"{line}\nX()\n", front=f"imports: {{remove: ['{entry}']}}", path=path)
        assert got.content.decode() == f"{line}\ny()\n"


@pytest.fixture
def replaced(apply: Apply, make_rule: Callable[..., Rule]) -> Callable[..., str]:
    """The file after a rule's `imports.replace`."""

    def run(replace: str, before: str, path: str) -> str:
        rule = make_rule("rule: {pattern: never_there()}\nfix: x", front=f"imports: {{replace: {replace}}}")
        return apply([rule], before, path=path).content.decode()

    return run


@pytest.mark.parametrize(
    ("replace", "before", "after"),
    [
        # the new import is there in the other spelling
        (
            "{pkg.a.X: pkg.b.X}",
            "from .a import X\nfrom pkg.b import X\nX()\n",
            "from pkg.b import X\nX()\n",
        ),
        (
            "{pkg.a.X: pkg.b.Y}",
            "from .a import X\nfrom pkg.b import Y\nX(), Y()\n",
            "from pkg.b import Y\nY(), Y()\n",
        ),
        # a name that leaves its list joins the module's statement
        (
            "{pkg.a.X: pkg.b.X}",
            "from .a import W, X\nfrom pkg.b import Z\nX(), W, Z\n",
            "from .a import W\nfrom pkg.b import X, Z\nX(), W, Z\n",
        ),
        # what comes from elsewhere is named as the file names its own
        (
            "{rich.X: pkg.css.X}",
            "from rich import X\n\nfrom .a import b\n\nX()\n",
            "from .a import b\nfrom .css import X\n\nX()\n",
        ),
    ],
)
def test_replaced_imports_know_both_spellings(
    replaced: Callable[..., str], replace: str, before: str, after: str
) -> None:
    """Relative and absolute imports of one module are one."""
    assert replaced(replace, before, "pkg/app.py") == after


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("pkg/app.py", "from rich import X\nX()\n", "from pkg.css import X\nX()\n"),
        (
            "tests/x.py",
            "from rich import X\nfrom .a import b\nX()\n",
            "from pkg.css import X\nfrom .a import b\nX()\n",
        ),
        ("pkg/app.py", "from .rich import X\nX()\n", "from .rich import X\nX()\n"),
        (
            "pkg/app.py",
            "from rich import X\nfrom .css import Y\nfrom pkg.a import b\nfrom pkg.c import d\nX()\n",
            "from .css import X\nfrom .css import Y\nfrom pkg.a import b\nfrom pkg.c import d\nX()\n",
        ),
    ],
)
def test_replaced_imports_have_dots_only_where_the_file_has(
    replaced: Callable[..., str], path: str, before: str, after: str
) -> None:
    """Elsewhere the new name stands as the rule says it."""
    assert replaced("{rich.X: pkg.css.X}", before, path) == after


_RENAME = "rule: {kind: identifier, regex: ^Old$}\nfix: X"


@pytest.mark.parametrize(
    ("path", "before"),
    [
        ("pkg/css/styles.py", "class Old: ...\nOld()\n"),
        ("pkg/css/styles.py", "Old = 1\nOld\n"),
        ("tests/x.py", "from pkg import Old\nOld()\n"),
        ("pkg/app.py", "from .css.styles import Old\nOld()\n"),
    ],
)
def test_a_renamed_binding_needs_no_import(apply: Apply, path: str, before: str) -> None:
    """A rule that renames the class or the import itself has bound the new name."""
    assert apply(_RENAME, before, front=_ADD, path=path).content.decode() == before.replace("Old", "X")


@pytest.mark.parametrize("before", ["f(Old)\n", "class A:\n    Old = Old\n", "def f(a=Old): ...\n"])
def test_a_renamed_use_needs_one(apply: Apply, before: str) -> None:
    """Reads, and names of a class's own, bind nothing for the module."""
    got = apply(_RENAME, f"import os\n\n{before}", front=_ADD, path="pkg/app.py")
    assert "from pkg.css.styles import X\n" in got.content.decode()


def test_dots_mean_what_python_takes_them_for() -> None:
    """Python's own resolution of the relative name gives the full one, from every place to every module."""
    places = ["", "a", "a.b", "a.b.c", "b", "b.a"]
    for root, place, goal in product(("", "src/", "x/src/", "lib/"), places, places):
        package = ".".join(filter(None, ("pkg", place)))
        module = ".".join(filter(None, ("pkg", goal)))
        for file in ("__init__.py", "m.py"):
            home = Home(f"{root}{package.replace('.', '/')}/{file}")
            assert resolve_name(home.relative(module), package) == module
            assert home.absolute(home.relative(module)) == module
            assert home.canonical(home.relative(module)) == home.canonical(module)
            assert home.is_module(module) == (file == "__init__.py" and module == package)


def test_a_module_seen_from_a_folder_that_tells_no_package(apply: Apply) -> None:
    """Below `packages/one` its own name serves, if it binds it; else it is imported like anywhere."""
    path = "packages/one/pkg/css/styles.py"
    assert added(apply, path, "class X: ...\nold()\n") == "class X: ...\nX()\n"
    assert "from pkg.css.styles import X\n" in added(apply, path, "import os\n\nold()\n")


def test_a_name_that_the_module_imports_from_elsewhere_may_be_another(apply: Apply) -> None:
    """The exact import is refused, as anywhere."""
    before = "from elsewhere import X\nold()\n"
    assert apply(_CALL, before, front=_ADD, path="pkg/css/styles.py").content.decode() == before
