"""What is learned from examples: the edits themselves, what they need, and what is left alone."""

import textwrap

import pytest

from softwright.rewrite import FileFacts, rewrite
from softwright.rewrite.learning import Example, Learned, learn


def code(text: str) -> str:
    """Code without the indentation of the test."""
    return textwrap.dedent(text).lstrip("\n")


def example(before: str, after: str | None = None, path: str = "src/a.py") -> Example:
    """A file before and after; without an after it was left alone."""
    return Example(path, code(before), code(before if after is None else after))


def applied(learned: Learned, before: str, path: str = "src/other.py") -> str:
    """Another file after the learned rules, which change nothing when they are applied again."""
    rules = [each.rule for each in learned.rules]
    facts = FileFacts(path, "python", (3, 13), "test" in path)
    once = rewrite(rules, code(before).encode(), facts)
    assert not once.refused
    assert rewrite(rules, once.content, facts).content == once.content
    return once.content.decode()


def check(examples: list[Example], before: str, after: str) -> Learned:
    """The rules reproduce every example byte for byte, and make `after` of `before`."""
    learned = learn(examples)
    for each in examples:
        assert applied(learned, each.before, each.path) == each.after
    assert applied(learned, before) == code(after)
    return learned


def test_a_call_is_generalised_over_its_arguments() -> None:
    """One example is enough for a telling name; the arguments are any."""
    check([example("x = old_client(a, b=1)\n", "x = NewClient(a, b=1)\n")], "old_client()\n", "NewClient()\n")


def test_an_expression_keeps_its_parts() -> None:
    """What is the same on both sides may be anything."""
    check(
        [example("url = urlparse(request.url)\n", "url = urlparse_cached(request)\n")],
        "f(urlparse(self.response.url).netloc)\n",
        "f(urlparse_cached(self.response).netloc)\n",
    )


def test_statements_take_the_place_of_calls() -> None:
    """Methods become statements, with parentheses where lines need them."""
    before = """
        class T:
            def test(self):
                self.assert_equal(a, b)
                self.assert_equal(
                    "one "
                    "two", b
                )
                self.assert_equal(f(x), [1])
    """
    after = """
        class T:
            def test(self):
                assert a == b
                assert ("one "
                "two") == b
                assert f(x) == [1]
    """
    check([example(before, after)], "self.assert_equal(x, y)\n", "assert x == y\n")


def test_a_name_is_renamed_everywhere_but_as_another_thing() -> None:
    """The attribute was left alone, so only the function is renamed."""
    check(
        [
            example(
                "from lib import load_item\nload_item(a)\nb.load_item(1)\nload_item(c)\n",
                "from lib import fetch_item\nfetch_item(a)\nb.load_item(1)\nfetch_item(c)\n",
            )
        ],
        "from lib import load_item\nx = load_item(q)\nself.load_item(w)\n",
        "from lib import fetch_item\nx = fetch_item(q)\nself.load_item(w)\n",
    )


def test_an_element_of_a_list_goes_with_its_comma() -> None:
    """Arguments disappear, wherever in the call they stand."""
    check(
        [example("Message(a, bubble=True)\nOther(bubble=True, x=1)\n", "Message(a)\nOther(x=1)\n")],
        "Message(\n    sender,\n    bubble=True,\n)\nMessage(bubble=True)\n",
        "Message(\n    sender,\n)\nMessage()\n",
    )


def test_an_element_is_inserted_once() -> None:
    """A new parameter is not added where it is already."""
    check(
        [
            example(
                "class A:\n    def render(self):\n        pass\n",
                "class A:\n    def render(self, style: S):\n        pass\n",
            ),
            example(
                "class B:\n    def render(self) -> X:\n        return 1\n    def u(self): 0\n",
                "class B:\n    def render(self, style: S) -> X:\n        return 1\n    def u(self): 0\n",
                "src/b.py",
            ),
        ],
        "class C:\n    def render(self): ...\n    def close(self): ...\n",
        "class C:\n    def render(self, style: S): ...\n    def close(self): ...\n",
    )


def test_the_head_of_a_statement_changes_and_its_block_stays() -> None:
    """`except X, e` is one edit of the head; the block keeps its lines, comments and own changes."""
    check(
        [
            example(
                "try:\n    f()\nexcept ValueError, e:\n    # why\n    g(e)\n",
                "try:\n    f()\nexcept ValueError as e:\n    # why\n    g(e)\n",
            ),
            example(
                "try:\n    f()\nexcept KeyError, error:\n    pass\n",
                "try:\n    f()\nexcept KeyError as error:\n    pass\n",
                "src/b.py",
            ),
        ],
        "try:\n    pass\nexcept (A, B), e:\n    if x:\n        raise\n",
        "try:\n    pass\nexcept (A, B) as e:\n    if x:\n        raise\n",
    )


def test_nested_edits_are_one_rule() -> None:
    """An outer edit in whose inside the same edit happened is the same rule, applied twice."""
    learned = check(
        [
            example(
                "from typing import Optional\nx: Optional[dict[str, Optional[int]]] = 0\ny: Optional[str]\n",
                "x: dict[str, int | None] | None = 0\ny: str | None\n",
            )
        ],
        "from typing import Any, Optional\n\n\ndef f(a: Optional[Any]) -> Optional[int]: ...\n",
        "from typing import Any\n\n\ndef f(a: Any | None) -> int | None: ...\n",
    )
    assert len(learned.rules) == 1


def test_any_number_of_elements_is_folded() -> None:
    """Elements that become operands are one rule whatever their number."""
    check(
        [example("from typing import Union\nx: Union[int, str]\n", "x: int | str\n")],
        "from typing import Union\nx: Union[int, str, bytes]\n",
        "x: int | str | bytes\n",
    )


def test_new_names_are_imported_where_they_are_needed() -> None:
    """Imports are requirements: added where the new code uses them, dropped where nothing does."""
    before = (
        "import os\nfrom urllib.parse import urljoin, urlparse\n\nx = urlparse(r.url)\ny = urljoin(a, b)\n"
    )
    after = (
        "import os\nfrom urllib.parse import urljoin\n\nfrom web.cached import urlparse_cached\n\n"
        "x = urlparse_cached(r)\ny = urljoin(a, b)\n"
    )
    learned = learn([example(before, after)])
    got = applied(learned, "from urllib.parse import urlparse\n\nx = urlparse(q.url)\n")
    assert "from web.cached import urlparse_cached" in got
    assert "urllib" not in got


def test_modules_that_moved() -> None:
    """An import that moved is replaced, whatever names other files take from the module."""
    check(
        [
            example(
                "from pkg.spider import Spider\n\nSpider()\n", "from pkg.spiders import Spider\n\nSpider()\n"
            ),
            example(
                "from pkg.spider import Base\n\nBase()\n",
                "from pkg.spiders import Base\n\nBase()\n",
                "src/b.py",
            ),
        ],
        "from pkg.spider import Other\n\nOther()\n",
        "from pkg.spiders import Other\n\nOther()\n",
    )


def test_what_was_left_alone_stays_alone() -> None:
    """Places in the example that match and were not changed make the rule narrower."""
    learned = learn(
        [
            example(
                "a.get(1)\nb.get(2)\nself.cache.get(3)\nself.cache.get(4)\nself.cache.get(5)\n",
                "a.get(1)\nb.get(2)\nself.cache.fetch(3)\nself.cache.fetch(4)\nself.cache.fetch(5)\n",
            )
        ]
    )
    assert applied(learned, "x.get(1)\nself.cache.get(2)\n") == "x.get(1)\nself.cache.fetch(2)\n"


def test_a_file_left_alone_narrows_the_scope() -> None:
    """Only tests were changed, so only tests are."""
    learned = learn(
        [
            example("self.assertEquals(a, b)\n" * 3, "self.assertEqual(a, b)\n" * 3, "tests/test_a.py"),
            example("def assertEquals(self): ...\nself.assertEquals(1, 2)\n", None, "src/compat.py"),
        ]
    )
    assert [each.rule.scope.tests for each in learned.rules] == ["only"]
    assert applied(learned, "self.assertEquals(a, b)\n", "src/x.py") == "self.assertEquals(a, b)\n"
    assert applied(learned, "self.assertEquals(a, b)\n", "tests/test_x.py") == "self.assertEqual(a, b)\n"


def test_only_tests_were_changed() -> None:
    """Three changed files that are all tests say that tests are meant; two say nothing."""
    pair = ("six.text_type(a)\n", "str(a)\n")
    batch = [example(*pair, path=f"tests/test_{at}.py") for at in range(3)]
    assert [each.rule.scope.tests for each in learn(batch).rules] == ["only"]
    assert [each.rule.scope.tests for each in learn(batch[:2]).rules] == [True]


def test_edits_that_say_nothing_are_one_offs() -> None:
    """Without a telling word nothing is learned, and that is said."""
    learned = learn([example("x = 1\nf(a)\n", "x = 2\nawait f(a)\n")])
    assert not learned.rules
    assert {one.before for one in learned.one_offs} == {"1", "f(a)"}


def test_two_readings_are_asked_about() -> None:
    """The call's name was the same in all places: is it meant, or any?"""
    changed = [("raise UsageError()\n", "raise UsageError\n")] * 2
    learned = learn([example(*pair, path=f"src/{at}.py") for at, pair in enumerate(changed)])
    assert applied(learned, "raise Other()\n") == "raise Other()\n"
    assert [each.question for each in learned.ambiguities] == ["only `UsageError()`, or any `raise $A()`?"]


def test_several_names_are_any_name() -> None:
    """Once two readings have been told apart by an example, the wide one is the rule."""
    changed = [(f"raise {name}()\n", f"raise {name}\n") for name in ("UsageError", "Closed", "NotThere")]
    check(
        [example(*pair, path=f"src/{at}.py") for at, pair in enumerate(changed)],
        "raise Other()\nOther()\nraise Other(1)\n",
        "raise Other\nOther()\nraise Other(1)\n",
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = f(a)\n", "x = list(f(a))\n"),
        ("client.send(m)\n", "client.http.send(m)\n"),
        ("Timeout\n", "httpx.Timeout\n"),
    ],
)
def test_rules_are_kept_off_their_own_results(before: str, after: str) -> None:
    """A result that holds what was replaced is not replaced again."""
    wanted = before.replace("f(", "frozen_rows("), after.replace("f(", "frozen_rows(")
    learned = learn([example(*wanted), example(*wanted, path="src/b.py")])
    assert applied(learned, wanted[0]) == wanted[1]


def test_trust_grows_with_evidence() -> None:
    """A rule from many places in several files is safe, one from a single place wants a look."""
    pair = ("six.text_type(a)\n" * 7, "str(a)\n" * 7)
    many = learn([example(*pair, path=f"src/{at}.py") for at in range(3)]).rules[0]
    some = learn([example(*pair, path=f"src/{at}.py") for at in range(2)]).rules[0]
    once = learn([example("six.text_type(a)\n", "str(a)\n")]).rules[0]
    assert [each.rule.safety for each in (many, some, once)] == ["safe", "review", "review"]
    assert many.confidence > some.confidence > once.confidence
    assert many.evidence.edits == 21 and many.evidence.files == 3


def test_a_rule_whose_like_is_left_alone_is_no_safe_one() -> None:
    """Many places say little where as many others were not touched."""
    pair = ("six.text_type(a)\n" * 7, "str(a)\n" * 7)
    alone = example("six.text_type(a)\n" * 9, path="docs/a.py")
    (learned,) = learn([*(example(*pair, path=f"src/{at}.py") for at in range(3)), alone]).rules
    assert learned.evidence.left_alone == 9
    assert learned.rule.safety == "review"


def test_order_of_the_examples_does_not_matter() -> None:
    """The same examples in another order give rules that do the same."""
    examples = [
        example("six.text_type(a)\nlog.warn(1)\n", "str(a)\nlog.warning(1)\n", "src/a.py"),
        example("log.warn(2)\nx.warn()\n", "log.warning(2)\nx.warn()\n", "src/b.py"),
    ]
    probe = "log.warn(9)\ny.warn()\nsix.text_type(b)\n"
    assert applied(learn(examples), probe) == applied(learn(examples[::-1]), probe)
