"""Accepted edits of a costly step become rules, which do the other repositories."""

import pytest
from world import World

from softwright.app import campaign_shapes as shapes
from softwright.campaigns.shapes.compile import rules_of
from softwright.campaigns.shapes.cost import campaign_cost
from softwright.rewrite import FileFacts, rewrite

SPEC = """\
name: rename
description: Fetch with a timeout
change:
  - python: ./slow.py:change
shapes: {after: 4}
check: [parse]
"""
SLOW = '''\
from pathlib import Path


def change(path, source):
    """What costs: each call leaves a mark."""
    with (Path(__file__).parent / "calls").open("a") as calls:
        calls.write(path + "\\n")
    for name in (b"url", b"link"):
        source = source.replace(b"fetch(%s)" % name, b"fetch(%s, timeout=10)" % name)
    return source
'''


def files(name: str) -> dict[str, str]:
    """The files of one repository: two sites."""
    return {
        f"{name}.py": f"def {name}(url, link):\n    fetch(url)\n    return fetch(link)\n",
        "other.py": "x = 1\n",
    }


@pytest.fixture
def fleet(tmp_path) -> World:
    """Six repositories, of which three are the first to be done."""
    world = World(tmp_path, {name: files(name) for name in ("a1", "a2", "a3", "b1", "b2", "b3")}, spec=SPEC)
    (tmp_path / "slow.py").write_text(SLOW)
    return world


def review(world: World) -> shapes.Review:
    """The campaign by shapes."""
    return shapes.review(world.house, "rename")


def test_the_rest_of_the_fleet_is_done_by_the_shape(fleet):
    """After the pilot is accepted, the costly function is not called for files the shape's rule changed."""
    fleet.run(globs=["a*"])
    found = review(fleet)
    shapes.decide(fleet.house, found, shapes.Order(accept=[found.shapes[0].key]))
    fleet.run()
    after = review(fleet)
    assert {len(shape.edits) for shape in after.shapes} == {12}
    (rule,) = fleet.house.ledger.shape_rules.of("rename")
    assert (rule.edits, rule.held_back, rule.reason) == (4, 2, "")
    works = [w for w in fleet.house.ledger.work.of("rename") if w.repo.startswith("b")]
    saved = {w.repo: w.sites for w in works if w.kind == "shape"}
    assert saved == {"b1": 2, "b2": 2, "b3": 2}
    assert {w.sites for w in works if w.kind == "python"} == {0}
    assert {repo: s for repo, s in fleet.states().items() if repo.startswith("a")} == {
        "a1": "approved",
        "a2": "approved",
        "a3": "approved",
    }


def test_a_command_is_not_begun_where_the_shape_did_all(fleet):
    """Where the rule finds what to do and makes all that was accepted, the command is left out."""
    line = r"echo >> /dev/null; sed -i 's/fetch(\\([a-z]*\\))/fetch(\\1, timeout=10)/' *.py"
    fleet.spec.write_text(SPEC.replace("python: ./slow.py:change", f'command: [sh, -c, "{line}"]'))
    fleet.run(globs=["a*"])
    found = review(fleet)
    shapes.decide(fleet.house, found, shapes.Order(accept=[found.shapes[0].key]))
    fleet.run()
    assert {len(shape.edits) for shape in review(fleet).shapes} == {12}
    works = [w for w in fleet.house.ledger.work.of("rename") if w.repo.startswith("b")]
    assert [(w.kind, w.sites, w.skipped) for w in works] == [("shape", 2, 0), ("command", 0, 1)] * 3
    (saved,) = campaign_cost(fleet.house, review(fleet)).saved
    assert (saved.step, saved.sites, saved.skipped) == ("sh", 6, 3)
    assert saved.saved_s > 0


def test_no_rule_changes_what_was_rejected(fleet):
    """What people said no to is a negative for every rule that is made."""
    fleet.run(globs=["a*"])
    found = review(fleet)
    wrong = next(e for e in found.edits if "link" in e.lines[0])
    shape = found.shapes[0].key
    shapes.decide(
        fleet.house, found, shapes.Order(accept=[shape], reject=[wrong.id], reason="links are quick")
    )
    fleet.run()
    source = files(wrong.placed.repo)[wrong.placed.path].encode()
    for made in fleet.house.ledger.shape_rules.of("rename"):
        rules = [rule for rule, _ in rules_of(made)]
        content = rewrite(rules, source, FileFacts(wrong.placed.path, "python")).content
        assert b"fetch(link)" in content


def test_too_few_accepted_edits_make_no_rule(fleet):
    """Below the number that the file names, every repository is done by the step itself."""
    fleet.run(globs=["a1"])
    shapes.decide(fleet.house, review(fleet), shapes.Order(accept=[e.id for e in review(fleet).edits]))
    fleet.run()
    assert fleet.house.ledger.shape_rules.of("rename") == []


def test_the_cost_is_told_by_proposer(fleet):
    """Sites are counted for those who did them, and those saved are named by their shape."""
    fleet.run(globs=["a*"])
    found = review(fleet)
    shapes.decide(fleet.house, found, shapes.Order(accept=[found.shapes[0].key]))
    fleet.run()
    cost = campaign_cost(fleet.house, review(fleet))
    assert {row.kind: row.sites for row in cost.rows} == {"python": 6, "shape": 6}
    assert [(saved.step, saved.sites, saved.repos) for saved in cost.saved] == [("./slow.py:change", 6, 3)]
    assert cost.curve[-1].sites == 12
    assert cost.curve[-1].shapes == 1
    assert cost.curve[-1].costly == 6
