"""Random rules over real files, to be hidden and learned again from a few files that they changed.

What a rule is about (a function, a keyword, an import…) is drawn from what the files hold, so that every rule
has sites; what it does is one of the kinds of changes people make. Everything follows from a seed.
"""

import ast
import random
import re
import sysconfig
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import yaml

from softwright.facts.flags import is_test
from softwright.rewrite import FileFacts, Rule, all_rules, may_match, parse_rule, rewrite
from softwright.rewrite.learning import Example

Key = tuple[str, ...]
"""What a rule is about: dotted names, as they stand in the files."""

NEWEST = (3, 99)
SHIPPED = "shipped"
"""Class of the rules that come with the product."""

_NEW = ("convey", "gather_rows", "Ledger", "brew", "ResolvedItem", "tally_up", "muster", "ShelfMark")
_PLAIN = re.compile(r"[A-Za-z_][\w.]*")


@dataclass(frozen=True)
class File:
    """A real file, by its path below the folder it comes from."""

    path: str
    text: str


@dataclass(frozen=True)
class Hidden:
    """A rule with the files that it changes and files that it leaves alone, those that tempt it first."""

    kind: str
    rule: Rule
    changed: tuple[Example, ...]
    left_alone: tuple[Example, ...]

    @property
    def name(self) -> str:
        """Class and rule."""
        return f"{self.kind}: {self.rule.id}"


def real_files(count: int, largest: int, seed: int) -> list[File]:
    """A sample of the installed packages' Python files that parse, at most `largest` bytes each."""
    folder = Path(sysconfig.get_paths()["purelib"])
    paths = sorted(path for path in folder.rglob("*.py") if 400 < path.stat().st_size < largest)
    random.Random(seed).shuffle(paths)
    found: list[File] = []
    for path in paths:
        text = path.read_bytes().decode("utf-8", "replace")
        if len(found) == count:
            break
        if "\ufffd" not in text and "\r" not in text and _module(text) is not None:
            found.append(File(path.relative_to(folder).as_posix(), text))
    return found


def hidden_rules(
    files: Sequence[File], each: int, seed: int, *, least: int = 4, most: int = 12, kinds: Sequence[str] = ()
) -> list[Hidden]:
    """At most `each` rules of every class (of all or of `kinds`) that change `least` files or more.

    Of the files that a rule changes, and of those that it leaves alone, at most `most` are kept.
    """
    keys = _mined(files)
    found: list[Hidden] = []
    for kind in kinds or KINDS:
        chance = random.Random(f"{seed} {kind}")
        made = (_hidden(kind, rule, files, chance, least, most) for rule in _drawn(kind, keys, chance, least))
        kept = (hidden for hidden in made if hidden is not None)
        found += kept if kind == SHIPPED else islice(kept, each)
    return found


def _drawn(
    kind: str, keys: Mapping[str, Mapping[Key, int]], chance: random.Random, least: int
) -> Iterator[Rule]:
    """Rules of a class in the order in which they are tried."""
    if kind == SHIPPED:
        yield from (rule for rule in all_rules([]) if rule.language == "python" and rule.steps)
        return
    known = sorted(key for key, count in keys[_SOURCES[kind]].items() if count >= least)
    chance.shuffle(known)
    for key in known:
        yield _rule(kind, key, chance)


def outcome(rules: Sequence[Rule], path: str, text: str) -> str | None:
    """The text after the rules, None when the file is refused."""
    facts = FileFacts(path, "python", NEWEST, is_test(path))
    done = rewrite(rules, text.encode("utf-8", "surrogatepass"), facts)
    return None if done.refused else done.content.decode("utf-8", "surrogatepass")


def _hidden(
    kind: str, rule: Rule, files: Sequence[File], chance: random.Random, least: int, most: int
) -> Hidden | None:
    """The rule with files, None when it changes too few: only files that it handles well count."""
    changed: list[Example] = []
    tempting: list[Example] = []
    other: list[Example] = []
    for file in chance.sample(files, len(files)):
        if not may_match([rule], file.text.encode()):
            other.append(Example(file.path, file.text, file.text))
            continue
        after = outcome([rule], file.path, file.text)
        if after == file.text:
            tempting.append(Example(file.path, file.text, file.text))
        elif after is not None and _module(after) is not None and outcome([rule], file.path, after) == after:
            changed.append(Example(file.path, file.text, after))
        if len(changed) == most:
            break
    if len(changed) < least:
        return None
    return Hidden(kind, rule, tuple(changed), (*tempting[: most // 2], *other[: most // 2])[:most])


# -- what the files hold ------------------------------------------------------------------------------------


def _module(text: str) -> ast.Module | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError, RecursionError):
            return None


def _mined(files: Sequence[File]) -> dict[str, dict[Key, int]]:
    """What rules can be about, by the kind of place, with the number of files that have it."""
    found: dict[str, dict[Key, int]] = defaultdict(lambda: defaultdict(int))
    for file in files:
        module = _module(file.text)
        mine = {pair for node in ast.walk(module) for pair in _places(node)} if module else set()
        for source, key in mine:
            found[source][key] += 1
    return found


def _places(node: ast.AST) -> Iterator[tuple[str, Key]]:
    if isinstance(node, ast.Call):
        yield from _calls(node)
    elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
        if dotted := _dotted(node):
            yield "attribute", (dotted,)
    elif isinstance(node, ast.ClassDef | ast.FunctionDef):
        if len(node.name) > 3 and not node.name.startswith("__"):
            yield "defined", (node.name,)
        yield from (("decorator", (name,)) for name in map(_dotted, node.decorator_list) if name)
    elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.cause is None:
        if (name := _dotted(node.exc.func)) and not node.exc.keywords:
            yield "raised", (name,)
    elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        if (name := _dotted(node.value)) and not isinstance(node.slice, ast.Slice | ast.Tuple):
            yield "subscript", (name,)
    elif isinstance(node, ast.ImportFrom) and not node.level and node.module not in ("__future__", None):
        yield from (("imported", (str(node.module), name.name)) for name in node.names if name.name != "*")


def _calls(node: ast.Call) -> Iterator[tuple[str, Key]]:
    name = _dotted(node.func)
    is_plain = not node.keywords and not any(isinstance(arg, ast.Starred) for arg in node.args)
    if isinstance(node.func, ast.Attribute) and is_plain:
        yield "method", (node.func.attr,)
    if not name or name in ("super", "print"):
        return
    yield "called", (name,)
    if is_plain and len(node.args) == 2:
        yield "called with two", (name,)
    if is_plain and len(node.args) == 1 and not isinstance(node.args[0], ast.GeneratorExp):
        yield "called with one", (name,)
    yield from (("keyword", (name, each.arg)) for each in node.keywords if each.arg)


def _dotted(node: ast.AST) -> str:
    text = ast.unparse(node) if isinstance(node, ast.Name | ast.Attribute) else ""
    return text if _PLAIN.fullmatch(text) else ""


# -- the kinds of rules -------------------------------------------------------------------------------------

Given = dict[str, Any]
_Make = Callable[[Key, str], Given]


def _identifier(name: str) -> Given:
    return {"kind": "identifier", "regex": f"^{name}$"}


def _renamed(key: Key, new: str) -> Given:
    """A name, also where `__all__` says it."""
    around = {"kind": "assignment", "has": {"field": "left", "regex": "^__all__$"}}
    said = {"kind": "string_content", "regex": f"^{key[0]}$", "inside": {**around, "stopBy": "end"}}
    return {"steps": [{"rule": _identifier(key[0]), "fix": new}, {"rule": said, "fix": new}]}


def _called(name: str) -> Given:
    return {"kind": "call", "has": {"field": "function", "regex": f"^{re.escape(name)}$"}}


def _keyword(key: Key) -> Given:
    """A keyword argument of one function."""
    around = {"kind": "argument_list", "inside": _called(key[0])}
    return {"kind": "keyword_argument", "has": {"field": "name", "regex": f"^{key[1]}$"}, "inside": around}


def _wrapped(key: Key, new: str) -> Given:
    inside = {"kind": "argument_list", "inside": _called(new)}
    return {
        "rule": {"pattern": f"{key[0]}($$$A)", "not": {"inside": inside}},
        "fix": f"{new}({key[0]}($$$A))",
    }


def _longer(key: Key, new: str) -> Given:
    has = {"kind": "keyword_argument", "has": {"field": "name", "regex": f"^{new.lower()}$"}}
    rule = {"pattern": f"{key[0]}($$$A)", "not": {"has": {"field": "arguments", "has": has}}}
    return {"rule": rule, "fix": f"{key[0]}($$$A, {new.lower()}=True)"}


def _united(key: Key, new: str) -> Given:
    """A subscript with one index, as an expression and, where the grammar knows it as that, as a type."""
    forms: list[Given] = [{"pattern": f"{key[0]}[$A]"}]
    if "." not in key[0]:
        forms.append({"pattern": {"context": f"x: {key[0]}[$A]", "selector": "generic_type"}})
    return {"rule": {"any": forms}, "fix": "$A | None"}


_MAKERS: dict[str, tuple[str, _Make]] = {
    "rename": ("defined", _renamed),
    "call renamed and swapped": (
        "called with two",
        lambda key, new: {"rule": {"pattern": f"{key[0]}($A, $B)"}, "fix": f"{new}($B, $A)"},
    ),
    "keyword dropped": ("keyword", lambda key, new: {"rule": _keyword(key), "fix": ""}),
    "keyword renamed": (
        "keyword",
        lambda key, new: {
            "rule": {**_identifier(key[1]), "inside": {**_keyword(key), "field": "name"}},
            "fix": new.lower(),
        },
    ),
    "call wrapped": ("called", _wrapped),
    "call unwrapped": (
        "called with one",
        lambda key, new: {
            "rule": {"pattern": f"{key[0]}($A)"},
            "constraints": {
                "A": {
                    "not": {
                        "any": [
                            {"kind": kind}
                            for kind in (
                                "list_splat",
                                "dictionary_splat",
                                "keyword_argument",
                                "generator_expression",
                            )
                        ]
                    }
                }
            },
            "fix": "$A",
        },
    ),
    "argument added": ("called", _longer),
    "method to function": (
        "method",
        lambda key, new: {"rule": {"pattern": f"$A.{key[0]}($$$B)"}, "fix": f"{new}($A, $$$B)"},
    ),
    "argument dropped": (
        "called with two",
        lambda key, new: {"rule": {"pattern": f"{key[0]}($A, $B)"}, "fix": f"{key[0]}($A)"},
    ),
    "attribute chain": (
        "attribute",
        lambda key, new: {
            "rule": {"pattern": key[0], "kind": "attribute"},
            "fix": f"{new.lower()}.{key[0].rpartition('.')[2]}_of",
        },
    ),
    "decorator deleted": (
        "decorator",
        lambda key, new: {
            "rule": {"kind": "decorator", "has": {"regex": f"^{re.escape(key[0])}$"}},
            "fix": "",
        },
    ),
    "statement to statement": (
        "raised",
        lambda key, new: {"rule": {"pattern": f"raise {key[0]}($$$A)"}, "fix": f"return {new}($$$A)"},
    ),
    "subscript to operator": ("subscript", _united),
}
_SOURCES = {kind: source for kind, (source, _) in _MAKERS.items()} | {"import moved": "imported"}
KINDS = (*_SOURCES, SHIPPED)
"""The classes of hidden rules."""


def _rule(kind: str, key: Key, chance: random.Random) -> Rule:
    new = chance.choice(_NEW)
    about = "-".join(re.sub(r"[^a-z0-9]+", "-", part.lower()).strip("-") for part in key).strip("-") or "x"
    if kind == "import moved":
        front = f'imports: {{replace: {{"{".".join(key)}": "moved.{new.lower()}.{key[1]}"}}}}'
        return _parsed(about, front, "")
    given = _MAKERS[kind][1](key, new)
    return _parsed(about, "", f"## Rule\n```yaml\n{yaml.safe_dump(given, sort_keys=False)}\n```\n")


def _parsed(name: str, front: str, block: str) -> Rule:
    head = f"---\nid: {name}\nlanguage: python\nmessage: hidden\n{front}\n---\n# Hidden\n"
    return parse_rule(head + block, name)
