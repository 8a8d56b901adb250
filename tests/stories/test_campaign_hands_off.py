"""What a campaign leaves alone: closed campaigns, repositories that left, branches that are not its own."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from world import SPEC, World

from softwright.app import campaign_review as review
from softwright.app import campaigns as use
from softwright.core import InvalidInput

BRANCH = "softwright/rename"


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Two repositories with a site each."""
    return World(tmp_path, {"api": {"api.py": "x = old(1)\n"}, "web": {"web.py": "y = old(2)\n"}})


def drop(world: World, name: str) -> None:
    """Take a repository out of the fleet file."""
    fleet = world.root / "fleet.toml"
    entries = fleet.read_text().split("[[repos]]")
    fleet.write_text("[[repos]]".join(entry for entry in entries if f'name = "{name}"' not in entry))


def delivered(world: World) -> None:
    """Run, approve and deliver everything."""
    world.run()
    review.approve(world.house, "rename", globs=["*"])
    use.deliver(world.house, "rename")


def test_a_closed_campaign_is_left_alone(world):
    """After closing nothing is pushed, decided or run; each says how to open the campaign again."""
    world.run()
    review.approve(world.house, "rename", globs=["*"])
    use.close(world.house, "rename")
    for act in (
        lambda: use.deliver(world.house, "rename"),
        lambda: use.deliver(world.house, "rename", dry_run=True),
        lambda: review.approve(world.house, "rename", globs=["api"]),
        lambda: review.reject(world.house, "rename", globs=["api"], reason="no"),
        world.run,
    ):
        with pytest.raises(InvalidInput, match="was closed on") as raised:
            act()
        assert "--reopen" in raised.value.hint
    assert world.at_remote("api", f"branch --list {BRANCH}") == ""
    assert review.list_campaigns(world.house)[0].status == "closed"


def test_a_reopened_campaign_goes_on(world):
    """Reopened, approvals hold, and what was taken back with the campaign can be delivered again."""
    delivered(world)
    use.close(world.house, "rename", delete_branches=True)
    assert world.states() == {"api": "closed", "web": "closed"}
    world.run(reopening=True)
    assert review.list_campaigns(world.house)[0].status == "open"
    assert world.states() == {"api": "approved", "web": "approved"}
    assert {r.state for r in use.deliver(world.house, "rename").results} == {"created"}


def test_a_closed_campaign_is_followed_without_a_run(world):
    """Its branches may still be merged: that is seen, and nothing is run again."""
    delivered(world)
    use.close(world.house, "rename")
    world.push("api", {"api.py": "x = new(1)\n"}, "squashed")
    found = use.follow(world.house, "rename")
    assert found.run is None
    assert world.states()["api"] == "merged"
    assert review.list_campaigns(world.house)[0].status == "closed"


def test_branches_of_earlier_deliveries_stay_in_view(world):
    """When the file names another branch, the first one is shown until it is gone; closing removes both."""
    delivered(world)
    world.spec.write_text(SPEC + "deliver: {branch: 'fleet/{campaign}'}\n")
    world.run()
    assert world.states() == {"api": "approved", "web": "approved"}  # not delivered on the new branch
    view = review.view(world.house, "rename")
    assert view.repo("api").left_behind == (BRANCH,)
    assert BRANCH in review.remarks(world.house, view)["api"]
    use.deliver(world.house, "rename")
    assert world.at_remote("api", "rev-parse fleet/rename")
    world.at_remote("web", f"branch -D {BRANCH}")
    told = {found.repo: found.reason for found in use.follow(world.house, "rename").seen}
    assert "still on the remote" in told["api"]
    assert "gone from the remote" in told["web"]
    assert review.view(world.house, "rename").repo("web").left_behind == ()
    totals: list[int] = []
    gone = use.close(world.house, "rename", delete_branches=True, on_start=totals.append).branches
    assert totals == [3]
    assert {(r.repo, r.branch, r.state) for r in gone} == {
        ("api", BRANCH, "deleted"),
        ("api", "fleet/rename", "deleted"),
        ("web", "fleet/rename", "deleted"),
    }
    assert world.at_remote("api", "branch --list --format=%(refname:short)") == "main"


def test_a_narrowed_run_delivers_what_was_shown(world):
    """A repository that was not run again since the file named another branch is delivered on its own."""
    world.run()
    review.approve(world.house, "rename", globs=["*"])
    world.spec.write_text(SPEC + "deliver: {branch: 'fleet/{campaign}'}\n")
    world.run(globs=["api"])
    done = {r.repo: r.branch for r in use.deliver(world.house, "rename").results}
    assert done == {"api": "fleet/rename", "web": BRANCH}
    use.follow(world.house, "rename", globs=["web"])
    assert world.states()["web"] != "closed"


def test_a_branch_left_by_a_change_that_is_gone_is_removed(world):
    """A repository without sites any more still has the branch of its delivery: closing takes it back."""
    delivered(world)
    world.push("api", {"api.py": "x = 1\n"})
    use.follow(world.house, "rename")
    assert world.states()["api"] == "no-sites"
    assert review.view(world.house, "rename").repo("api").left_behind == (BRANCH,)
    gone = {r.repo: r.state for r in use.close(world.house, "rename", delete_branches=True).branches}
    assert gone == {"api": "deleted", "web": "deleted"}


def test_a_repository_that_left_the_fleet_is_not_touched(world):
    """Neither pushed to nor cleaned up; delivering, status and closing say so."""
    world.run()
    review.approve(world.house, "rename", globs=["*"])
    use.deliver(world.house, "rename", globs=["api"])
    drop(world, "web")
    done = use.deliver(world.house, "rename")
    assert done.results == ()
    assert done.withheld == (("web", "left the fleet"),)
    assert world.at_remote("web", f"branch --list {BRANCH}") == ""
    assert review.remarks(world.house, review.view(world.house, "rename")) == {"web": "left the fleet"}
    (world.root / "fleet.toml").write_text(f'[[repos]]\nname = "web"\nurl = "file://{world.remote("web")}"\n')
    gone = use.close(world.house, "rename", delete_branches=True).branches
    assert [(r.repo, r.state, r.reason) for r in gone] == [("api", "kept", "left the fleet")]
    assert world.at_remote("api", f"rev-parse {BRANCH}")


def test_what_the_campaign_file_excludes_is_not_pushed_to(world):
    """Excluding a repository after its approval is enough, without another run; so is another address."""
    world.run()
    review.approve(world.house, "rename", globs=["*"])
    world.spec.write_text(SPEC + "fleet: {exclude: [web]}\n")
    fleet = world.root / "fleet.toml"
    fleet.write_text(fleet.read_text().replace("api.git", "moved.git"))
    done = use.deliver(world.house, "rename")
    assert done.results == ()
    assert [name for name, _ in done.withheld] == ["api", "web"]
    assert "another address" in done.withheld[0][1]


def test_the_base_branch_is_never_delivered_on(world):
    """A repository whose own branch is the one to deliver on fails with the cure, in plan and run."""
    world.spec.write_text(SPEC + "deliver: {branch: main, approval: none}\n")
    plan = use.plan_campaign(world.house, world.spec)
    assert all("change `deliver.branch`" in repo.fault for repo in plan.repos)
    world.run()
    assert world.states() == {"api": "failed", "web": "failed"}
    assert "another name" in world.reason("api")
    assert use.deliver(world.house, "rename").results == ()


def test_two_deliveries_on_one_branch_name_count_by_their_remote(world):
    """A branch deleted on the remote by a person stays so, even when the campaign is worked out anew."""
    delivered(world)
    world.at_remote("api", f"branch -D {BRANCH}")
    use.follow(world.house, "rename")
    assert world.states()["api"] == "closed"
    world.spec.write_text(SPEC.replace("[parse]", "[parse, secrets]"))
    world.run()
    assert world.states() == {"api": "closed", "web": "delivered"}


def without_bubblewrap(world: World, tmp_path: Path) -> dict[str, str]:
    """The world's environment on a machine that has no bubblewrap."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for place in reversed(os.environ["PATH"].split(":")):
        for program in Path(place).glob("*") if Path(place).is_dir() else ():
            link = programs / program.name
            if program.name != "bwrap":
                link.unlink(missing_ok=True)
                link.symlink_to(program)
    return {**world.environment, "PATH": str(programs)}


def test_rules_and_our_own_tools_need_no_sandbox(world, tmp_path):
    """Without bubblewrap a campaign of rules is planned, run and checked; one with commands is refused."""
    environment = without_bubblewrap(world, tmp_path)

    def campaign(*args: str) -> subprocess.CompletedProcess[str]:
        command = world.command("campaign", *args)
        return subprocess.run(command, cwd=world.root, env=environment, capture_output=True, text=True)

    world.spec.write_text(SPEC.replace("[parse]", "[parse, types, lint, secrets]"))
    assert campaign("plan", "rename.yaml").returncode == 0
    ran = campaign("run", "rename.yaml", "--json")
    assert ran.returncode == 0, ran.stderr
    assert "failed" not in json.loads(ran.stdout)["counts"]
    world.spec.write_text(SPEC.replace("[parse]", "[parse, {command: 'true'}]"))
    assert campaign("plan", "rename.yaml").returncode == 0  # planning runs no checks
    refused = campaign("run", "rename.yaml")
    assert refused.returncode != 0
    assert "bubblewrap" in refused.stderr


def test_another_file_of_the_same_name_does_not_take_over(world):
    """A second file with another change is refused while the first is there; a moved file goes on."""
    world.run()
    other = world.root / "other.yaml"
    other.write_text(SPEC.replace("  - rule: old-to-new\n", "  - rule: datetime-utcnow\n"))
    with pytest.raises(InvalidInput, match="another change already"):
        use.run_campaign(world.house, other)
    moved = world.root / "moved.yaml"
    world.spec.rename(moved)
    assert use.run_campaign(world.house, moved).reused == 2


def test_a_select_that_leaves_the_fleet_is_told(world):
    """A repository that the select gives and the fleet does not know is a mistake, not silence."""
    world.spec.write_text(SPEC + "select: SELECT 'ape' AS repo\n")
    with pytest.raises(InvalidInput, match="did you mean `api`"):
        world.run()


def test_modes_and_links_are_shown(world):
    """A reviewer sees that a file was made executable, and that a link which a command made is left out."""
    line = "chmod +x *.py; echo echo > new.sh; chmod +x new.sh; ln -s /etc/passwd here"
    command = f"  - command: [sh, -c, '{line}']\n"
    world.spec.write_text(SPEC.replace("  - rule: old-to-new\n", command))
    world.run()
    view = review.view(world.house, "rename")
    api = view.repo("api")
    changed, new = api.files
    assert (changed.mode_change, new.mode_change) == ("executable", "executable")
    assert view.diff("api", changed) == "diff --git a/api.py b/api.py\nold mode 100644\nnew mode 100755\n"
    assert view.diff("api", new).startswith(
        "diff --git a/new.sh b/new.sh\nnew file mode 100755\n--- /dev/null\n"
    )
    assert any(note.startswith("here: the link that sh made is left out") for note in api.notes)
    work = world.works["api"].path
    patch = "".join(view.diff("api", file) for file in api.files).encode()
    subprocess.run(["git", "apply", "--index", "-"], cwd=work, input=patch, check=True)
    assert os.access(work / "api.py", os.X_OK)
    assert os.access(work / "new.sh", os.X_OK)


def test_two_campaigns_never_share_a_branch(world):
    """A second campaign on the branch of an open one is refused; what a closed one left stays."""
    delivered(world)
    first = world.at_remote("api", f"rev-parse {BRANCH}")
    second = world.root / "second.yaml"
    text = SPEC.replace("name: rename", "name: second").replace("Use new", "Take new")
    second.write_text(text + f"deliver: {{branch: {BRANCH}, approval: none}}\n")
    with pytest.raises(InvalidInput, match="campaign `rename` has a change on branch"):
        use.run_campaign(world.house, second)
    use.close(world.house, "rename")
    use.run_campaign(world.house, second)
    done = use.deliver(world.house, "second").results
    assert {r.state for r in done} == {"foreign"}
    assert "of campaign `rename`" in done[0].reason
    assert use.close(world.house, "second", delete_branches=True).branches == ()
    assert world.at_remote("api", f"rev-parse {BRANCH}") == first


def test_follow_sees_that_the_branch_is_another_now(world):
    """A delivered branch that somebody moved is told by following."""
    delivered(world)
    world.works["api"].git("push", "--quiet", "--force", "origin", f"main:refs/heads/{BRANCH}")
    told = {found.repo: found.reason for found in use.follow(world.house, "rename").seen}
    assert "not what was delivered" in told["api"]
    assert "web" not in told
