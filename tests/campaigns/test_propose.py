"""What a change makes of a repository's files, and what it says of those it leaves alone."""

from softwright.campaigns.change import Change, RuleGroup
from softwright.campaigns.draft import Draft
from softwright.campaigns.propose import Proposal, propose
from softwright.core import Entry
from softwright.rewrite import parse_rule

RULE = """\
---
id: new-name
language: python
message: m
min-python: "3.10"
---
# New name
## Rule
```yaml
rule: {pattern: old_name()}
fix: new_name()
```
## Changes
### a call
```python
old_name()
```
```python
new_name()
```
## Leaves alone
### a name
```python
old_name
```
"""


def proposed(files: dict[str, bytes]) -> Proposal:
    """The proposal of a rule for Python 3.10 over the files."""
    change = Change((RuleGroup((parse_rule(RULE, "new-name.md"),)),), "digest")
    draft = Draft(
        [Entry(path, path, "100644", 1) for path in files], lambda blobs: ((b, files[b]) for b in blobs)
    )
    return propose(change, draft, run_command=lambda step, draft: None)


def test_a_rule_for_a_newer_python_says_why_it_changes_nothing():
    """The project's own floor is named, once for all files."""
    files = {f"{name}.py": b"old_name()\n" for name in "abc"}
    files["setup.cfg"] = b"[options]\npython_requires = >=3.8\n"
    found = proposed(files)
    assert not found.draft.patch()
    assert found.notes == ["rule new-name needs Python 3.10, this project declares 3.8"]


def test_a_project_that_declares_nothing_is_named_as_such():
    """It is taken to run on 3.6, which is too old for this rule."""
    found = proposed({"a.py": b"old_name()\n"})
    assert list(found.passed_over.values()) == ["rule new-name needs Python 3.10, this project declares none"]


def test_nothing_is_said_where_the_rule_could_not_match():
    """A repository without the name has no sites, and that is all there is to say."""
    assert not proposed({"a.py": b"another_name()\n"}).passed_over


def test_a_newer_project_is_changed():
    """The floor is high enough."""
    found = proposed({"a.py": b"old_name()\n", "pyproject.toml": b'[project]\nrequires-python = ">=3.11"\n'})
    assert found.sites == 1
    assert not found.passed_over
