"""The published schema and the shipped rules agree."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from softwright.rewrite import SHIPPED
from softwright.rewrite.markdown import sections, split_front_matter
from softwright.rewrite.rule_file import FRONT_KEYS, STEP_KEYS
from softwright.rewrite.rule_schema import rule_schema

_PUBLISHED = Path(__file__).parents[2] / "docs" / "schema" / "rule.schema.json"


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.md")), ids=lambda path: path.stem)
def test_shipped_rules_fit_the_schema(path: Path) -> None:
    """Front matter and rule block of every rule in the library are valid."""
    schema = rule_schema()
    front, _, body, line = split_front_matter(path.read_text())
    jsonschema.validate(yaml.safe_load(front), schema)
    blocks = [block for part in sections(body, line) if part.title == "Rule" for block in part.blocks]
    block_schema = {**schema["$defs"]["ruleBlock"], "$defs": schema["$defs"]}
    for block in blocks:
        jsonschema.validate(yaml.safe_load(block.text), block_schema)


def test_the_schema_knows_every_key() -> None:
    """The keys that the reader takes are the keys of the schema."""
    schema = rule_schema()
    assert set(schema["properties"]) == set(FRONT_KEYS)
    assert set(schema["$defs"]["step"]["properties"]) == set(STEP_KEYS)


def test_the_published_schema_is_current() -> None:
    """`make fix` writes it."""
    assert json.loads(_PUBLISHED.read_text()) == rule_schema()
