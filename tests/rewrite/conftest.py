"""Short ways to make a rule and to apply it."""

import textwrap
from collections.abc import Callable

import pytest

from softwright.core import apply_edits
from softwright.rewrite import FileFacts, Rewrite, Rule, parse_rule, rewrite

Apply = Callable[..., Rewrite]
MakeRule = Callable[..., Rule]


@pytest.fixture
def make_rule() -> MakeRule:
    """A rule from the text of its YAML block and more lines of front matter."""
    return _make_rule


@pytest.fixture
def apply(make_rule: MakeRule) -> Apply:
    """Apply a YAML block (or rules) to a source; checks that the edits give the content."""

    def run(yaml: str | list[Rule], source: str | bytes, *, front: str = "", **facts: object) -> Rewrite:
        rules = [make_rule(yaml, front=front)] if isinstance(yaml, str) else yaml
        raw = source.encode() if isinstance(source, str) else source
        language = rules[0].language
        about = FileFacts(**{"path": "src/a.py", "language": language, "min_python": (3, 12), **facts})  # type: ignore[arg-type]
        outcome = rewrite(rules, raw, about)
        assert apply_edits(raw, outcome.edits) == outcome.content
        if not outcome.refused:
            assert rewrite(rules, outcome.content, about).content == outcome.content
        return outcome

    return run


def _make_rule(yaml: str, *, front: str = "", name: str = "sample", language: str = "python") -> Rule:
    head = f"---\nid: {name}\nlanguage: {language}\nmessage: m\n{textwrap.dedent(front).strip()}\n---\n# T\n"
    return parse_rule(f"{head}## Rule\n```yaml\n{textwrap.dedent(yaml)}\n```\n", f"{name}.md")
