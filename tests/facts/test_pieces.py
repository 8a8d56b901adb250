"""A search that walks only the parts that hold the pattern's words finds what a walk over the whole finds."""

import sysconfig
from pathlib import Path

import pytest

from softwright.facts.structure import Content, Pattern, Tree
from softwright.facts.structure.literals import Derivation

LIBRARY = Path(sysconfig.get_paths()["stdlib"])
FILES = [LIBRARY / name for name in ("argparse.py", "inspect.py", "typing.py", "unittest/mock.py", "cgi.py")]
PATTERNS: list[object] = [
    "isinstance($A, str)",
    "self._add_action($$$A)",
    "return",
    "$A.append($B)",
    "r'\\d+'",
    {"kind": "identifier", "regex": "^(?:_get_action_name|partial)$"},
    {"kind": "string_content", "regex": "^\\ usage\\:\\ $|^prog$"},
    {"any": [{"pattern": "class $C($$$B): $$$D"}, {"pattern": "raise TypeError($$$A)"}]},
    {"all": [{"kind": "call", "regex": "getattr"}, {"not": {"inside": {"kind": "if_statement"}}}]},
    {"kind": "function_definition", "has": {"pattern": "return NotImplemented", "stopBy": "end"}},
    {"pattern": "$A", "kind": "attribute", "inside": {"pattern": "if $B: $$$C", "stopBy": "end"}},
    {"regex": "^signature$"},
    {"kind": "module", "has": {"pattern": "import $A"}},
]


@pytest.mark.parametrize("given", PATTERNS, ids=str)
def test_the_parts_hold_every_match(given: object) -> None:
    """Same nodes, same order, in real files of many sizes."""
    pattern = Pattern.parse(given, "python")  # type: ignore[arg-type]
    for path in FILES:
        if not path.exists():
            continue
        tree = Tree(path.read_text(encoding="utf-8"), "python")
        whole = [(node.kind(), node.range().start.index) for node in tree.root.find_all(pattern.config())]
        assert [(match.node.kind(), match.start) for match in tree.matches(pattern)] == whole


def test_a_template_string_hides_nothing() -> None:
    """Text that belongs to no token, and what is inside of it, are found once each."""
    text = "const a = `old ${old(1)} old`;\n" + "call();\n" * 400 + "old(2);\n"
    pattern = Pattern.parse("old($A)", "javascript")
    assert [match.node.text() for match in Tree(text, "javascript").matches(pattern)] == ["old(1)", "old(2)"]


@pytest.mark.parametrize(
    ("regex", "words"),
    [
        ("^foo$", {frozenset({b"foo"})}),
        (r"^(?:a\.b|c)$", {frozenset({b"a.b", b"c"})}),
        (
            r"^An\ old\
\ text\.$",
            {frozenset({b"An"}), frozenset({b"old"}), frozenset({b"text"})},
        ),
        (r"x\$", {frozenset({b"x"})}),
        ("a.b", set()),
        ("foo|", set()),
        (r"^foo\d$", set()),
        ("(?i)foo", set()),
        ("foo$|bar", set()),
        ("^é|foo$", set()),
    ],
)
def test_words_of_expressions_that_are_plain_text(regex: str, words: set[frozenset[bytes]]) -> None:
    """What a regular expression of alternative texts demands; of others nothing is certain."""
    derivation = Derivation("python", {}, lambda context, selector: "")
    assert set(derivation.groups({"regex": regex})) == words


@pytest.mark.parametrize("is_listed", [False, True])
def test_words_of_a_content(is_listed: bool) -> None:
    """Parts of words are held, whole words stand alone; listing all words changes no answer."""
    content = Content(b"sixth six6 _six xsix sixes asix (six)\n" if is_listed else b"sixth six6 _six xsix\n")
    if is_listed:
        content.list_words()
    assert content.holds(b"six") and content.holds(b"ixt") and not content.holds(b"seven")
    assert content.stands_in(b"six") is is_listed
    assert content.stands_in(b"sixth")
