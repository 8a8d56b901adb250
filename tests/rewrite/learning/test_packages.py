"""Imports of the project's own package are learned by their full names, whatever each example writes."""

import pytest

from softwright.rewrite import FileFacts, check_samples, parse_rule, rewrite
from softwright.rewrite.imports import parse_moves
from softwright.rewrite.learning import Example, Learned, learn
from softwright.rewrite.learning.lesson import study
from softwright.rewrite.learning.publish import rule_files_of

TOP, DEEP, TEST = "src/pkg/app.py", "src/pkg/widgets/tab.py", "tests/test_tab.py"
DOTS = {
    TOP: "from .{0} import {1}\n",
    DEEP: "from ..{0} import {1}\n",
    TEST: "from pkg.{0} import {1}\n",
}


def gained(path: str) -> Example:
    """A call became another one, whose name had to be imported."""
    own = DOTS[path]
    before = f"{own.format('a', 'b')}\n\ndef f(x):\n    return old_call(x, b)\n"
    after = before.replace("old_call(x, b)", "NewCall(x).run(b)").replace(
        "\n\n\n", f"\n{own.format('calls', 'NewCall')}\n\n", 1
    )
    return Example(path, before, after)


def moved(path: str, old: str = "old.place", new: str = "new.place") -> Example:
    """A name is imported from another module."""
    before = f"{DOTS[path].format(old, 'Thing')}\nThing()\n"
    return Example(path, before, before.replace(old, new))


def outcome(learned: Learned, text: str, path: str) -> str:
    """Another file after the learned rules."""
    facts = FileFacts(path, "python", (3, 13), path.startswith("tests/"))
    return rewrite([each.rule for each in learned.rules], text.encode(), facts).content.decode()


@pytest.mark.parametrize("shown", [(TOP,), (DEEP,), (TEST,), (TOP, DEEP), (DEEP, TEST), (TOP, DEEP, TEST)])
def test_a_new_import_is_known_by_its_full_name(shown: tuple[str, ...]) -> None:
    """Files at other depths and tests say the same, and each gets it in its own spelling."""
    learned = learn([gained(path) for path in shown])
    assert [each.rule.imports_add for each in learned.rules] == [("from pkg.calls import NewCall",)]
    for path in DOTS:
        example = gained(path)
        got = outcome(learned, example.before, path)
        assert DOTS[path].format("calls", "NewCall") in got
        assert got.replace("\n", "") == example.after.replace("\n", "")


@pytest.mark.parametrize("shown", [(TOP, DEEP), (DEEP, TEST), (TOP, TEST)])
def test_a_move_is_known_by_its_full_name(shown: tuple[str, ...]) -> None:
    """One entry for all files, and it is found in all of them."""
    learned = learn([moved(path) for path in shown])
    pairs = [pair for each in learned.rules for pair in each.rule.imports_replace]
    assert pairs == [("pkg.old.place", "pkg.new.place")]
    for path in DOTS:
        assert outcome(learned, moved(path).before, path) == moved(path).after


def test_an_import_that_is_gone_is_known_by_its_full_name() -> None:
    """It goes in files that wrote it with more dots, or without."""
    examples = [
        Example(
            path,
            f"{line.format('calls', 'wrap_text')}\nx = wrap_text(a, 1)\ny = wrap_text(b, 1)\n",
            "x = a.wrapped(1)\ny = b.wrapped(1)\n",
        )
        for path, line in DOTS.items()
    ]
    learned = learn(examples[:1])
    assert [each.rule.imports_remove for each in learned.rules] == [("pkg.calls.wrap_text",)]
    for each in examples:
        assert outcome(learned, each.before, each.path).strip() == each.after.strip()


@pytest.mark.parametrize("path", ["a.py", "libs/core/a.py"])
def test_a_path_that_tells_no_package_keeps_the_dots(path: str) -> None:
    """At the top, and below folders that hold projects, nothing is guessed."""
    before = "from .a import b\n\ndef f(x):\n    return old_call(x, b)\n"
    after = before.replace("import b\n", "import b\nfrom .calls import NewCall\n").replace(
        "old_call(x, b)", "NewCall(x).run(b)"
    )
    learned = learn([Example(path, before, after)])
    assert [each.rule.imports_add for each in learned.rules] == [("from .calls import NewCall",)]


def test_what_other_files_import_tells_the_package() -> None:
    """A test that names the package without dots decides between the folders."""
    own = Example(
        "src/pkg/app.py",
        "from .a import b\nold_call(b)\n",
        "from .a import b\nfrom .c import New\nNew(1).run(b)\n",
    )
    other = Example("tests/t.py", "import src.pkg\n", "import src.pkg\n")
    assert learn([own]).rules[0].rule.imports_add == ("from pkg.c import New",)
    assert learn([own, other]).rules[0].rule.imports_add == ("from src.pkg.c import New",)


@pytest.mark.parametrize("path", ["pkg/app.py", "src/pkg/sub/app.py", "app.py", "libs/core/app.py"])
@pytest.mark.parametrize("is_backwards", [False, True])
def test_another_spelling_alone_is_no_rule(path: str, *, is_backwards: bool) -> None:
    """From full names to dots or back: the statements are told of as a one-off, none becomes a rule."""
    dots = ".." if "sub" in path else "."
    full = "from pkg.one import a\nfrom pkg.two import b\nfrom pkg.three import c\n\na(b, c)\n"
    texts = [full, full.replace("from pkg.", f"from {dots}")]
    before, after = reversed(texts) if is_backwards else texts
    learned = learn([Example(path, before, after)])
    assert learned.rules == ()
    (edit,) = learned.one_offs
    assert (edit.line, edit.before, edit.after) == (
        1,
        *(" ".join(text.split("\n")[:3]) for text in (before, after)),
    )


def test_a_move_beside_another_spelling_is_learned_alone() -> None:
    """What moved is a rule that can be written; what is only spelled otherwise is none."""
    before = "from pkg.one import a\nfrom pkg.old import b\n\na(b)\n"
    after = "from .one import a\nfrom .new import b\n\na(b)\n"
    learned = learn([Example("pkg/app.py", before, after)])
    assert [each.rule.imports_replace for each in learned.rules] == [(("pkg.old", "pkg.new"),)]
    assert parse_moves(dict(learned.rules[0].rule.imports_replace), "python")


def test_what_the_rules_import_leaves_no_one_offs() -> None:
    """They write what the author wrote, in every spelling."""
    assert learn([gained(TOP), gained(TEST)]).one_offs == ()
    assert learn([moved(TOP), moved(DEEP)]).one_offs == ()


@pytest.mark.parametrize("path", [TOP, DEEP, TEST])
def test_samples_name_the_path_that_the_spelling_asks_for(path: str) -> None:
    """A rule's file holds although its samples have dots and the rule has none."""
    (file,) = rule_files_of(study([gained(path)]), "calls")
    rule = parse_rule(file.text, "calls.md")
    assert rule.imports_add == ("from pkg.calls import NewCall",)
    assert check_samples(rule).ok
    assert {sample.path for sample in rule.samples} == ({""} if path == TEST else {path})


def test_a_move_to_a_package_of_unknown_name_can_be_written() -> None:
    """`from .x import A` that became `from . import A` is an entry for the name: `.` alone names nothing."""
    before = "from .x import A\n\nA()\n"
    learned = learn([Example("libs/core/app.py", before, before.replace(".x", "."))])
    pairs = [pair for each in learned.rules for pair in each.rule.imports_replace]
    assert parse_moves(dict(pairs), "python") == ((".x.A", ".A"),)
