"""The escape hatch: a Python function that rewrites a file. It runs only when a user names its rule."""

import importlib
import importlib.util
from collections.abc import Callable, Iterable
from difflib import SequenceMatcher
from functools import lru_cache
from pathlib import Path
from typing import Any

from softwright.core import Edit, InvalidInput
from softwright.rewrite.result import FileFacts
from softwright.rewrite.rule import Rule
from softwright.rewrite.text_edit import TextEdit

Function = Callable[[str, FileFacts], Iterable[Edit] | str | None]
"""`rewrite(source, file)`: the new text, or edits whose spans count bytes of `source` in UTF-8, or None."""


def run_function(rule: Rule, text: str, facts: FileFacts) -> list[TextEdit]:
    """The edits that the rule's function wants; InvalidInput naming the rule when it fails."""
    function = load_function(rule.python, rule.path)
    try:
        answer = function(text, facts)
        edits = [] if answer is None else _edits(answer, text)
    except Exception as error:
        raise InvalidInput(
            f"{rule.id}: its function `{rule.python}` failed: {type(error).__name__}: {error}"
        ) from error
    return [edit._replace(origin=rule.id) for edit in edits]


@lru_cache(maxsize=64)
def load_function(name: str, rule_path: str) -> Function:
    """The function behind `module:function` or `file.py:function`, a file being beside the rule.

    Raises InvalidInput when there is none.
    """
    source, _, attribute = name.rpartition(":")
    if not source or not attribute:
        raise InvalidInput(
            f"`python: {name}` names no function",
            hint="write `package.module:function` or `./file.py:function`",
        )
    try:
        module = (
            _from_file(Path(rule_path).parent / source)
            if source.endswith(".py")
            else importlib.import_module(source)
        )
    except Exception as error:
        raise InvalidInput(
            f"`{source}` cannot be loaded: {type(error).__name__}: {error}", where=rule_path
        ) from error
    function: Any = getattr(module, attribute, None)
    if not callable(function):
        raise InvalidInput(f"`{source}` has no function `{attribute}`", where=rule_path)
    loaded: Function = function
    return loaded


def _from_file(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(f"softwright_rule_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise InvalidInput(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _edits(answer: Iterable[Edit] | str, text: str) -> list[TextEdit]:
    if isinstance(answer, str):
        before, after = text.splitlines(keepends=True), answer.splitlines(keepends=True)
        starts = [0]
        for line in before:
            starts.append(starts[-1] + len(line))
        codes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
        return [
            TextEdit(starts[a], starts[b], "".join(after[c:d])) for tag, a, b, c, d in codes if tag != "equal"
        ]
    source = text.encode()
    return [
        TextEdit(
            len(source[: edit.span.start].decode()), len(source[: edit.span.end].decode()), edit.new.decode()
        )
        for edit in answer
    ]
