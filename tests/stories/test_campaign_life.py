"""The life of a campaign, on real repositories and remotes."""

import pytest
from world import SPEC

from softwright.app import campaign_review as review
from softwright.app import campaigns as use
from softwright.core import InvalidInput, OutsideFault


def test_from_plan_to_merge(world):
    """Plan writes nothing, run prepares, approve binds, deliver pushes once, follow sees the merge."""
    plan = use.plan_campaign(world.house, world.spec)
    assert plan.sites >= 2
    assert review.list_campaigns(world.house) == ()
    assert world.at_remote("api", "branch --list softwright/rename") == ""

    world.run()
    assert world.states()["api"] == "prepared"
    assert world.states()["docs"] == "no-sites"

    assert use.deliver(world.house, "rename").results == ()  # nothing is approved yet
    review.approve(world.house, "rename", globs=["api", "pay/*"])
    done = use.deliver(world.house, "rename")
    assert {r.repo: r.state for r in done.results} == {"api": "created", "pay/core": "created"}
    assert world.file_at("api", "softwright/rename", "api.py") == "x = new(1)\ny = 2"
    assert use.deliver(world.house, "rename").results == ()

    api = world.works["api"]
    api.git("fetch", "--quiet", "origin")
    api.git("merge", "--quiet", "--no-ff", "--message=merged", "origin/softwright/rename")
    api.git("push", "--quiet", "origin", "main")
    use.follow(world.house, "rename")
    assert world.states()["api"] == "merged"
    assert world.states()["pay/core"] == "delivered"
    world.run()
    assert world.states()["api"] == "merged"


def test_bytes_outside_the_edit_are_kept(world):
    """CRLF line ends of the changed file arrive on the remote as they were."""
    world.run()
    review.approve(world.house, "rename", globs=["pay/core"])
    use.deliver(world.house, "rename")
    view = review.view(world.house, "rename")
    file = view.repo("pay/core").files[0]
    assert view.content("pay/core", file).new == b"def f():\r\n    return new(\r\n        1)\r\n"


def test_running_again_does_nothing(world):
    """A second run reuses every outcome, and the commits stay the same."""
    world.run()
    before = [(r.name, r.state, r.commit) for r in review.view(world.house, "rename").repos]
    report = world.run()
    assert report.reused == report.total == 4
    assert [(r.name, r.state, r.commit) for r in review.view(world.house, "rename").repos] == before


def test_another_home_makes_the_same_commits_when_dated(world, tmp_path):
    """With a date in the file, commits are the same wherever and whenever they are made."""
    world.spec.write_text(world.spec.read_text() + "deliver: {date: 2026-05-01T12:00:00Z}\n")
    world.run()
    first = review.view(world.house, "rename").repo("api").commit
    (world.root / "home").rename(tmp_path / "old-home")
    world.house = world.fresh_house()
    world.sync()
    world.run()
    assert review.view(world.house, "rename").repo("api").commit == first


def test_a_squash_merge_counts_as_merged(world):
    """A commit with the same change, made by somebody else, ends the matter."""
    world.run()
    review.approve(world.house, "rename", globs=["api"])
    use.deliver(world.house, "rename")
    world.push("api", {"api.py": "x = new(1)\ny = 2\n", "other.txt": "more\n"}, "squashed")
    use.follow(world.house, "rename")
    assert world.states()["api"] == "merged"


def test_a_deleted_branch_closes_the_repository(world):
    """A delivered branch that is deleted unmerged stays closed: it is not pushed again."""
    world.run()
    review.approve(world.house, "rename", globs=["api"])
    use.deliver(world.house, "rename")
    world.at_remote("api", "branch -D softwright/rename")
    use.follow(world.house, "rename")
    assert world.states()["api"] == "closed"
    world.run()
    assert use.deliver(world.house, "rename").results == ()
    assert world.at_remote("api", "branch --list softwright/rename") == ""


def test_foreign_commits_stop_the_repository(world):
    """A branch that somebody else has pushed to is left alone, and their commits are shown."""
    world.works["api"].git("push", "--quiet", "origin", "main:refs/heads/softwright/rename")
    work = world.works["api"]
    work.git("switch", "--quiet", "--create", "theirs")
    theirs = work.commit({"note": "mine"}, "their work")
    work.git("push", "--quiet", "origin", "theirs:refs/heads/softwright/rename")
    world.run()
    review.approve(world.house, "rename", globs=["api", "pay/core"])
    done = {r.repo: r for r in use.deliver(world.house, "rename").results}
    assert done["pay/core"].state == "created"
    assert done["api"].state == "foreign"
    assert "their work" in done["api"].foreign[0]
    assert world.at_remote("api", "rev-parse softwright/rename") == theirs
    assert world.states()["api"] == "approved"
    assert "not delivered" in world.reason("api")


def test_an_update_replaces_our_own_branch(world):
    """When the edits change after delivery, they are asked about again and then replace our branch."""
    world.run()
    review.approve(world.house, "rename", globs=["api"])
    use.deliver(world.house, "rename")
    world.push("api", {"api.py": "x = old(1)\ny = 2\nz = old(3)\n"})
    use.follow(world.house, "rename")
    assert world.states()["api"] == "prepared"
    review.approve(world.house, "rename", globs=["api"])
    assert use.deliver(world.house, "rename").results[0].state == "updated"
    assert world.file_at("api", "softwright/rename", "api.py") == "x = new(1)\ny = 2\nz = new(3)"


def test_main_moves_elsewhere_and_the_change_stays(world):
    """A commit that touches none of the matched files leaves commit, approval and delivery as they are."""
    world.run()
    review.approve(world.house, "rename", globs=["api"])
    use.deliver(world.house, "rename")
    before = review.view(world.house, "rename").repo("api").commit
    world.push("api", {"README": "hello again\n", "new.py": "nothing = 1\n"})
    found = use.follow(world.house, "rename")
    assert found.run.reused == found.run.total
    assert review.view(world.house, "rename").repo("api").commit == before
    assert world.states()["api"] == "delivered"


def test_a_new_site_elsewhere_asks_again(world):
    """A new file with a site is found when the branch has moved."""
    world.run()
    world.push("api", {"more.py": "z = old(2)\n"})
    use.follow(world.house, "rename")
    assert review.view(world.house, "rename").repo("api").sites == 2


def test_an_approval_is_bound_to_the_edits(world):
    """Edits that change after the approval are not covered by it; unchanged ones are, after any run."""
    world.run()
    review.approve(world.house, "rename", globs=["api", "pay/core"])
    world.push("api", {"api.py": "x = old(1)\ny = 3\n"})
    world.sync()
    world.run()
    assert world.states()["api"] == "prepared"
    assert world.states()["pay/core"] == "approved"
    assert [r.repo for r in use.deliver(world.house, "rename").results] == ["pay/core"]
    approval = review.view(world.house, "rename").repo("api").approval
    assert approval is not None
    assert not approval.current


def test_an_approval_holds_again_when_the_edits_are_back(world):
    """A branch that moves away and back again brings back the approved edits with their approval."""
    world.run()
    review.approve(world.house, "rename", globs=["api"])
    for content, state in (("x = 1\n", "no-sites"), ("x = old(1)\ny = 2\n", "approved")):
        world.push("api", {"api.py": content})
        world.sync()
        world.run()
        assert world.states()["api"] == state


def test_no_approval_is_needed_when_the_file_says_so(world):
    """With `approval: none` what passed its checks is delivered at once."""
    world.spec.write_text(world.spec.read_text() + "deliver: {approval: none}\n")
    world.run()
    assert {r.repo for r in use.deliver(world.house, "rename").results} >= {"api", "pay/core"}


def test_a_rejection_needs_a_reason_and_holds(world):
    """Rejected edits are not delivered and not prepared anew as long as they are the same."""
    world.run()
    with pytest.raises(InvalidInput, match="reason"):
        review.reject(world.house, "rename", globs=["api"], reason=" ")
    review.reject(world.house, "rename", globs=["api"], reason="old is meant")
    world.run()
    assert world.states()["api"] == "rejected"
    assert world.reason("api") == "old is meant"


def test_close_takes_back_only_our_branches(world):
    """Closing with --delete-branches removes branches of ours, and leaves those others worked on."""
    world.run()
    review.approve(world.house, "rename", globs=["api", "pay/core"])
    use.deliver(world.house, "rename")
    work = world.works["api"]
    work.git("fetch", "--quiet", "origin")
    work.git("switch", "--quiet", "--create", "help", "origin/softwright/rename")
    work.commit({"fix": "x"}, "a helping hand")
    work.git("push", "--quiet", "origin", "help:softwright/rename")
    gone = {r.repo: r.state for r in use.close(world.house, "rename", delete_branches=True).branches}
    assert gone == {"api": "foreign", "pay/core": "deleted"}
    assert review.list_campaigns(world.house)[0].status == "closed"
    assert world.at_remote("api", "log -1 --format=%s softwright/rename") == "a helping hand"


def test_a_crash_between_push_and_record_is_recovered(world):
    """A push that arrived but was not recorded is found on the remote, not repeated."""
    world.run()
    review.approve(world.house, "rename", globs=["api"])
    commit = review.view(world.house, "rename").repo("api").commit
    mirror = world.house.mirrors.path("api")
    world.works["api"].git("fetch", "--quiet", str(mirror), commit)
    world.works["api"].git("push", "--quiet", "origin", f"{commit}:refs/heads/softwright/rename")
    done = use.deliver(world.house, "rename").results
    assert [r.state for r in done] == ["already"]
    assert world.states()["api"] == "delivered"


def test_two_runs_at_once_are_refused(world):
    """The second process is told which one works on the campaign."""
    from softwright.campaigns.locks import campaign_lock

    code = (
        "import sys, time; from pathlib import Path\n"
        "from softwright.campaigns.locks import campaign_lock\n"
        "with campaign_lock(Path(sys.argv[1]), 'rename'):\n"
        "    print('held', flush=True); time.sleep(60)\n"
    )
    import subprocess
    import sys

    with subprocess.Popen(
        [sys.executable, "-c", code, str(world.house.folder("locks"))], stdout=subprocess.PIPE
    ) as other:
        other.stdout.readline()
        with pytest.raises(OutsideFault, match=f"process {other.pid}"):
            world.run()
        other.kill()
        other.wait()
    world.run()
    with campaign_lock(world.house.folder("locks"), "rename"):
        pass


def test_a_campaign_may_select_by_sql(world):
    """Only files that the select gives are changed, and of them only the spans it gives."""
    world.push("api", {"b.py": "x = old(1)\n"})
    world.sync()
    select = "select: SELECT repo, path FROM files WHERE path LIKE 'b%'\n"
    world.spec.write_text(world.spec.read_text() + select)
    world.run()
    assert [f.path for f in review.view(world.house, "rename").repo("api").files] == ["b.py"]
    assert world.states()["pay/core"] == "no-sites"


def test_a_merged_repository_stays_merged_when_the_select_no_longer_finds_it(world):
    """The sites are gone because the change is in: that is success, not a repository without sites."""
    select = "select: SELECT repo, path FROM calls WHERE name = 'old'\n"
    world.spec.write_text(world.spec.read_text() + select)
    world.run()
    review.approve(world.house, "rename", globs=["api"])
    use.deliver(world.house, "rename")
    api = world.works["api"]
    api.git("fetch", "--quiet", "origin")
    api.git("merge", "--quiet", "--no-ff", "--message=merged", "origin/softwright/rename")
    api.git("push", "--quiet", "origin", "main")
    use.follow(world.house, "rename")
    assert world.states()["api"] == "merged"
    world.run()
    assert world.states()["api"] == "merged"


def test_a_campaign_may_select_spans(world):
    """A select with spans changes only the sites inside of them."""
    world.push("api", {"api.py": "x = old(1)\ny = old(2)\n"})
    world.sync()
    select = "select: SELECT repo, path, start_byte, end_byte FROM calls WHERE name = 'old' AND line = 2\n"
    world.spec.write_text(world.spec.read_text() + select)
    world.run()
    view = review.view(world.house, "rename")
    assert view.content("api", view.repo("api").files[0]).new == b"x = old(1)\ny = new(2)\n"


def test_a_select_without_repo_is_explained(world):
    """A select that does not say which repository is the user's to mend."""
    world.spec.write_text(world.spec.read_text() + "select: SELECT path FROM files\n")
    with pytest.raises(InvalidInput, match="no column `repo`"):
        world.run()


def test_other_words_ask_for_another_approval(world):
    """When only the message or the author changed since, deliver pushes nothing and says why."""
    world.run()
    review.approve(world.house, "rename", globs=["api", "pay/*"])
    for words in ("message: other words", "author: Eve <eve@example.org>"):
        world.spec.write_text(f"{SPEC}deliver: {{{words}}}\n")
        world.run()
        assert world.states()["api"] == "prepared"
        done = use.deliver(world.house, "rename")
        assert done.results == ()
        assert [name for name, _ in done.withheld] == ["api", "pay/core"]
        assert all("message or authorship changed since" in why for _, why in done.withheld)
    review.approve(world.house, "rename", globs=["api"])
    done = use.deliver(world.house, "rename")
    assert [(r.repo, r.state) for r in done.results] == [("api", "created")]


def test_other_edits_ask_for_another_approval(world):
    """When the edits changed since, deliver says that they are others than were approved."""
    world.run()
    review.approve(world.house, "rename", globs=["api"])
    world.push("api", {"api.py": "x = old(1)\nz = old(3)\n"})
    world.sync()
    world.run()
    (name, why), *_ = use.deliver(world.house, "rename").withheld
    assert name == "api"
    assert "other edits than were approved" in why


def test_a_run_tells_of_itself_before_anything_is_done(world):
    """The first progress has the total, with nothing done yet."""
    told = []
    world.run(on_progress=told.append)
    assert (told[0].done, told[0].total) == (0, 4)
    assert told[-1].done == 4
