"""Names: which is meant where one is renamed, and what new code needs."""

from tests.rewrite.learning.conftest import Relearned, applied

from softwright.rewrite import FileFacts, Safety, rewrite
from softwright.rewrite.learning import Example, learn

USES = "from lib.decorators import wrapped\n\n\n@wrapped\ndef {}():\n    pass\n"


def test_a_renamed_import_is_that_of_its_module(relearned: Relearned) -> None:
    """A name that is imported from elsewhere is another one; from the same package it may be this one."""
    examples = [
        (f"src/{name}.py", USES.format(name), USES.format(name).replace("wrapped", "guarded"))
        for name in ("a", "b", "c")
    ]
    other = "from other import wrapped\n\nwrapped(1)\n"
    learned = relearned(examples, "src/d.py", other, other)
    assert applied(learned, "lib/e.py", "from .decorators import wrapped\n\nwrapped(1)\n") == (
        "from .decorators import guarded\n\nguarded(1)\n"
    )


def test_what_becomes_a_builtin_is_not_imported(relearned: Relearned) -> None:
    """A name of a type that is given up for `str` goes with its import."""
    before = "from lib import Key, Value\n\n\ndef {0}(key: Key) -> Value:\n    return get(key)\n"
    after = "from lib import Value\n\n\ndef {0}(key: str) -> Value:\n    return get(key)\n"
    examples = [(f"src/{name}.py", before.format(name), after.format(name)) for name in ("f", "g", "h")]
    relearned(
        examples,
        "src/i.py",
        "from lib import Key\n\n\ndef i(one: Key, two: Key):\n    pass\n",
        "def i(one: str, two: str):\n    pass\n",
    )


def test_a_name_that_is_taken_over_is_renamed_once_and_reviewed() -> None:
    """`Limit` becomes `Bound` and `LimitConfig` becomes `Limit`: each ends as its author wanted."""
    before = "def {0}(one: LimitConfig, two: Limit) -> LimitConfig:\n    return Limit(one, two)\n"
    after = "def {0}(one: Limit, two: Bound) -> Limit:\n    return Bound(one, two)\n"
    learned = learn([Example(f"src/{n}.py", before.format(n), after.format(n)) for n in ("f", "g", "h")])
    rules = [each.rule for each in learned.rules]
    facts = FileFacts("src/i.py", "python", (3, 12), False)
    assert rewrite(rules, before.format("i").encode(), facts).content.decode() == after.format("i")
    (taking,) = (rule for rule in rules if rule.steps[0].fix.text == "Bound")
    assert taking.safety is Safety.REVIEW


def test_types_are_joined_where_annotations_are_postponed(relearned: Relearned) -> None:
    """Where all examples have `from __future__ import annotations`, `A | None` needs it elsewhere."""
    head = "from __future__ import annotations\n\nfrom typing import Any, Optional\n\n\n"
    before, after = "def {0}(x: Optional[{1}]) -> Any: ...\n", "def {0}(x: {1} | None) -> Any: ...\n"
    old = [
        (name, head + before.format(name, kind)) for name, kind in (("f", "int"), ("g", "str"), ("h", "T"))
    ]
    new = [
        head.replace(", Optional", "") + after.format(*each)
        for each in (("f", "int"), ("g", "str"), ("h", "T"))
    ]
    relearned(
        [(f"src/{name}.py", text, made) for (name, text), made in zip(old, new, strict=True)],
        "src/i.py",
        "from typing import Any, Optional\n\n\n" + before.format("i", "bytes"),
        "from __future__ import annotations\n\nfrom typing import Any\n\n\n" + after.format("i", "bytes"),
    )


def test_what_python_could_not_evaluate_stays_in_annotations(relearned: Relearned) -> None:
    """With postponed annotations `A | None` is learned for them; an alias is evaluated, and left alone."""
    head = "from __future__ import annotations\n\nimport typing as t\n\n\n"
    examples = [
        (f"src/{n}.py", f"{head}def {n}(x: t.Optional[{n}]): ...\n", f"{head}def {n}(x: {n} | None): ...\n")
        for n in ("f", "g", "h")
    ]
    relearned(
        [(path, old, new.replace("import typing as t\n\n\n", "")) for path, old, new in examples]
        if False
        else examples,
        "src/i.py",
        f"{head}Alias = t.Optional[int]\n\n\ndef i(x: t.Optional[int]): ...\n",
        f"{head}Alias = t.Optional[int]\n\n\ndef i(x: int | None): ...\n",
    )
