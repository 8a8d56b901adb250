"""What to look at next."""

from softwright.rewrite.learning import Example, choose_next, learn

_ONE_OFF = Example("a.py", "def first(stream):\n    pass\n", "def first(stream):\n    return close(stream)\n")


def test_where_nothing_was_learned_the_most_alike_file_is_next() -> None:
    """One edit teaches no rule; then the file with the same rare words is asked for, not the first one."""
    learned = learn([_ONE_OFF])
    files = {
        "a.py": _ONE_OFF.before,
        "b.py": "def other(number):\n    return number\n",
        "c.py": "def second(stream):\n    pass\n",
    }
    assert learned.rules == ()
    assert choose_next(learned, files, ["a.py"]) == "c.py"


def test_files_without_a_common_word_are_not_asked_for() -> None:
    """What has nothing to do with the examples costs nobody a look."""
    learned = learn([_ONE_OFF])
    assert choose_next(learned, {"a.py": _ONE_OFF.before, "b.py": "x = 1\n"}, ["a.py"]) is None


def test_where_rules_leave_nothing_to_doubt_nothing_is_asked() -> None:
    """A rule was learned and no other file has any of it."""
    before = "import old\n\nold.one()\nold.two()\nold.three()\n"
    learned = learn([Example("a.py", before, before.replace("old", "newer"))])
    assert learned.rules
    assert choose_next(learned, {"a.py": before, "b.py": "print(1)\n"}, ["a.py"]) is None


def test_a_large_block_that_went_tells_what_to_look_for() -> None:
    """Words of a function that was deleted are asked about where they are still used."""
    gone = "def make_client():\n" + "".join(f"    step_{n}(start_legacy_loop, {n})\n" for n in range(12))
    learned = learn([Example("a.py", f"x = 1\n\n\n{gone}", "x = 1\n")])
    files = {"a.py": gone, "b.py": "y = 2\n", "c.py": "z = start_legacy_loop\n"}
    assert choose_next(learned, files, ["a.py"]) == "c.py"
