"""Change requests of a campaign: opened once, followed, spoken at."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.stories.forge_world import WANTED, ForgeWorld

from softwright.app import House
from softwright.app import campaign_review as review
from softwright.app import campaigns as use
from softwright.testing import FakeForge
from softwright.testing.forge_server import Fault

REPOS = {"api": {"api.py": "x = old(1)\n"}, "core": {"core.py": "y = old(2)\n"}}


@pytest.fixture
def forge(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeForge]:
    """The forge, and its token in the environment."""
    with FakeForge() as forge:
        monkeypatch.setenv("FORGE_TOKEN", forge.token)
        yield forge


@pytest.fixture
def world(tmp_path: Path, forge: FakeForge) -> ForgeWorld:
    """Two repositories at a forge that speaks as GitHub does."""
    return ForgeWorld(tmp_path, forge, REPOS)


def shown(world: ForgeWorld, name: str) -> review.RepoView:
    """What is seen of a repository."""
    return review.view(world.house, "rename").repo(name)


def comments(world: ForgeWorld, name: str) -> list[str]:
    """What was said at a repository's change requests."""
    return [
        each.body for request in world.at_forge(name).requests for each in request.comments if not each.system
    ]


def begin(world: ForgeWorld) -> None:
    """Run and delivered."""
    world.run()
    assert not [result.request_fault for result in world.deliver().results if result.request_fault]


def push_again(world: ForgeWorld) -> str:
    """The main branch of one repository moves so that the change is another; gives the new commit."""
    world.push("api", {"api.py": "x = old(1)\nz = old(3)\n"})
    use.follow(world.house, "rename")
    world.deliver()
    return shown(world, "api").commit


@pytest.mark.parametrize("kind", ["github", "gitlab", "gitea"])
def test_a_delivery_opens_change_requests(tmp_path, forge, kind):
    """Each pushed branch gets one, as the file says; delivering again opens none."""
    world = ForgeWorld(tmp_path, forge, REPOS, kind=kind)
    world.run()
    done = world.deliver()
    assert [r.request_fault for r in done.results] == ["", ""]
    request = world.request("api")
    assert (request.head, request.base) == ("softwright/rename", "main")
    assert request.title == "Use new instead of old in api"
    assert request.body.startswith("1 place in 1 file, for main.")
    assert request.labels == ["mechanical"]
    assert shown(world, "api").request.url == done.results[0].request
    assert shown(world, "api").request.state == "open"
    assert world.deliver().results == ()
    assert len(world.at_forge("api").requests) == 1


def test_a_dry_run_says_what_would_be_opened(world, forge):
    """Titles are shown; the forge is not asked anything."""
    world.run()
    planned = world.deliver(dry_run=True).results
    assert planned[0].request == "would open: Use new instead of old in api"
    assert forge.asked == []
    assert world.at_remote("api", "rev-parse --verify --quiet softwright/rename") == ""


def test_a_branch_pushed_again_is_spoken_of_once(world):
    """The change request follows the branch: its text is brought up to date, and a comment says so, once."""
    begin(world)
    commit = push_again(world)
    assert world.request("api").body.startswith("2 place in 1 file")
    (said,) = comments(world, "api")
    assert commit[:12] in said
    world.deliver()
    assert len(comments(world, "api")) == 1
    assert comments(world, "core") == []


def test_what_could_not_be_said_is_said_by_the_next_delivery(world, forge):
    """A refused comment is told of, and tried again."""
    begin(world)
    forge.wrong(Fault(path="comments", status=403))
    push_again(world)
    assert comments(world, "api") == []
    (result,) = world.deliver().results
    assert (result.state, result.request_fault) == ("already", "")
    assert len(comments(world, "api")) == 1
    assert world.deliver().results == ()


def test_what_a_person_wrote_stays(world):
    """A title or text that somebody changed at the forge is not written over."""
    begin(world)
    request = world.request("api")
    request.body = request.body.replace("1 place", "By hand: 1 place")
    push_again(world)
    assert world.request("api").body.startswith("By hand: 1 place in 1 file")
    assert len(comments(world, "api")) == 1


def test_a_request_that_a_person_closed_stays_closed(world):
    """It is seen by follow, and neither the branch nor another request comes after it."""
    begin(world)
    world.at_forge("api").end(1, "closed")
    (seen,) = use.follow(world.house, "rename").seen
    assert (seen.repo, seen.state) == ("api", "closed")
    assert "closed without being merged" in seen.reason
    world.run()
    assert world.states() == {"api": "closed", "core": "delivered"}
    assert world.deliver().results == ()
    push_again(world)
    assert [request.state for request in world.at_forge("api").requests] == ["closed"]


def test_a_merge_at_the_forge_is_seen(world):
    """Even where git cannot tell, as when the forge's merge changed the content."""
    begin(world)
    world.at_forge("api").end(1, "merged")
    (seen,) = use.follow(world.house, "rename").seen
    assert (seen.repo, seen.state) == ("api", "merged")
    assert shown(world, "api").request.state == "merged"


@pytest.mark.parametrize("kind", ["github", "gitlab", "gitea"])
def test_after_a_merge_the_next_change_gets_a_request_of_its_own(tmp_path, forge, kind):
    """What comes up later on the same branch is another change request, of which nothing is said."""
    world = ForgeWorld(tmp_path, forge, REPOS, kind=kind)
    begin(world)
    world.at_forge("api").end(1, "merged")
    use.follow(world.house, "rename")
    world.spec.write_text(world.spec.read_text().replace("Use new", "Always use new"))
    begin(world)
    assert [request.state for request in world.at_forge("api").requests] == ["merged", "open"]
    assert comments(world, "api") == []


def test_what_ci_says_is_told_when_it_changes(world):
    """`follow` asks for it; `status` shows what was seen last."""
    begin(world)
    assert use.follow(world.house, "rename").seen == ()
    world.at_forge("api").ci[shown(world, "api").commit] = "failed"
    (seen,) = use.follow(world.house, "rename").seen
    assert (seen.repo, seen.state) == ("api", "delivered")
    assert "continuous integration: failed" in seen.reason
    assert shown(world, "api").request.ci == "failed"
    assert use.follow(world.house, "rename").seen == ()


def test_a_host_that_asks_to_wait_is_not_asked_on(world, forge):
    """`follow` asks it once, says so of every repository there, and changes nothing."""
    begin(world)
    forge.wrong(Fault(method="GET", status=429, headers={"Retry-After": "60"}, times=9))
    before = len(forge.asked)
    seen = use.follow(world.house, "rename").seen
    assert [each.repo for each in seen] == ["api", "core"]
    assert all("asks to wait for 60 s" in each.reason for each in seen)
    assert len(forge.asked) - before <= 2
    assert world.states() == {"api": "delivered", "core": "delivered"}


def test_a_lost_answer_opens_nothing_twice(world, forge):
    """The forge acts and its answer never comes: the next try finds what is there."""
    forge.wrong(Fault(path="/pulls", times=2))
    forge.wrong(Fault(path="/labels", status=502, times=1))
    begin(world)
    assert [len(world.at_forge(name).requests) for name in REPOS] == [1, 1]
    assert world.request("api").labels == world.request("core").labels == ["mechanical"]


def test_a_rate_limit_is_waited_for(world, forge):
    """Retry-After: nothing is asked of the host before; then it goes on."""
    forge.wrong(Fault(path="/pulls", status=429, headers={"Retry-After": "1"}))
    begin(world)
    assert len(world.at_forge("api").requests) == len(world.at_forge("core").requests) == 1


def test_a_forge_that_is_down_is_waited_for(world, forge):
    """An outage longer than a few attempts: the same delivery opens the change requests when it is over."""
    forge.wrong(Fault(path="/pulls", status=503, times=8))
    begin(world)
    assert len(world.at_forge("api").requests) == len(world.at_forge("core").requests) == 1
    assert forge.count("POST", "/pulls") == 10


def test_a_forge_that_stays_down_is_given_up(world, forge):
    """As long as the settings say; the branches stand, and delivering again opens what is missing."""
    world.house = House(world.house.settings.model_copy(update={"outage_s": 0.0}))
    forge.wrong(Fault(path="/pulls", status=503, times=100))
    world.run()
    results = world.deliver().results
    assert all("503" in result.request_fault for result in results)
    assert world.at_forge("api").requests == []


def test_without_a_token_the_branches_stand_and_the_rest_is_told(world, monkeypatch):
    """What is missing is named; once it is there, delivering again opens the change requests."""
    token = world.forge.token
    monkeypatch.delenv("FORGE_TOKEN")
    world.run()
    results = world.deliver().results
    assert all("FORGE_TOKEN is not set" in result.request_fault for result in results)
    assert all(result.arrived for result in results)
    assert "FORGE_TOKEN" in shown(world, "api").request.fault
    monkeypatch.setenv("FORGE_TOKEN", token)
    assert [result.state for result in world.deliver().results] == ["already", "already"]
    assert len(world.at_forge("api").requests) == 1
    assert shown(world, "api").request.fault == ""


def test_a_token_is_nowhere(world, monkeypatch, capfd):
    """A refused token appears in no record, no message and no file of the home."""
    monkeypatch.setenv("FORGE_TOKEN", "hidden-word-4711")
    world.run()
    results = world.deliver().results
    assert all("401" in result.request_fault for result in results)
    world.house.ledger.close()
    said = capfd.readouterr()
    assert "hidden-word-4711" not in str(results) + said.out + said.err
    for file in (world.root / "home").rglob("*"):
        assert not file.is_file() or b"hidden-word-4711" not in file.read_bytes()


def test_closing_says_why_at_what_is_not_merged(world):
    """A comment with the reason at each open request, once however often the campaign is closed."""
    begin(world)
    world.at_forge("core").end(1, "merged")
    use.follow(world.house, "rename")
    closing = use.close(world.house, "rename", reason="It was done by hand.", delete_branches=True)
    (said,) = closing.said
    assert (said.kind, said.fault) == ("comment", "")
    (comment,) = comments(world, "api")
    assert comment.startswith("Campaign `rename` has ended. It was done by hand.")
    assert comments(world, "core") == []
    assert use.close(world.house, "rename").said == ()
    assert len(comments(world, "api")) == 1


def test_a_campaign_opened_again_asks_anew(world):
    """After closing, taking back and opening again, what is delivered gets a new change request."""
    begin(world)
    use.close(world.house, "rename", delete_branches=True)
    world.at_forge("api").end(1, "closed")  # as forges do when the branch goes
    world.at_forge("core").end(1, "closed")
    world.run(reopening=True)
    world.deliver()
    assert [request.state for request in world.at_forge("api").requests] == ["closed", "open"]


def test_a_repository_at_no_forge_is_told_of(tmp_path, forge):
    """A folder as remote has no change requests: the branch is delivered, and the rest is told."""
    world = ForgeWorld(tmp_path, forge, REPOS)
    plain = (
        (world.root / "fleet.toml").read_text().replace(f"{forge.web}/team/", f"file://{world.root}/remotes/")
    )
    (world.root / "fleet.toml").write_text(plain)
    world.sync()
    world.run()
    assert all("at no forge" in result.request_fault for result in world.deliver().results)


def test_the_command_line_shows_requests(world):
    """`deliver` prints addresses, `status` and `show` too, and trouble ends with an exit code."""
    world.run()

    def said(*args: str, code: int = 0) -> str:
        done = subprocess.run(
            world.command("campaign", *args),
            env=world.environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == code, done.stderr + done.stdout
        return done.stdout + done.stderr

    assert "would open: Use new" in " ".join(said("deliver", "rename", "--dry-run").split())
    world.forge.wrong(Fault(path="team/core/pulls", status=403, times=9))
    told = said("deliver", "rename", code=4)
    assert "1 change request could not be seen to" in told
    listed = {row["name"]: row["request"] for row in json.loads(said("status", "rename", "--json"))["repos"]}
    assert listed["api"]["url"].endswith("/team/api/pull/1")
    assert "403" in listed["core"]["fault"]
    assert "/team/api/pull/1 open" in " ".join(said("show", "rename", "api").split())


def test_nothing_is_said_where_the_file_wants_nothing_said(tmp_path, forge):
    """Empty texts are not comments."""
    quiet = f"{WANTED}  comment: {{pushed: '', closed: ''}}\n"
    world = ForgeWorld(tmp_path, forge, REPOS, deliver=quiet)
    begin(world)
    push_again(world)
    assert use.close(world.house, "rename").said == ()
    assert comments(world, "api") == []
