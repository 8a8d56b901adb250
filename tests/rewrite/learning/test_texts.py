"""Words inside strings and comments, prefixes and quotes of strings: what is learned, what is left alone."""

import pytest

from softwright.rewrite import FileFacts, rewrite
from softwright.rewrite.learning import Example, Learned, learn
from softwright.rewrite.learning.trees.diff import diff_trees
from softwright.rewrite.learning.trees.tree import SyntaxTree
from softwright.rewrite.learning.wording.words import changes_in, texts_of


def learned_from(*pairs: tuple[str, str], path: str = "src/a{}.py") -> Learned:
    """What these files before and after teach; their rules reproduce all of them byte for byte."""
    examples = [Example(path.format(number), before, after) for number, (before, after) in enumerate(pairs)]
    learned = learn(examples)
    for each in examples:
        assert applied(learned, each.before, each.path) == each.after
    return learned


def applied(learned: Learned, text: str, path: str = "src/other.py") -> str:
    """Another file after the rules, which change nothing when they are applied again."""
    facts = FileFacts(path, learned.rules[0].rule.language if learned.rules else "python", (3, 13), False)
    rules = [each.rule for each in learned.rules]
    once = rewrite(rules, text.encode(), facts)
    assert not once.refused
    assert rewrite(rules, once.content, facts).content == once.content
    return once.content.decode()


def unlearnt(before: str, after: str) -> bool:
    """True when nothing is learned of a change."""
    return not learn([Example("src/a.py", before, after)]).rules


# -- dotted paths -----------------------------------------------------------------------------------------


def test_a_path_is_told_with_its_head() -> None:
    """A word inside a dotted path is changed below the same package, and not below another one."""
    learned = learned_from(('x = patch("app.contrib.feed.A")\n', 'x = patch("app.extensions.feed.A")\n'))
    assert applied(learned, 'y = "app.contrib.other"\n') == 'y = "app.extensions.other"\n'
    assert applied(learned, 'y = "django.contrib.other"\n') == 'y = "django.contrib.other"\n'


def test_a_part_of_a_path_goes() -> None:
    """A package that is left out is left out wherever the path is named."""
    learned = learned_from(('x = ["app.contrib.a", "app.contrib.b"]\n', 'x = ["app.a", "app.b"]\n'))
    assert applied(learned, 'y = "app.contrib.c", "app.contribs.c"\n') == 'y = "app.c", "app.contribs.c"\n'


def test_paths_in_comments_and_docstrings_only_where_shown() -> None:
    """Documentation stays as it is when only the strings of the code were changed."""
    learned = learned_from(('x = patch("app.old_mod.A")\n', 'x = patch("app.new_mod.A")\n'))
    text = '"""Of app.old_mod.A."""\n# app.old_mod.A\n'
    assert applied(learned, text) == text


def test_paths_in_comments_and_docstrings() -> None:
    """Where they were changed there, they are changed there; indentation and blank lines stay."""
    before = 'def f():\n    """Of :class:`app.old_mod.A`.\n\n      And more.\n    """\n    # app.old_mod\n'
    learned = learned_from((before, before.replace("old_mod", "new_mod")))
    other = (
        'class B:\n    """A.\n\n    See app.old_mod.C.\n    """\n    x = g(1,  # app.old_mod.D\n        2)\n'
    )
    assert applied(learned, other) == other.replace("old_mod", "new_mod")


def test_a_longer_word_is_another_word() -> None:
    """Words are whole."""
    learned = learned_from(('x = "app.old_mod"\n', 'x = "app.new_mod"\n'))
    text = 'y = "app.old_mods", "my_app.old_mod2"\n'
    assert applied(learned, text) == text


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a{}.ts", 'const a = "lib/old/x";\nf(`lib/old/${a}`); // lib/old/z\n'),
        ("a{}.java", 'class A {\n  String a = "lib.old.x"; // lib.old.z\n  /* lib.old.y */\n}\n'),
        ("a{}.go", 'package a\n\n// lib.old.z\nvar x = "lib.old.x"\nvar y = `lib.old.y`\n'),
    ],
)
def test_other_languages(path: str, text: str) -> None:
    """The kinds of strings and comments are those of the language."""
    learned_from((text, text.replace("old", "neu")), path=path)


# -- names ------------------------------------------------------------------------------------------------


def test_a_renamed_name_in_all() -> None:
    """What is renamed where it is defined is renamed in `__all__`, although no example has one."""
    learned = learned_from(("class OldReader:\n    pass\n", "class NewReader:\n    pass\n"))
    text = '__all__ = ["OldReader", "x"]\nx = "OldReader"\n'
    assert applied(learned, text) == '__all__ = ["NewReader", "x"]\nx = "OldReader"\n'


def test_a_name_that_stays_beside_its_new_one() -> None:
    """Where the old name is kept for compatibility, `__all__` keeps it."""
    before = "class OldReader:\n    pass\nclass Other(OldReader):\n    pass\n"
    after = before.replace("OldReader", "NewReader") + "OldReader = NewReader\n"
    learned = learn([Example("src/a.py", before, after)])
    assert applied(learned, '__all__ = ["OldReader"]\n') == '__all__ = ["OldReader"]\n'


def test_a_mention_of_a_renamed_name() -> None:
    """A whole string that names it follows where the examples show one; prose does not."""
    before = 'class OldReader:\n    pass\nf("OldReader")\n'
    learned = learned_from((before, before.replace("OldReader", "NewReader")))
    text = 'g("OldReader", "an OldReader")\n"""An OldReader."""\n'
    assert applied(learned, text) == 'g("NewReader", "an OldReader")\n"""An OldReader."""\n'


def test_a_name_that_other_strings_keep() -> None:
    """Where the author left a mention alone, more context is asked for."""
    before = 'a = "SLOW_MODE off"\nb = "SLOW_MODE on", "a SLOW_MODE on"\n'
    learned = learned_from((before, before.replace("SLOW_MODE on", "FAST_MODE on")))
    text = 'c = "SLOW_MODE off", "SLOW_MODE"\n'
    assert applied(learned, text + 'd = "SLOW_MODE on"\n') == text + 'd = "FAST_MODE on"\n'


def test_a_file_left_alone_narrows_the_scope() -> None:
    """Files of a folder that was left alone are none of the rule's business; its words stay the same."""
    examples = [
        Example("src/a.py", 'x = "app.old_mod.A"\n', 'x = "app.new_mod.A"\n'),
        Example("docs/b.py", 'x = "app.old_mod.B"\n', 'x = "app.old_mod.B"\n'),
    ]
    learned = learn(examples)
    assert applied(learned, 'y = "app.old_mod.C"\n') == 'y = "app.new_mod.C"\n'
    assert applied(learned, 'y = "app.old_mod.C"\n', "docs/c.py") == 'y = "app.old_mod.C"\n'


# -- what is no rule ----------------------------------------------------------------------------------------


def test_a_reworded_text_is_no_rule() -> None:
    """Whole sentences are one-off edits."""
    before = 'def f():\n    """Give back the thing that was asked for by the caller of this."""\n'
    after = 'def f():\n    """Return what was wanted, or raise an error when there is none."""\n'
    assert unlearnt(before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"""The thing at a place."""\n', '"""The thing of a place."""\n'),
        ("# emitted when it is done\n", "# posted when it is done\n"),
        ('print("all is done")\n', 'print("all was done")\n'),
        ('x = ["one", "two"]\n', 'x = ["one", "it\'s"]\n'),
    ],
)
def test_words_of_prose_are_no_rule(before: str, after: str) -> None:
    """One changed word of a human language says nothing about other texts."""
    assert unlearnt(before, after)


def test_one_files_choice_of_words_is_no_rule() -> None:
    """Words of prose must be changed in more than one file."""
    assert unlearnt("# emitted a\n\nx = 1  # emitted b\n", "# posted a\n\nx = 1  # posted b\n")


def test_words_of_prose_in_several_files() -> None:
    """Where several files change a word in comments throughout, it is changed in comments."""
    pairs = [(f"# emitted {name}\n", f"# posted {name}\n") for name in ("one", "two", "three")]
    learned = learned_from(*pairs)
    assert applied(learned, 'x = "emitted"  # emitted late\n') == 'x = "emitted"  # posted late\n'


def test_what_holds_its_old_words_is_not_done_again() -> None:
    """`Spider_2` -> `app.Spider_2` is not done again."""
    before = 'x = "see Spider_2 now", "Spider_2 or so"\n'
    learned = learned_from((before, before.replace("Spider_2", "app.Spider_2")))
    text = 'y = "{}", "of {}"\n'
    assert applied(learned, text.format("Spider_2", "app.Spider_2")) == text.format(*["app.Spider_2"] * 2)


# -- prefixes and quotes --------------------------------------------------------------------------------


def test_a_prefix_goes_from_all_strings() -> None:
    """Whatever their quotes; other prefixes stay."""
    learned = learned_from(("x = u'a', u\"b\"\n", "x = 'a', \"b\"\n"))
    assert applied(learned, "y = u'''c''', b'd', ub\n") == "y = '''c''', b'd', ub\n"


def test_a_prefix_that_others_keep_is_no_rule() -> None:
    """A prefix that some strings got says nothing of those that have none."""
    before = "x = f('a'), g('b'), g('c'), g('d')\n"
    after = "x = f('a'), g(r'b'), g(r'c'), g('d')\n"
    assert applied(learn([Example("src/a.py", before, after)]), "y = h('e')\n") == "y = h('e')\n"


def test_quotes() -> None:
    """Strings whose text would need a backslash in the new quotes keep the old ones."""
    learned = learned_from(("x = 'a', f('b'), 'say \"c\"'\n", 'x = "a", f("b"), \'say "c"\'\n'))
    assert applied(learned, "y = 'd', r'e', 'f\"', '\\''\n") == "y = \"d\", r\"e\", 'f\"', '\\''\n"


# -- aligning words -----------------------------------------------------------------------------------------


def test_changes_are_told_by_words() -> None:
    """Neighbours in one path are one change; an insertion takes a neighbour along."""
    before = SyntaxTree('x = "a.old.One", "keep this", "Two"\n', "python")
    after = SyntaxTree('x = "a.new.Uno", "keep all this", "pkg.Two"\n', "python")
    texts = texts_of(0, diff_trees(before, after))
    found = [(change.head, change.old, change.new) for text in texts for change in changes_in(text)]
    assert found == [("a.", "old.One", "new.Uno"), ("", "this", "all this"), ("", "Two", "pkg.Two")]
