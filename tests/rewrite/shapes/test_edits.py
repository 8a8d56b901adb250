"""Edits and their shapes: the whole change, byte for byte, in forms that people can read."""

import random
import re
import sysconfig
from pathlib import Path

import pytest

from softwright.core import Edit, apply_edits
from softwright.rewrite.shapes import Kind, ShapedEdit, shape_edits

PY = [
    ("a call", "x = old(1)\n", "x = new(1)\n", "old($$$A)", "new($$$A)"),
    (
        "a method",
        "s.assertEquals(a, b)\n",
        "s.assertEqual(a, b)\n",
        "$A.assertEquals($$$B)",
        "$A.assertEqual($$$B)",
    ),
    ("a name", "isinstance(x, text_type)\n", "isinstance(x, str)\n", "text_type", "str"),
    ("a keyword's value", "f(timeout=1)\n", "f(timeout=2)\n", "timeout=1", "timeout=2"),
    ("a keyword that is added", "f(a, b)\n", "f(a, b, c=1)\n", "f($$$A)", "f($$$A, c=1)"),
    ("a string", 'print("hi")\n', 'print("ho")\n', '"hi"', '"ho"'),
    (
        "a type",
        "def f(a: Optional[int]): pass\n",
        "def f(a: int | None): pass\n",
        "Optional[$A]",
        "$A | None",
    ),
    ("a receiver", "t = datetime.utcnow()\n", "t = datetime.now(UTC)\n", "$A.utcnow()", "$A.now(UTC)"),
    ("a statement more", "a = 1\n", "a = 1\nlog(a)\n", "", "log(a)"),
    ("a statement less", "a = 1\nlog(a)\n", "a = 1\n", "log(a)", ""),
]


def one(path: str, before: str, after: str) -> ShapedEdit:
    """The only edit."""
    (edit,) = shape_edits(path, before.encode(), after.encode())
    return edit


@pytest.mark.parametrize(
    ("before", "after", "old", "new"), [row[1:] for row in PY], ids=[row[0] for row in PY]
)
def test_code_is_generalised(before, after, old, new):
    """What stays the same becomes holes; names of calls and keywords stay."""
    form = one("m.py", before, after).form
    assert (form.kind, form.before, form.after) == (Kind.CODE, old, new)


@pytest.mark.parametrize(
    ("path", "before", "after", "old", "new"),
    [
        ("m.py", "import os\nx = 1\n", "x = 1\n", "import os", ""),
        ("m.py", "from a import b\n", "from a import b, c\n", "", "from a import c"),
        (
            "m.py",
            "from a import (\n    b,\n    c,\n)\n",
            "from a import (\n    c,\n)\n",
            "from a import b",
            "",
        ),
        (
            "m.py",
            "from six import text_type\n",
            "from typing import Text\n",
            "from six import text_type",
            "from typing import Text",
        ),
        ("m.ts", 'import { a } from "x";\n', 'import { a, b } from "x";\n', "", 'import { b } from "x"'),
        (
            "m.go",
            'package m\n\nimport "fmt"\n',
            'package m\n\nimport "log"\n',
            'import "fmt"',
            'import "log"',
        ),
    ],
)
def test_imports_are_requirements(path, before, after, old, new):
    """An import edit is what is needed no more and what is needed now, however it is written."""
    form = one(path, before, after).form
    assert (form.kind, form.before, form.after) == (Kind.IMPORT, old, new)


@pytest.mark.parametrize(
    ("path", "before", "after", "old", "new"),
    [
        (
            "a.yaml",
            "- uses: actions/checkout@v3\n",
            "- uses: actions/checkout@v4\n",
            "$A actions/checkout@v3",
            "$A actions/checkout@v4",
        ),
        (
            "r.txt",
            "pytest==7.0  # the tests\n",
            "pytest==8.0  # the tests\n",
            "pytest==7.0 # the tests",
            "pytest==8.0 # the tests",
        ),
        ("notes", "", "hello\n", "", "hello"),
    ],
)
def test_text_without_a_grammar_keeps_the_words_beside_the_change(path, before, after, old, new):
    """Changed words with their neighbours are kept, all else is a hole."""
    form = one(path, before, after).form
    assert (form.kind, form.before, form.after) == (Kind.LINES, old, new)


def test_comments_in_code_are_text():
    """A comment has no syntax tree, so its words are compared."""
    assert one("m.py", "# one two\nx = 1\n", "# one three\nx = 1\n").form.kind is Kind.LINES


def test_equal_edits_of_different_places_have_one_key():
    """The key is of the form alone: other files, other contents of holes, the same key."""
    first = one("a.py", "x = old(1)\n", "x = new(1)\n")
    second = one(
        "b/c.py", "def f():\n    return old(\n        a.b)\n", "def f():\n    return new(\n        a.b)\n"
    )
    assert first.shape == second.shape == "6e877e9f7bdf"
    assert first.holes == ("1",)


def test_the_digest_of_an_edit_outlives_moved_lines():
    """Lines above do not change it, another change of its own line does."""
    first, second = (
        one("a.py", f"{head}x = old(1)\n", f"{head}x = new(1)\n").digest("r", "a.py")
        for head in ("", "y = 2\n\n")
    )
    assert first == second
    other = one("a.py", "x = old(2)\n", "x = new(2)\n")
    assert other.digest("r", "a.py") != first


def test_equal_lines_have_digests_of_their_own():
    """Two edits that read the same are two things to decide about."""
    before = b"old(1) + old(1)\nold(1) + old(1)\nif x:\n    old(1) + old(1)\n"
    edits = shape_edits("a.py", before, before.replace(b"old", b"new"))
    assert len({edit.digest("r", "a.py") for edit in edits}) == 6
    inserted = shape_edits("a.py", b"a\n\nb\n\nc\n", b"a\nx()\n\nb\nx()\n\nx()\nc\n")
    assert len({edit.digest("r", "a.py") for edit in inserted}) == 3


@pytest.mark.parametrize(
    ("before", "after"),
    [(None, b"x\n"), (b"x\n", None), (b"a\0b", b"a\0c"), (b"", b"x\0")],
)
def test_whole_files_are_one_edit(before, after):
    """A file that comes, goes or is binary is not taken apart."""
    (edit,) = shape_edits("f.bin", before, after)
    assert edit.form.kind is Kind.FILE
    assert (len(edit.old), len(edit.new)) == (len(before or b""), len(after or b""))


def test_bytes_that_are_no_utf8_stay():
    """Spans count bytes, whatever the encoding is."""
    before, after = b"# \xe9\xe8\nx = old(1)\n", b"# \xe9\xe8\nx = new(1)\n"
    (edit,) = shape_edits("m.py", before, after)
    assert before[edit.old.start : edit.old.end] == b"old"
    wide = "s = 'äöü€'; x = old(1)\n".encode()
    (edit,) = shape_edits("m.py", wide, wide.replace(b"old", b"new"))
    assert wide[edit.old.start : edit.old.end] == b"old"


def _files() -> list[tuple[Path, bytes]]:
    folder = Path(sysconfig.get_paths()["purelib"])
    paths = sorted(path for path in folder.rglob("*.py") if 300 < path.stat().st_size < 20_000)
    return [(path, path.read_bytes()) for path in random.Random(3).sample(paths, 60)]


def _changed(source: bytes, chance: random.Random) -> bytes:
    """The source with words replaced and lines put in, taken out, and moved."""
    lines = source.splitlines(keepends=True)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(lines))
        match chance.randrange(5):
            case 0:
                del lines[at]
            case 1:
                lines.insert(at, lines[chance.randrange(len(lines))])
            case 2:
                lines.append(lines.pop(at))
            case _:
                words = re.findall(rb"\w+", lines[at])
                if words:
                    lines[at] = lines[at].replace(chance.choice(words), b"changed", 1)
        if not lines:
            return source
    return b"".join(lines)


def test_the_edits_are_the_whole_change_and_each_can_be_left_out():
    """On real files changed at random: all edits give the file after, none the file before, and any part
    applies."""
    chance = random.Random(5)
    for path, before in _files():
        after = _changed(before, chance)
        found = shape_edits(path.name, before, after)
        edits = [Edit(each.old, after[each.new.start : each.new.end]) for each in found]
        assert len({each.digest("r", path.name) for each in found}) == len(found), path
        assert apply_edits(before, edits) == after, path
        some = [edit for edit in edits if chance.random() < 0.5]
        part = apply_edits(before, some)
        again = shape_edits(path.name, before, part)
        assert apply_edits(before, [Edit(e.old, part[e.new.start : e.new.end]) for e in again]) == part


def test_edits_survive_json():
    """What the record keeps is read back as it was."""
    for edit in shape_edits("m.py", b"import os\nx = old(1)\n", b"x = new(1)  # done\n"):
        assert ShapedEdit.from_json(edit.to_json()) == edit


def test_the_same_code_in_another_layout_is_one_shape():
    """Wrapped lines say nothing new; code that moved into another block does."""
    before = "def f(a, b: Optional[int]) -> None:\n    return g(a,\n        b)\n"
    after = "def f(\n    a,\n    b: int | None,\n) -> None:\n    return g(a, b)\n"
    kinds = [edit.form.kind for edit in shape_edits("m.py", before.encode(), after.encode())]
    assert kinds == [Kind.LAYOUT, Kind.CODE, Kind.LAYOUT, Kind.LAYOUT]
    moved = shape_edits("m.py", b"if a:\n    b()\n    c()\n", b"if a:\n    b()\nc()\n")
    assert Kind.LAYOUT not in {edit.form.kind for edit in moved}


def test_parts_of_one_call_are_one_edit():
    """What is called and on what it is called changed together."""
    assert one(
        "M.java", "class X { int a = Arrays.asList(1); }\n", "class X { int a = List.of(1); }\n"
    ).form.after == ("List.of($$$A)")


def test_quotes_that_went_are_one_shape_whatever_they_held():
    """Names that were strings."""
    assert one("m.py", 'def f(a: "Flask"): pass\n', "def f(a: Flask): pass\n").form.before == '"$A"'
