"""Imports follow a rewrite: right spelling, right place, nothing left over, nothing taken that is used."""

import pytest
from tests.rewrite.conftest import Apply  # type: ignore[import-not-found]

_NAME = "rule: {pattern: old()}\nfix: $import(datetime.timezone)"
_MANY = ", ".join(f"name_{at}" for at in range(10))
_EACH = ",\n    ".join(_MANY.split(", "))
_MODULE = "rule: {pattern: old()}\nfix: $import(logging).x"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from datetime import timezone\nold()\n", "from datetime import timezone\ntimezone\n"),
        ("from datetime import timezone as tz\nold()\n", "from datetime import timezone as tz\ntz\n"),
        ("import datetime\nold()\n", "import datetime\ndatetime.timezone\n"),
        ("import datetime as dt\nold()\n", "import datetime as dt\ndt.timezone\n"),
        (
            "def f():\n    import datetime\n    old()\n",
            "def f():\n    import datetime\n    datetime.timezone\n",
        ),
    ],
)
def test_a_binding_in_sight_is_used(apply: Apply, before: str, after: str) -> None:
    """Aliases, modules and local imports serve; nothing is imported twice."""
    assert apply(_NAME, before).content.decode() == after


@pytest.mark.parametrize(
    ("before", "line"),
    [
        ("from django.utils import timezone\nold()\n", "import datetime"),
        ("def timezone(): pass\nold()\n", "import datetime"),
        ("def f(timezone):\n    old()\n", "import datetime"),
        ("from x import datetime, timezone\nold()\n", "from datetime import timezone as datetime_timezone"),
        ("def f(timezone): pass\nfrom datetime import datetime\nold()\n", "timezone as datetime_timezone"),
        ("if TYPE_CHECKING:\n    from datetime import timezone\nold()\n", "from datetime import timezone\n"),
        ("def f():\n    from datetime import timezone\nold()\n", "from datetime import timezone\n"),
    ],
)
def test_a_taken_name_is_spelled_otherwise(apply: Apply, before: str, line: str) -> None:
    """Another object of the same name leads to the module or an alias; type-only imports do not count."""
    outcome = apply(_NAME, before)
    assert line in outcome.content.decode()
    assert not outcome.refused


def test_no_free_name_refuses_the_file(apply: Apply) -> None:
    """Rather no change than a wrong one."""
    before = "timezone = datetime = datetime_timezone = 1\nold()\n"
    outcome = apply(_NAME, before)
    assert outcome.content.decode() == before
    assert "datetime.timezone" in outcome.refused


def test_an_exact_import_whose_name_is_taken_refuses_the_file(apply: Apply) -> None:
    """`imports.add` has one spelling only."""
    yaml = "rule: {pattern: old()}\nfix: timezone.utc"
    front = "imports: {add: ['from datetime import timezone']}"
    assert apply(yaml, "old()\n", front=front).content == b"from datetime import timezone\n\ntimezone.utc\n"
    assert apply(yaml, "from pytz import timezone\nold()\n", front=front).refused
    assert apply(yaml, "x = 1\n", front=front).content == b"x = 1\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # into an existing statement, sorted as it is
        ("from datetime import date\nold()\n", "from datetime import date, timezone\ntimezone\n"),
        ("from datetime import tzinfo\nold()\n", "from datetime import timezone, tzinfo\ntimezone\n"),
        (
            "from datetime import (\n    date,\n    tzinfo,\n)\nold()\n",
            "from datetime import (\n    date,\n    timezone,\n    tzinfo,\n)\ntimezone\n",
        ),
        (
            "from datetime import (\n    date,\n    time,  # why\n)\nold()\n",
            "from datetime import (\n    date,\n    time,  # why\n    timezone,\n)\ntimezone\n",
        ),
        (
            "from datetime import (date,\n                      time)\nold()\n",
            "from datetime import (date,\n                      time, timezone)\ntimezone\n",
        ),
        (
            "from datetime import datetime, date, " + "a_rather_long_name_here, " * 2 + "x\nold()\n",
            None,
        ),
        # a line of its own, in its section
        (
            "import os\nimport sys\n\nimport django\nold()\n",
            "import os\nimport sys\nfrom datetime import timezone\n\nimport django\ntimezone\n",
        ),
        (
            "import abc\nfrom os import path\n\nold()\n",
            "import abc\nfrom datetime import timezone\nfrom os import path\n\ntimezone\n",
        ),
        ("import django\n\nold()\n", "from datetime import timezone\n\nimport django\n\ntimezone\n"),
        (
            "from __future__ import annotations\n\nold()\n",
            "from __future__ import annotations\n\nfrom datetime import timezone\n\ntimezone\n",
        ),
        ('"""Doc."""\n\nold()\n', '"""Doc."""\n\nfrom datetime import timezone\n\ntimezone\n'),
        (
            '"""Doc."""\n\ndef f():\n    old()\n',
            '"""Doc."""\n\nfrom datetime import timezone\n\n\ndef f():\n    timezone\n',
        ),
        ('"""Doc."""\nold()\n', '"""Doc."""\n\nfrom datetime import timezone\n\ntimezone\n'),
        (
            "#!/usr/bin/env python\n# Licence\n\nold()\n",
            "#!/usr/bin/env python\n# Licence\n\nfrom datetime import timezone\n\ntimezone\n",
        ),
        ("old()\n", "from datetime import timezone\n\ntimezone\n"),
        ("import os\r\nold()\r\n", "import os\r\nfrom datetime import timezone\r\ntimezone\r\n"),
        (
            "import os\n# about sys\nimport sys\nold()\n",
            "import os\n# about sys\nimport sys\nfrom datetime import timezone\ntimezone\n",
        ),
    ],
)
def test_an_import_is_added_in_its_place(apply: Apply, before: str, after: str | None) -> None:
    """In the statement, section and order that the file already has."""
    got = apply(_NAME, before).content.decode()
    if after is None:  # the line would be too long: one name a line
        assert "import (\n    datetime,\n" in got
        assert "    timezone,\n" in got
    else:
        assert got == after


def test_a_module_import_is_added(apply: Apply) -> None:
    """`$import(logging)` is the module; plain imports stand before `from` imports."""
    before = "import abc\nimport os\nfrom a import b\nold()\n"
    assert apply(_MODULE, before).content.decode().startswith("import abc\nimport logging\nimport os\n")


def test_future_imports_come_first(apply: Apply) -> None:
    """`from __future__` goes behind the docstring and before everything else, once."""
    yaml, front = (
        "rule: {pattern: old()}\nfix: new()",
        "imports: {add: ['from __future__ import annotations']}",
    )
    got = apply(yaml, '"""Doc."""\n\nimport os\n\nold()\n', front=front).content.decode()
    assert got == '"""Doc."""\n\nfrom __future__ import annotations\n\nimport os\n\nnew()\n'
    before = "from __future__ import annotations, division\nold()\n"
    assert apply(yaml, before, front=front).content.decode() == before.replace("old", "new")


_DROP = "rule: {pattern: 'Optional[$T]'}\nfix: list[$T]"
_DROP_FRONT = "imports: {remove: [typing.Optional]}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from typing import Optional\nx = Optional[int]\n", "x = list[int]\n"),
        ("from typing import Any, Optional\nx = Optional[int]\n", "from typing import Any\nx = list[int]\n"),
        (
            "from typing import (\n    Any,\n    Optional,\n    Union,\n)\nx = Optional[int]\n",
            "from typing import (\n    Any,\n    Union,\n)\nx = list[int]\n",
        ),
        (
            "import os\n\nfrom typing import Optional\n\nimport django\nx = Optional[int]\n",
            "import os\n\nimport django\nx = list[int]\n",
        ),
    ],
)
def test_an_unused_import_goes(apply: Apply, before: str, after: str) -> None:
    """With its comma or line, and the blank line of a section that is gone."""
    assert apply(_DROP, before, front=_DROP_FRONT).content.decode() == after


@pytest.mark.parametrize(
    ("tail", "path"),
    [
        ("y = Optional\n", "a.py"),
        ("def f(x: Optional): ...\n", "a.py"),
        ("y: 'Optional' = None\n", "a.py"),
        ("y = []  # type: Optional\n", "a.py"),
        ("__all__ = ['Optional']\n", "a.py"),
        ('def f():\n    """\n    >>> Optional\n    """\n', "a.py"),
    ],
)
def test_a_used_import_stays(apply: Apply, tail: str, path: str) -> None:
    """Loads, annotations in strings and comments, `__all__` and doctests keep it."""
    before = f"from typing import Optional\nx = Optional[int]\n{tail}"
    got = apply(_DROP, before, front=_DROP_FRONT, path=path).content.decode()
    assert got == before.replace("Optional[int]", "list[int]")


@pytest.mark.parametrize(("module", "is_kept"), [("typing", False), ("pkg.types", True), (".types", True)])
def test_what_a_package_may_give_to_others_stays(apply: Apply, module: str, is_kept: bool) -> None:
    """In `__init__.py` only what Python itself brings goes, which nobody imports from there."""
    front = (
        f"imports: {{remove: [{module}.Optional]}}"
        if module != ".types"
        else "imports: {remove: [pkg.types.Optional]}"
    )
    line = f"from {module} import Optional\n"
    got = apply(_DROP, f"{line}x = Optional[int]\n", front=front, path="pkg/__init__.py").content.decode()
    assert got == f"{line if is_kept else ''}x = list[int]\n"


@pytest.mark.parametrize(
    "line",
    [
        "from typing import Optional  # noqa: F401",
        "from typing import Optional  # noqa",
        "from typing import Optional as Optional",
        "try:\n    from typing import Optional\nexcept ImportError:\n    pass",
    ],
)
def test_a_deliberate_import_stays(apply: Apply, line: str) -> None:
    """`noqa`, explicit re-export and conditional imports are somebody's wish."""
    before = f"{line}\nx = Optional[int]\n"
    assert line in apply(_DROP, before, front=_DROP_FRONT).content.decode()


def test_an_import_unused_before_stays(apply: Apply) -> None:
    """Only what the rewrite made unused is dropped."""
    yaml = "rule: {pattern: old()}\nfix: new()"
    before = "from typing import Optional\nold()\n"
    assert apply(yaml, before, front=_DROP_FRONT).content.decode() == before.replace("old", "new")


def test_a_prose_string_does_not_keep_an_import(apply: Apply) -> None:
    """Docstrings and messages that mention the word are no use."""
    before = (
        '"""Optional things."""\nfrom typing import Optional\nx = Optional[int]\nlog("Optional arg is bad")\n'
    )
    assert b"import" not in apply(_DROP, before, front=_DROP_FRONT).content


def test_wildcards_drop_a_whole_package(apply: Apply) -> None:
    """`six.*` names the package and everything below."""
    yaml = "rule: {pattern: 'six.text_type($A)'}\nfix: str($A)"
    got = apply(yaml, "import six\nsix.text_type(1)\n", front="imports: {remove: ['six.*']}")
    assert got.content == b"str(1)\n"


def test_a_rewritten_import_statement_is_not_extended(apply: Apply) -> None:
    """A rule may rewrite the very statement that a new import would have gone into."""
    yaml = """
        steps:
          - rule: {pattern: from datetime import old}
            fix: ""
          - rule: {pattern: old()}
            fix: $import(datetime.timezone)
    """
    got = apply(yaml, "import os\nfrom datetime import old\nold()\n").content.decode()
    assert got == "import os\nfrom datetime import timezone\ntimezone\n"


def test_one_import_serves_many_sites(apply: Apply) -> None:
    """However many places need it, it is added once, also over several rounds and rules."""
    source = "def f():\n    return [old(), old(old())]\n"
    yaml = "rule: {pattern: old($$$A)}\nfix: '$import(datetime.timezone)($$$A)'"
    got = apply(yaml, source).content.decode()
    assert got.count("import") == 1
    assert got.count("timezone") == 4


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # the last name has a comment and no comma
        (
            "from datetime import (\n    date,  # a day\n    time  # no day\n)\nold()\n",
            "from datetime import (\n    date,  # a day\n    time,  # no day\n    timezone\n)\ntimezone\n",
        ),
        # a comment above the name that follows
        (
            "from datetime import (\n    date,\n    # zones\n    tzinfo,\n)\nold()\n",
            "from datetime import (\n    date,\n    timezone,\n    # zones\n    tzinfo,\n)\ntimezone\n",
        ),
        # several names on a line
        (
            "from datetime import (date,  # a day\n    time,  # no day\n)\nold()\n",
            "from datetime import (date,  # a day\n    time,  # no day\n    timezone,\n)\ntimezone\n",
        ),
        # a comment of the statement stays on its first line
        (
            f"from datetime import {_MANY}  # noqa: F401\nold()\n",
            f"from datetime import (  # noqa: F401\n    {_EACH},\n    timezone,\n)\ntimezone\n",
        ),
    ],
)
def test_comments_stay_with_their_names_when_a_list_grows(apply: Apply, before: str, after: str) -> None:
    """A `# noqa` or `# type: ignore` never moves to another name."""
    assert apply(_NAME, before).content.decode() == after


_DROP_B = "rule: {pattern: b()}\nfix: x()"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "from a import (\n    c,  # one\n    b  # two\n)\nb(), c\n",
            "from a import (\n    c,  # one\n)\nx(), c\n",
        ),
        (
            "from a import (\n    b,  # two\n    c  # one\n)\nb(), c\n",
            "from a import (\n    c  # one\n)\nx(), c\n",
        ),
        ("from a import (c,  # one\n    b)\nb(), c\n", "from a import (c,  # one\n    )\nx(), c\n"),
        (
            "from a import (c, b,  # both\n    d)\nb(), c, d\n",
            "from a import (c,  # both\n    d)\nx(), c, d\n",
        ),
    ],
)
def test_comments_stay_with_their_names_when_a_list_shrinks(apply: Apply, before: str, after: str) -> None:
    """A name goes with its own comment, never with that of a neighbour."""
    assert apply(_DROP_B, before, front="imports: {remove: [a.b]}").content.decode() == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def f():\n    from a import b\n    b()\n", "def f():\n    x()\n"),
        ("def f():\n    from a import b, c\n    b(), c\n", "def f():\n    from a import c\n    x(), c\n"),
        ("def f(): from a import b; b()\n", "def f(): x()\n"),
        ("def f():\n    if c:\n        from a import b\n        b()\n", "def f():\n    if c:\n        x()\n"),
        (
            "def f():\n    if c:\n        from a import b\n    b()\n",
            "def f():\n    if c:\n        pass\n    x()\n",
        ),
        ("import c; from a import b; import d\nb()\n", "import c; import d\nx()\n"),
        ("import c; from a import b\nb()\n", "import c\nx()\n"),
        (
            "if TYPE_CHECKING:\n    from a import b\ny: b()\n",
            "if TYPE_CHECKING:\n    pass\ny: x()\n",
        ),
    ],
)
def test_an_unused_import_goes_where_it_stands(apply: Apply, before: str, after: str) -> None:
    """Imports inside functions and between semicolons go as well, and no block is left empty."""
    assert apply(_DROP_B, before, front="imports: {remove: [a.b]}").content.decode() == after


@pytest.mark.parametrize(
    "before",
    [
        "try:\n    from a import b\nexcept ImportError:\n    b = None\nb()\n",
        "def f():\n    try:\n        from a import b\n    except ImportError:\n        pass\n    b()\n",
        "def f():\n    with suppress(ImportError):\n        from a import b\n    b()\n",
        "class C:\n    from a import b\n    b()\n",
        "if c:\n    from a import b\nb()\n",
        "def f():\n    from a import b\n    b(), b\n",
        "def f():\n    from a import b\n    def g(): return b\n    b()\n",
        "def f():\n    from a import b\ndef g():\n    from a import b\n    b()\n",
    ],
)
def test_an_import_that_says_more_stays(apply: Apply, before: str) -> None:
    """In `try`, `with`, a class, under a condition of the module, or unused before: the import is kept."""
    after = apply(_DROP_B, before, front="imports: {remove: [a.b]}").content.decode()
    assert after.count("from a import b") == before.count("from a import b")


def test_the_spelling_of_the_site_is_preferred(apply: Apply) -> None:
    """Where several imports give the name, the one that the match uses makes the smallest difference."""
    yaml = "rule: {pattern: $F()}\nresolves: {F: datetime.datetime.utcnow}\n"
    yaml += "fix: $import(datetime.datetime).now()"
    head = "import datetime as dt\nfrom datetime import datetime as D\n"
    assert apply(yaml, f"{head}D.utcnow()\n").content.decode() == f"{head}D.now()\n"
    assert apply(yaml, f"{head}dt.datetime.utcnow()\n").content.decode() == f"{head}dt.datetime.now()\n"


@pytest.mark.parametrize(
    ("below", "blank"), [("y = 1\n", "\n"), ("def f(): pass\n", "\n\n"), ("\ny = 1\n", "")]
)
def test_a_new_section_is_set_apart_from_code(apply: Apply, below: str, blank: str) -> None:
    """Code directly below the last import gets the blank lines that a formatter asks for."""
    before = f"from __future__ import annotations\n{below}old()\n"
    after = f"from __future__ import annotations\n\nfrom datetime import timezone\n{blank}{below}timezone\n"
    assert apply(_NAME, before).content.decode() == after
