"""Names changed by a function of the old name: which functions are found, and which names are left alone."""

import pytest

from softwright.rewrite import FileFacts, rewrite
from softwright.rewrite.learning import Example, Learned, learn
from softwright.rewrite.learning.wording.affix import affixes_of


def learned_from(*pairs: tuple[str, str], path: str = "src/a{}.py") -> Learned:
    """What these files before and after teach; their rules reproduce all of them byte for byte."""
    examples = [Example(path.format(number), before, after) for number, (before, after) in enumerate(pairs)]
    learned = learn(examples)
    for each in examples:
        assert applied(learned, each.before, each.path) == each.after
    return learned


def applied(learned: Learned, text: str, path: str = "src/other.py") -> str:
    """Another file after the rules, which change nothing when they are applied again."""
    rules = [each.rule for each in learned.rules]
    facts = FileFacts(path, rules[0].language, (3, 13), False)
    once = rewrite(rules, text.encode(), facts)
    assert not once.refused
    assert rewrite(rules, once.content, facts).content == once.content
    return once.content.decode()


def is_left_alone(learned: Learned, text: str) -> bool:
    """True when the rules change nothing in a file."""
    return applied(learned, text) == text


@pytest.mark.parametrize(
    ("old", "new", "another", "result"),
    [
        ("FooBarTest", "TestFooBar", "BazTest", "TestBaz"),
        ("TestFooBar", "FooBarTest", "TestBaz", "BazTest"),
        ("_foo_bar", "foo_bar", "_baz", "baz"),
        ("load_fish", "get_fish", "load_all_birds", "get_all_birds"),
        ("assertEquals", "assertEqual", "assertNotEquals", "assertNotEqual"),
        ("Missing", "MissingError", "WrongName", "WrongNameError"),
        ("fooBarBaz", "foo_bar_baz", "HTTPServer", ""),
        ("foo_bar", "fooBar", "a_b_c", "aBC"),
        ("foo_bar", "FooBar", "a_b_c", "ABC"),
        ("get_old_fish", "get_new_fish", "set_old_bird_now", "set_new_bird_now"),
        ("getOldFish", "getNewFish", "setOldBirdNow", "setNewBirdNow"),
    ],
)
def test_functions_carry_over(old: str, new: str, another: str, result: str) -> None:
    """One of the functions that explain a rename does the same to another name."""
    assert result in {affix.applied(another) for affix in affixes_of(old, new)}


@pytest.mark.parametrize(("old", "new"), [("apple", "pear"), ("item", "items"), ("a", "b"), ("same", "same")])
def test_no_function(old: str, new: str) -> None:
    """Names that share no words are explained by none; parts of words are no affixes."""
    assert list(affixes_of(old, new)) == []


TESTS = "class FishTest(Base):\n    pass\n\n\nclass BirdTest(Base):\n    x = super(BirdTest)\n"


def test_suffix_becomes_prefix() -> None:
    """Classes of a file are renamed with their uses and `__all__`, with one rule."""
    after = TESTS.replace("FishTest", "TestFish").replace("BirdTest", "TestBird")
    learned = learned_from((TESTS, after))
    assert len(learned.rules) == 1
    text = '__all__ = ["CowTest"]\nclass CowTest:\n    pass\nx = CowTest()\n'
    assert applied(learned, text) == text.replace("CowTest", "TestCow")


@pytest.mark.parametrize(
    "text",
    [
        "from lab import UnitTest\n\nx = UnitTest\n",
        "def CowTest():\n    pass\n",
        "class _CowTest:\n    pass\n",
        "class TestCowTest:\n    pass\n",
        "class Test:\n    pass\n",
        "class Testing:\n    pass\n",
        "class CowTester:\n    pass\n",
        'x = "CowTest"\n',
        'class Cow:\n    pass\n__all__ = ["CowTest"]\n',
    ],
)
def test_names_that_are_no_such_classes(text: str) -> None:
    """What the file does not define as a class, and names of another form, stay."""
    after = TESTS.replace("FishTest", "TestFish").replace("BirdTest", "TestBird")
    assert is_left_alone(learned_from((TESTS, after)), text)


def test_a_class_left_alone_forbids_the_function() -> None:
    """The names that were shown are renamed, and no others."""
    after = TESTS.replace("FishTest", "TestFish").replace("BirdTest", "TestBird")
    kept = "class CowTest:\n    pass\n"
    learned = learned_from((TESTS + kept, after + kept))
    assert is_left_alone(learned, "class CowTest:\n    pass\n\n\nclass DogTest:\n    pass\n")


def test_a_base_tells_the_classes_apart() -> None:
    """Where only the classes of one base were renamed, the base is asked for."""
    after = TESTS.replace("FishTest", "TestFish").replace("BirdTest", "TestBird")
    kept = "class CowTest(Other):\n    pass\n"
    learned = learned_from((TESTS + kept, after + kept))
    assert applied(learned, "class DogTest(Base):\n    pass\n") == "class TestDog(Base):\n    pass\n"
    assert is_left_alone(learned, "class DogTest(Other):\n    pass\n")


def test_one_rename_is_no_function() -> None:
    """Two names are needed."""
    learned = learned_from(("class FishTest:\n    pass\n", "class TestFish:\n    pass\n"))
    assert is_left_alone(learned, "class CowTest:\n    pass\n")


def test_functions_of_a_file() -> None:
    """A prefix of functions; calls of functions that the file imports stay."""
    before = "def load_fish(): pass\ndef load_bird(): return load_fish()\n"
    learned = learned_from((before, before.replace("load_", "get_")))
    text = "from x import load_dog\ndef load_cow(): return load_dog()\nload_cow()\n"
    assert applied(learned, text) == text.replace("load_cow", "get_cow")
    assert is_left_alone(learned, "def reload_cow(): pass\ndef get_load_x(): pass\ndef load_(): pass\n")
    assert is_left_alone(learned, "def loader(): pass\ndef loads(): pass\n")


def test_a_last_word_is_whole() -> None:
    """`latest` does not end with the word `test`."""
    before = "def fish_test(): pass\ndef bird_test(): pass\n"
    learned = learned_from((before, before.replace("_test", "_spec")))
    assert applied(learned, "def cow_test(): pass\n") == "def cow_spec(): pass\n"
    assert is_left_alone(learned, "def latest(): pass\ndef test(): pass\ndef cow_tests(): pass\n")


def test_private_names_become_public() -> None:
    """Special methods and names of two underscores are others."""
    before = "def _load(): pass\ndef _store(): return _load()\n"
    learned = learned_from((before, before.replace("_load", "load").replace("_store", "store")))
    assert applied(learned, "def _copy(): pass\n") == "def copy(): pass\n"
    assert is_left_alone(learned, "def __init__(): pass\ndef __copy(): pass\nx = _copy\n")


def test_attributes() -> None:
    """Methods that nobody here defines are renamed where they are attributes."""
    before = "def test(self):\n    self.assertEquals(1, 2)\n    self.assertNotEquals(a, b)\n"
    learned = learned_from((before, before.replace("Equals", "Equal")))
    assert applied(learned, "self.assertAlmostEquals(1)\n") == "self.assertAlmostEqual(1)\n"
    assert is_left_alone(learned, "assertAlmostEquals(1)\nx = isEquals\n")


def test_spelling() -> None:
    """camelCase becomes snake_case; names with other forms stay."""
    before = "def fooBar(): pass\ndef bazQux(): return fooBar()\n"
    learned = learned_from((before, before.replace("fooBar", "foo_bar").replace("bazQux", "baz_qux")))
    assert applied(learned, "def oneTwo(): pass\n") == "def one_two(): pass\n"
    assert is_left_alone(learned, "def one(): pass\ndef One(): pass\ndef _oneTwo(): pass\nx.oneTwo()\n")


ERRORS = (
    "class Missing(Oops): pass\nclass Wrong(Oops): x = Missing\nclass Late(Oops): pass\nclass Other: pass\n"
)


def test_an_added_suffix_needs_a_base() -> None:
    """A suffix could be added to any name, so it is asked which classes are meant."""
    after = "class MissingError(Oops): pass\nclass WrongError(Oops): x = MissingError\n"
    learned = learned_from((ERRORS, after + "class LateError(Oops): pass\nclass Other: pass\n"))
    assert (
        applied(learned, "class Cow(Oops): pass\nx = Cow\n") == "class CowError(Oops): pass\nx = CowError\n"
    )
    assert is_left_alone(learned, "class CowError(Oops): pass\nclass Dog: pass\nclass Cat(Dog): pass\n")


def test_a_suffix_added_without_a_base_is_no_function() -> None:
    """Without one only the names shown are renamed."""
    before = "class Missing: pass\nclass Wrong: pass\nclass Late: pass\n"
    after = "class MissingError: pass\nclass WrongError: pass\nclass LateError: pass\n"
    assert is_left_alone(learned_from((before, after)), "class Cow: pass\n")


def test_a_folder_left_alone_narrows_the_scope() -> None:
    """Files of another folder that were left alone are none of the rule's business."""
    after = TESTS.replace("FishTest", "TestFish").replace("BirdTest", "TestBird")
    kept = "class CowTest:\n    pass\n"
    learned = learn([Example("src/a.py", TESTS, after), Example("old/b.py", kept, kept)])
    assert applied(learned, kept) == "class TestCow:\n    pass\n"
    assert applied(learned, kept, "old/c.py") == kept


@pytest.mark.parametrize(
    ("path", "before"),
    [
        ("a{}.java", "class FishTest { FishTest x = new FishTest(); }\nclass BirdTest extends FishTest {}\n"),
        ("a{}.ts", "class FishTest { a: FishTest = new FishTest(); }\nclass BirdTest extends FishTest {}\n"),
    ],
)
def test_other_languages(path: str, before: str) -> None:
    """Uses of a class follow, whatever the grammar calls them."""
    after = before.replace("FishTest", "TestFish").replace("BirdTest", "TestBird")
    learned = learned_from((before, after), path=path)
    assert applied(learned, "class CowTest {}\n", path.format(9)) == "class TestCow {}\n"
