"""The text of a new rule file: complete, and its samples hold."""

import re
from typing import NamedTuple

from softwright.core import LANGUAGES, InvalidInput, nearest


class _Example(NamedTuple):
    pattern: str
    fix: str
    before: str
    after: str
    alone: str


_CALL = _Example(
    "oldName($$$ARGS)", "newName($$$ARGS)", "oldName(1, x);\n", "newName(1, x);\n", "other.oldName(1);\n"
)
_EXAMPLES = {
    "python": _Example(
        "old_name($$$ARGS)",
        "new_name($$$ARGS)",
        "old_name(1, x)\n",
        "new_name(1, x)\n",
        "other.old_name(1)\n",
    ),
    "javascript": _CALL,
    "typescript": _CALL,
    "tsx": _CALL,
    "go": _Example(
        "oldName($$$ARGS)",
        "newName($$$ARGS)",
        "package a\n\nvar x = oldName(1, y)\n",
        "package a\n\nvar x = newName(1, y)\n",
        "package a\n\nvar x = other.oldName(1)\n",
    ),
    "java": _Example(
        "oldName($$$ARGS)",
        "newName($$$ARGS)",
        "class A { int x = oldName(1, y); }\n",
        "class A { int x = newName(1, y); }\n",
        "class A { int x = other.oldName(1); }\n",
    ),
    "rust": _Example(
        "old_name($$$ARGS)",
        "new_name($$$ARGS)",
        "fn a() { old_name(1, x); }\n",
        "fn a() { new_name(1, x); }\n",
        "fn a() { other.old_name(1); }\n",
    ),
}

_TEXT = """---
id: {id}
language: {language}
message: Say in one line what is wrong here and what to use instead.
safety: review
---
# {title}

Say why the change is wanted, what it cannot see, and what makes the fix safe or not.

## Rule
```yaml
rule: {{pattern: {pattern}}}
fix: {fix}
```

## Changes

### a call
```{language}
{before}```
```{language}
{after}```

## Leaves alone

### a method of the same name
```{language}
{alone}```
"""


def draft_rule(name: str, language: str) -> str:
    """The text of a rule file for `name`.

    Raises InvalidInput when the name is not kebab-case or the language unknown.
    """
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise InvalidInput(f"the name `{name}` is not kebab-case", hint="use a-z, 0-9 and single dashes")
    if language not in _EXAMPLES:
        raise InvalidInput(f"unknown language `{language}`; {nearest(language, LANGUAGES)}")
    title = name.replace("-", " ").capitalize()
    return _TEXT.format(id=name, language=language, title=title, **_EXAMPLES[language]._asdict())
