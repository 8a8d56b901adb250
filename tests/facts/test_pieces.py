"""A search that walks only the parts that hold the pattern's words finds what a walk over the whole finds."""

import random
import re
import sysconfig
from pathlib import Path

import pytest

from softwright.facts.structure import Content, Pattern, Tree
from softwright.facts.structure.literals import Derivation
from softwright.facts.structure.required import required_texts

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
        ("a.b", {frozenset({b"a"}), frozenset({b"b"})}),
        ("foo|", set()),
        (r"^foo\d$", {frozenset({b"foo"})}),
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


@pytest.mark.parametrize(
    ("regex", "texts"),
    [
        (r"^([A-Z]\w*)Test$", ["Test"]),
        (r"^apps(_+[^\W_]\w*)$", ["apps"]),
        (r"\ballow_redirects\b", ["allow_redirects"]),
        ("ab*c", ["a", "c"]),
        ("ab+?c", ["ab", "c"]),
        ("ab{0,3}c", ["a", "c"]),
        ("ab{2}c", ["ab", "c"]),
        ("foo?", ["fo"]),
        ("(foo|bar)?baz(a(b|c)+)*", ["baz"]),
        (r"a\|b", ["a", "b"]),
        ("[]a]foo[^]b]", ["foo"]),
        ("foo|bar", []),
        ("(?i)foo", []),
        ("(?i:foo)x", []),
        ("fo(?=o)bar", []),
        ("[a-z&&[^b]]foo", []),
        (r"foo\x41", []),
        (r"\b{start}foo", []),
        ("foo(", []),
    ],
)
def test_texts_that_an_expression_requires(regex: str, texts: list[str]) -> None:
    """Runs of letters outside of all choices; nothing where the expression is not understood."""
    assert required_texts(regex) == texts


def test_required_texts_are_in_whatever_is_found() -> None:
    """Expressions of random parts, tried on random texts."""
    chance = random.Random(5)
    parts = [
        "a",
        "bc",
        "x*",
        "y?",
        "z+",
        "(a|b)",
        "(?:cd)?",
        "[ab]",
        r"\w",
        r"\b",
        ".",
        "d{2}",
        "_",
        "e{0,1}",
    ]
    found = 0
    for _ in range(4000):
        regex = "".join(chance.choices(parts, k=chance.randint(1, 5)))
        text = "".join(chance.choices("abcdexyz_ ", k=12))
        match = re.search(regex, text)
        if match:
            found += 1
            assert all(word in text for word in required_texts(regex)), (regex, text)
    assert found > 500


@pytest.mark.parametrize(
    ("regex", "words"),
    [
        ("^foo$", {frozenset({b"foo"})}),
        (r"\bfoo\b", {frozenset({b"foo"})}),
        ("^(?:a|b)$", {frozenset({b"a", b"b"})}),
        ("^(a|if)$", set()),  # `1if x` has no blank before it
        ("^foo", set()),
        (r"\Bfoo\b", set()),
        (r"\bfoo?\b", set()),
        (r"\bfoo(x)?\b", set()),
    ],
)
def test_words_that_an_expression_requires(regex: str, words: set[frozenset[bytes]]) -> None:
    """What stands alone wherever it is found, in Python; elsewhere a node may begin within a word."""
    whole = [
        Derivation(language, {}, lambda context, selector: "", whole=True) for language in ("python", "tsx")
    ]
    assert [set(each.groups({"regex": regex})) for each in whole] == [words, set()]
