"""What a review taught goes into the campaign's rule."""

import pytest
from world import World

from softwright.app import campaign_shapes as shapes
from softwright.core import InvalidInput
from softwright.rewrite import check_samples, load_rule

RULE = """\
---
id: old-to-new
language: python
message: fetch() waits for ever
safety: review
---
# fetch with a timeout

Without one it waits for ever.

## Rule

```yaml
rule:
  all:
    - pattern: fetch($A)
    - not: {pattern: "fetch($$$, timeout=3)"}
fix: fetch($A, timeout=3)
```

## Changes

### a call

```python
reply = fetch(one)
```

```python
reply = fetch(one, timeout=3)
```

## Leaves alone

### its result

```python
reply = fetch(1, timeout=3)
```
"""
FILES = {
    "api": {"api.py": "reply = fetch(url)\n\n\ndef later(a):\n    return fetch(a)\n"},
    "one": {"one.py": "reply = fetch(url)\nprint(reply)\n"},
    "two": {"two.py": "reply = fetch(a.b)\n"},
    "web": {"web.py": "def now(b):\n    reply = fetch(b)\n    return fetch(reply)\n"},
}


@pytest.fixture
def fleet(tmp_path) -> World:
    """Four repositories with one call to be changed, two also with one that is meant as it is."""
    world = World(tmp_path, FILES)
    (tmp_path / "rules" / "old-to-new.md").write_text(RULE)
    world.run()
    return world


def reject_one(fleet: World) -> None:
    """Reject one of the calls that are meant as they are, accept all that are right, say nothing of the
    other."""
    found = shapes.review(fleet.house, "rename")
    wrong = next(e for e in found.edits if e.placed.repo == "api" and "return" in e.lines[0])
    rest = [e.id for e in found.edits if "return" not in e.lines[0]]
    shapes.decide(fleet.house, found, shapes.Order(reject=[wrong.id], accept=rest, reason="the caller waits"))


def test_a_rejection_makes_the_rule_narrower(fleet):
    """The rule learned again leaves what was rejected alone, elsewhere too; only that is another change."""
    reject_one(fleet)
    (relearned,) = shapes.relearn(fleet.house, "rename", write=True)
    assert (relearned.reason, relearned.negatives) == ("", 1)
    rule = load_rule(fleet.root / "rules" / "old-to-new.md")
    assert check_samples(rule).ok
    assert "return fetch(a)\n" in [sample.before for sample in rule.samples if sample.after is None]
    shapes.run_again(fleet.house, "rename")
    left = {(e.placed.repo, e.lines[1]) for e in shapes.review(fleet.house, "rename").edits}
    assert left == {
        ("api", "reply = fetch(url, timeout=3)"),
        ("one", "reply = fetch(url, timeout=3)"),
        ("two", "reply = fetch(a.b, timeout=3)"),
        ("web", "    reply = fetch(b, timeout=3)"),
    }
    assert set(fleet.states().values()) == {"approved"}


def test_a_correction_of_its_own_spoils_nothing(fleet):
    """What one person put in one place is no rule: the rejection is learned, and the correction stands."""
    reject_one(fleet)
    found = shapes.review(fleet.house, "rename")
    odd = next(e for e in found.edits if e.placed.repo == "two")
    shapes.decide(fleet.house, found, shapes.Order(corrections=[(odd.id, "reply = cached[a.b]")]))
    (relearned,) = shapes.relearn(fleet.house, "rename", write=True)
    assert (relearned.reason, relearned.negatives, relearned.positives, relearned.apart) == ("", 1, 0, 1)
    shapes.run_again(fleet.house, "rename")
    left = {(e.placed.repo, e.lines[1]) for e in shapes.review(fleet.house, "rename").edits}
    assert ("two", "reply = cached[a.b]") in left
    assert ("api", "    return fetch(a, timeout=3)") not in left


def test_a_dry_run_writes_nothing(fleet):
    """What would be learned is shown, and the rule's file stays."""
    reject_one(fleet)
    (relearned,) = shapes.relearn(fleet.house, "rename", write=False)
    assert relearned.text
    assert (fleet.root / "rules" / "old-to-new.md").read_text() == RULE


def test_nothing_is_learned_of_no_review(fleet):
    """Without a rejection or correction that is said, and the rule's file stays."""
    with pytest.raises(InvalidInput, match="nothing to learn"):
        shapes.relearn(fleet.house, "rename", write=True)
    assert (fleet.root / "rules" / "old-to-new.md").read_text() == RULE
