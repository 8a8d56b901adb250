"""Reviewing a campaign by shapes, on real repositories and remotes."""

import pytest
from tests.crash.scene import wait_until
from world import SPEC, World

from softwright.app import campaign_review as review
from softwright.app import campaign_shapes as shapes
from softwright.app import campaigns as use
from softwright.campaigns.runs.station import Station
from softwright.campaigns.shapes.review import Standing
from softwright.core import InvalidInput

FILES = {
    "api": {"api.py": "x = old(1)\ny = old(2)\n", "README": "hello\n"},
    "pay/core": {"src/core.py": "def f():\r\n    return old(\r\n        1)\r\n"},
    "web": {"web.py": "def g(v):\n    return old(v) + old(v)\n"},
    "docs": {"index.md": "old(1)\n"},
}


@pytest.fixture
def fleet(tmp_path) -> World:
    """Three repositories with five sites of one shape, and one without."""
    return World(tmp_path, FILES)


def seen(world: World) -> shapes.Review:
    """The campaign by shapes."""
    return shapes.review(world.house, "rename")


def decide(world: World, **order: object) -> shapes.EditsDecided:
    """Decide about what is there now."""
    return shapes.decide(world.house, seen(world), shapes.Order(**order))


def again(world: World, *repos: str) -> shapes.ProposedAgain:
    """Propose again."""
    return shapes.again(world.house, seen(world), repos)


def test_one_shape_is_read_for_many_edits(fleet):
    """Equal edits of several repositories are one shape, with samples from each."""
    fleet.run()
    found = seen(fleet)
    assert [(s.form.before, s.form.after, len(s.edits)) for s in found.shapes] == [
        ("old($$$A)", "new($$$A)", 5)
    ]
    assert found.exceptions == ()
    assert {e.placed.repo for e in found.shapes[0].samples} == {"api", "pay/core", "web"}


def test_accepting_the_shape_approves_the_repositories(fleet):
    """When every edit of a repository is accepted it is approved, and can be delivered."""
    fleet.run()
    decided = decide(fleet, accept=[seen(fleet).shapes[0].key])
    assert decided.accepted == 5
    assert decided.approved == ("api", "pay/core", "web")
    assert {r.repo for r in use.deliver(fleet.house, "rename").results} == {"api", "pay/core", "web"}


def test_accept_except_leaves_a_site_open(fleet):
    """What is excepted is not decided about, and its repository waits."""
    fleet.run()
    site = next(e for e in seen(fleet).edits if e.placed.repo == "api")
    decided = decide(fleet, accept=[site.placed.edit.shape], but=[site.id])
    assert decided.approved == ("pay/core", "web")
    assert [e.id for e in seen(fleet).edits if e.standing is Standing.OPEN] == [site.id]


def test_a_rejected_site_is_left_out_and_stays_so(fleet):
    """The repository is proposed again without the rejected edit, whatever runs come after."""
    fleet.run()
    site = next(e for e in seen(fleet).edits if e.placed.edit.now == "new" and e.placed.edit.line == 2)
    assert site.placed.repo == "api"
    decided = decide(fleet, reject=[site.id], accept=[site.placed.edit.shape], reason="old(2) is meant")
    assert decided.anew == ("api",)
    done = again(fleet, *decided.anew)
    assert done.approved == ("api",)
    assert {r.repo: r.added for r in use.plan_campaign(fleet.house, fleet.spec).repos}["api"] == 1
    use.deliver(fleet.house, "rename")
    assert fleet.file_at("api", "softwright/rename", "api.py") == "x = new(1)\ny = old(2)"

    fleet.push("api", {"api.py": "# a comment\nx = old(1)\ny = old(2)\n"})
    use.follow(fleet.house, "rename")
    assert fleet.states()["api"] == "approved"
    use.deliver(fleet.house, "rename")
    assert fleet.file_at("api", "softwright/rename", "api.py") == "# a comment\nx = new(1)\ny = old(2)"


def test_only_the_difference_is_asked_again(fleet):
    """Edits that were accepted stay accepted when a new one joins them."""
    fleet.run()
    decide(fleet, accept=[seen(fleet).shapes[0].key])
    fleet.push("api", {"api.py": "x = old(1)\ny = old(2)\nz = old(3)\n"})
    fleet.sync()
    fleet.run()
    assert fleet.states()["api"] == "prepared"
    waiting = [e for e in seen(fleet).edits if e.standing is Standing.OPEN]
    assert [e.placed.edit.line for e in waiting] == [3]
    assert decide(fleet, accept=[waiting[0].id]).approved == ("api",)


def test_a_correction_is_what_stands_there(fleet):
    """A corrected edit gets the text a person gave, and is not asked about again."""
    fleet.run()
    site = next(e for e in seen(fleet).edits if e.placed.repo == "api")
    decided = decide(fleet, corrections=[(site.id, "x = newer(1)\n")], accept=[site.placed.edit.shape])
    assert decided.corrected == 1
    assert again(fleet, *decided.anew).approved == ("api",)
    use.deliver(fleet.house, "rename")
    assert fleet.file_at("api", "softwright/rename", "api.py") == "x = newer(1)\ny = new(2)"


def test_what_changed_since_it_was_shown_is_not_accepted(fleet):
    """A key with the name of the edits that were shown accepts these and no others."""
    fleet.run()
    shape = seen(fleet).shapes[0]
    fleet.push("api", {"api.py": "x = old(1)\ny = old(2)\nz = old(3)\n"})
    fleet.sync()
    fleet.run()
    with pytest.raises(InvalidInput, match="any more"):
        decide(fleet, accept=[f"{shape.key}@{shape.shown}"])


def test_what_was_rejected_can_be_brought_back(fleet):
    """A decision that is taken back puts the edit into the change again, to be decided about."""
    fleet.run()
    site = next(e for e in seen(fleet).edits if e.placed.repo == "api")
    decided = decide(fleet, reject=[site.id], accept=[site.placed.edit.shape], reason="no")
    again(fleet, *decided.anew)
    assert [d.edit for d in seen(fleet).left_out] == [site.id]
    back = decide(fleet, undo=[site.id[:6]])
    assert (back.undone, back.anew) == (1, ("api",))
    again(fleet, *back.anew)
    assert [e.id for e in seen(fleet).edits if e.standing is Standing.OPEN] == [site.id]


def test_what_was_approved_is_not_delivered_with_a_rejected_edit(fleet):
    """Rejecting an edit takes the approval back at once, also where nothing is proposed again yet."""
    fleet.run()
    review.approve(fleet.house, "rename", globs=["*"])
    site = next(e for e in seen(fleet).edits if e.placed.repo == "api")
    decide(fleet, reject=[site.id], reason="no")
    assert {r.repo for r in use.deliver(fleet.house, "rename").results} == {"pay/core", "web"}
    fleet.run()
    assert fleet.states()["api"] == "approved"
    use.deliver(fleet.house, "rename")
    assert fleet.file_at("api", "softwright/rename", "api.py") == "x = old(1)\ny = new(2)"


def test_without_approval_too_rejected_edits_are_not_delivered(fleet):
    """With `approval: none` the repository is held until its change was proposed again."""
    fleet.spec.write_text(fleet.spec.read_text() + "deliver: {approval: none}\n")
    fleet.run()
    site = next(e for e in seen(fleet).edits if e.placed.repo == "api")
    decide(fleet, reject=[site.id], reason="no")
    assert {r.repo for r in use.deliver(fleet.house, "rename").results} == {"pay/core", "web"}
    again(fleet, "api")
    assert [r.repo for r in use.deliver(fleet.house, "rename").results] == ["api"]


def test_taking_an_acceptance_back_opens_the_repository(fleet):
    """The edit is open again, the others stay accepted."""
    fleet.run()
    decide(fleet, accept=[seen(fleet).shapes[0].key])
    site = next(e for e in seen(fleet).edits if e.placed.repo == "api")
    assert decide(fleet, undo=[site.id]).anew == ()
    assert fleet.states()["api"] == "prepared"
    assert [e.id for e in seen(fleet).edits if e.standing is Standing.OPEN] == [site.id]
    assert decide(fleet, accept=[site.id]).approved == ("api",)


def test_accepting_the_shape_lets_workers_push(tmp_path):
    """With `automatic: true` what is accepted by shape is pushed like what is approved by repository."""
    world = World(tmp_path, FILES, spec=f"{SPEC}deliver: {{automatic: true}}\n")
    world.run()
    decide(world, accept=[seen(world).shapes[0].key])
    with Station(world.fresh_house(), size=1):
        wait_until(lambda: world.states()["api"] == "delivered")
    assert world.file_at("api", "softwright/rename", "api.py") == "x = new(1)\ny = new(2)"


def test_a_rejection_by_shape_needs_a_reason(fleet):
    """Nothing is recorded without one."""
    fleet.run()
    with pytest.raises(InvalidInput, match="reason"):
        decide(fleet, reject=[seen(fleet).shapes[0].key])
    assert {e.standing for e in seen(fleet).edits} == {Standing.OPEN}


def test_rejecting_the_whole_shape_leaves_nothing(fleet):
    """Where every edit was rejected there is nothing left to deliver."""
    fleet.run()
    decided = decide(fleet, reject=[seen(fleet).shapes[0].key], reason="not now")
    again(fleet, *decided.anew)
    assert {s for n, s in fleet.states().items() if n in ("api", "web", "pay/core")} == {"no-sites"}


def test_approvals_by_repository_and_by_shape_agree(fleet):
    """Edits of an approved repository are accepted; accepting the rest approves the others."""
    fleet.run()
    review.approve(fleet.house, "rename", globs=["web"])
    shape = seen(fleet).shapes[0]
    assert shape.standings == {"open": 3, "accepted": 2, "rejected": 0}
    assert decide(fleet, accept=[shape.key]).approved == ("api", "pay/core")


def test_rejections_and_corrections_are_kept_as_examples(fleet):
    """Rejected and corrected files are in the record, before and as they are wanted."""
    fleet.run()
    first, second = (e for e in seen(fleet).edits if e.placed.repo == "api")
    decide(fleet, reject=[second.id], corrections=[(first.id, "x = newer(1)")], reason="no")
    (example,) = fleet.house.ledger.examples.of("rename")
    assert (example.repo, example.path, example.kind) == ("api", "api.py", "positive")
    assert example.before == "x = old(1)\ny = old(2)\n"
    assert example.after == "x = newer(1)\ny = old(2)\n"
