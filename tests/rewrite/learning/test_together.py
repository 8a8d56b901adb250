"""What rules do together: none may spoil what the others make."""

from tests.rewrite.learning.conftest import Relearned

from softwright.rewrite import FileFacts, rewrite
from softwright.rewrite.learning import Example, learn


def test_a_name_that_another_one_takes_over(relearned: Relearned) -> None:
    """`Limit` becomes `RequestLimit`, `LimitConfig` becomes `Limit`: the second goes no further."""
    uses = "def f(limit: LimitConfig = None) -> LimitConfig:\n    return LimitConfig(limit)\n"
    errors = "class Limit(Fault):\n    a = 1\n\n\nclass Read(Limit):\n    b = 1\n\n\n"
    errors += "class Sent(Limit):\n    c = 1\n"
    relearned(
        [
            ("src/errors.py", errors, errors.replace("Limit", "RequestLimit")),
            ("src/a.py", uses, uses.replace("LimitConfig", "Limit")),
            ("src/b.py", uses, uses.replace("LimitConfig", "Limit")),
        ],
        "src/c.py",
        "x = LimitConfig(5)\n",
        "x = Limit(5)\n",
    )


def test_statements_of_the_old_python(relearned: Relearned) -> None:
    """A bare `print` becomes a call; that of a `print` which was made a call is not called again."""
    before = 'print "a"\nprint\nprint b\nprint\nprint "c" % d\n'
    after = 'print("a")\nprint()\nprint(b)\nprint()\nprint("c" % d)\n'
    relearned(
        [("src/a.py", before, after)],
        "src/b.py",
        "def f():\n    print x\n    print\n",
        "def f():\n    print(x)\n    print()\n",
    )


def test_a_parameter_of_methods_of_one_name(relearned: Relearned) -> None:
    """However many other functions there are: those of this name get it."""
    others = "".join(f"\n    def other_{at}(self):\n        pass\n" for at in range(40))
    before = f"class W:\n    def render(self):\n        return 1\n{others}"
    after = before.replace("render(self)", "render(self, style)")
    relearned(
        [("src/a.py", before, after), ("src/b.py", before.replace("W", "V"), after.replace("W", "V"))],
        "src/c.py",
        "class U:\n    def render(self, x):\n        pass\n\n    def help(self):\n        pass\n",
        "class U:\n    def render(self, x, style):\n        pass\n\n    def help(self):\n        pass\n",
    )


def test_an_example_that_takes_no_part_costs_no_rule() -> None:
    """Where the new name is taken, a file is left as it was; the rule stays for all others."""
    before = "from tools import to_native\n\nx = to_native(a)\ny = to_native(b)\n"
    after = "from tools import to_text\n\nx = to_text(a)\ny = to_text(b)\n"
    taken = "from tools import to_native\n\n\ndef f(to_text):\n    return to_native(to_text)\n"
    own = "from tools import to_text\n\n\ndef f(given):\n    return to_text(given)\n"
    shown = [Example("a.py", before, after), Example("b.py", before, after), Example("c.py", taken, own)]
    rules = [each.rule for each in learn(shown).rules]
    made = rewrite(rules, before.encode(), FileFacts("d.py", "python", (3, 13)))
    assert made.content.decode() == after
