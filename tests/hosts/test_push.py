"""Pushing once, and never over other people's work: real remotes, real hooks, a real race."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from softwright.core import InvalidInput, OutsideFault, Patch, Repo, Write
from softwright.hosts import (
    CommitSpec,
    Identity,
    Mirrors,
    PushResult,
    PushState,
    delete_branch,
    push_branch,
    remote_tip,
    write_commit,
)
from softwright.testing import GitRepo

BRANCH = "softwright/utc"
ME = Identity("Test", "test@example.org")


class Scene:
    """A bare remote, its mirror, and commits of ours to push."""

    def __init__(self, tmp_path: Path, mirrors: Mirrors) -> None:
        self.origin = GitRepo(tmp_path / "origin", {"a.py": "a\n"})
        self.remote = self.origin.bare(tmp_path / "remote.git")
        repo = Repo("r", str(self.remote))
        mirrors.sync(repo)
        self.mirror = mirrors.path("r")
        self.snapshot = mirrors.snapshot(repo)

    def ours(self, content: str) -> str:
        """A commit of ours on the branch, in the mirror."""
        patch = Patch({"a.py": Write(content.encode())})
        when = datetime(2026, 1, 1, tzinfo=UTC)
        return write_commit(
            self.mirror, CommitSpec(self.snapshot, patch, f"refs/heads/{BRANCH}", "ours", ME, ME, when)
        )

    def push(self, commit: str, *ours: str, url: str = "") -> PushResult:
        """Push it; `ours` are the commits we know to be ours."""
        return push_branch(
            self.mirror, url or str(self.remote), branch=BRANCH, commit=commit, ours=frozenset(ours)
        )

    def tip(self) -> str:
        """What the remote has."""
        return remote_tip(str(self.remote), BRANCH)

    def hook(self, name: str, text: str) -> None:
        """Give the remote a hook."""
        hook = self.remote / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\n{text}\n")
        hook.chmod(0o755)

    def foreign(self, base: str, message: str = "a fix by hand") -> str:
        """Somebody else pushes a commit onto the branch."""
        self.origin.git("fetch", "-q", str(self.remote), base)
        self.origin.git("checkout", "-q", "--detach", "FETCH_HEAD")
        self.origin.commit({"other.py": message}, message)
        self.origin.git("push", "-q", str(self.remote), f"HEAD:refs/heads/{BRANCH}")
        return self.origin.head


@pytest.fixture
def scene(tmp_path: Path, mirrors: Mirrors) -> Scene:
    """A fresh scene."""
    return Scene(tmp_path, mirrors)


def test_created_then_already(scene: Scene) -> None:
    """The first push makes the branch; the second finds it as it should be and does nothing."""
    one = scene.ours("1")
    assert scene.push(one) == PushResult(PushState.CREATED, one)
    assert scene.push(one) == PushResult(PushState.ALREADY, one)
    assert scene.tip() == one


def test_our_earlier_commit_is_replaced(scene: Scene) -> None:
    """A branch that holds an earlier commit of ours moves to the new one, though it is no descendant."""
    one, two = scene.ours("1"), scene.ours("2")
    scene.push(one)
    assert scene.push(two, one) == PushResult(PushState.UPDATED, two)
    assert scene.tip() == two


def test_foreign_commits_stop_the_push_and_are_named(scene: Scene) -> None:
    """Commits of other people on our branch are listed with author and subject, and stay."""
    one, two = scene.ours("1"), scene.ours("2")
    scene.push(one)
    theirs = scene.foreign(BRANCH)
    result = scene.push(two, one)
    assert result.state is PushState.FOREIGN
    assert result.remote == theirs == scene.tip()
    assert result.foreign == (f"{theirs} Test: a fix by hand",)
    assert "not ours" in result.reason
    assert scene.origin.git("ls-remote", str(scene.mirror), "refs/softwright/foreign/*") == ""


def test_a_branch_that_was_never_ours(scene: Scene) -> None:
    """A branch of our name that somebody else made is not touched."""
    theirs = scene.foreign("main")
    assert scene.push(scene.ours("1")).state is PushState.FOREIGN
    assert scene.tip() == theirs


def racing_ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, action: str) -> str:
    """An ssh that runs git here, and does `action` between our look and our push."""
    script = tmp_path / "ssh"
    script.write_text(
        "#!/bin/sh\nfor last; do :; done\n"
        f'case "$last" in *receive-pack*) {action} ;; esac\nexec sh -c "$last"\n'
    )
    script.chmod(0o755)
    monkeypatch.setenv("GIT_SSH_COMMAND", str(script))
    monkeypatch.setenv("GIT_SSH_VARIANT", "simple")
    return f"ssh://host{tmp_path}/remote.git"


def test_race_is_lost_without_harm(scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When somebody pushes between our look and our push, theirs stays and is reported."""
    one, two = scene.ours("1"), scene.ours("2")
    scene.push(one)
    theirs = scene.foreign(BRANCH)
    scene.origin.git("push", "-q", "--force", str(scene.remote), f"{theirs}:refs/heads/kept")
    move = f"git --git-dir={scene.remote} update-ref refs/heads/{BRANCH}"
    scene.origin.git("--git-dir", str(scene.remote), "update-ref", f"refs/heads/{BRANCH}", one)
    url = racing_ssh(tmp_path, monkeypatch, f"{move} {theirs}")
    result = scene.push(two, one, url=url)
    assert (result.state, result.remote) == (PushState.FOREIGN, theirs)
    assert scene.tip() == theirs


def test_race_between_two_of_us(scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When another run of ours pushed the same commit meanwhile, all is well; an endless race ends."""
    one, two = scene.ours("1"), scene.ours("2")
    scene.origin.git(
        "--git-dir", str(scene.remote), "fetch", "-q", str(scene.mirror), f"{two}:refs/heads/kept"
    )
    move = f"git --git-dir={scene.remote} update-ref refs/heads/{BRANCH}"
    url = racing_ssh(tmp_path, monkeypatch, f"{move} {two}")
    assert scene.push(two, url=url) == PushResult(PushState.ALREADY, two)
    scene.push(one, two)
    held = move.replace("update-ref", "rev-parse")
    flip = f"if [ $({held}) = {one} ]; then {move} {two}; else {move} {one}; fi"
    url = racing_ssh(tmp_path, monkeypatch, flip)
    result = scene.push(scene.ours("3"), one, two, url=url)
    assert (result.state, "moved" in result.reason) == (PushState.REFUSED, True)


def test_refusal_carries_the_remotes_words(scene: Scene) -> None:
    """A hook that says no gives `refused` with its message."""
    scene.hook("pre-receive", "echo 'needs a ticket number' >&2; exit 1")
    result = scene.push(scene.ours("1"))
    assert result.state is PushState.REFUSED
    assert "needs a ticket number" in result.reason
    assert "pre-receive hook declined" in result.reason
    assert scene.tip() == ""


def test_our_own_hooks_do_not_run(scene: Scene, tmp_path: Path) -> None:
    """A pre-push hook in the mirror or a template is never run."""
    hook = scene.mirror / "hooks" / "pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\nexit 1\n")
    hook.chmod(0o755)
    assert scene.push(scene.ours("1")).state is PushState.CREATED
    assert not (tmp_path / "ran").exists()


def test_a_cut_connection_is_no_second_push(scene: Scene) -> None:
    """When the remote took the push but its answer was lost, the next run finds it done."""
    scene.hook("reference-transaction", 'if [ "$1" = committed ]; then kill -9 $PPID; fi')
    one = scene.ours("1")
    assert scene.push(one).state is PushState.UNREACHABLE
    (scene.remote / "hooks" / "reference-transaction").unlink()
    assert scene.push(one) == PushResult(PushState.ALREADY, one)


def test_a_commit_the_mirror_lacks(scene: Scene) -> None:
    """A commit that is not there is our own fault and said so, not blamed on the remote."""
    with pytest.raises(OutsideFault, match="not in the mirror"):
        scene.push("3" * 40)


def test_unreachable_remote(scene: Scene) -> None:
    """A remote that cannot be read gives `unreachable`, with no password in the reason."""
    result = scene.push(scene.ours("1"), url="https://bob:secret@127.0.0.1:1/x.git")
    assert result.state is PushState.UNREACHABLE
    assert result.reason
    assert "secret" not in result.reason


def test_delete_follows_the_same_rule(scene: Scene) -> None:
    """Our branch is removed once; a branch with work of others stays."""
    one = scene.ours("1")
    scene.push(one)
    url = str(scene.remote)

    def delete(*ours: str) -> PushState:
        return delete_branch(scene.mirror, url, branch=BRANCH, ours=frozenset(ours)).state

    assert delete("0" * 40) is PushState.FOREIGN
    assert delete(one) is PushState.DELETED
    assert delete(one) is PushState.ALREADY
    theirs = scene.foreign("main")
    assert delete(one) is PushState.FOREIGN
    assert scene.tip() == theirs


def test_only_the_branch_is_pushed(scene: Scene) -> None:
    """Neither tags nor other branches travel with it, whatever the user's settings say."""
    one = scene.ours("1")
    scene.origin.git("--git-dir", str(scene.mirror), "tag", "-a", "-m", "t", "t1", one)
    scene.push(one)
    refs = scene.origin.git("ls-remote", str(scene.remote)).split()[1::2]
    assert sorted(refs) == ["HEAD", "refs/heads/main", f"refs/heads/{BRANCH}"]


@pytest.mark.parametrize("branch", ["", "-d", "a b", "a..b", "a:b", "x.lock", "a/", "a*", "@"])
def test_bad_branch_names(scene: Scene, branch: str) -> None:
    """A name that git does not allow, or that would be an option, is refused before anything is run."""
    with pytest.raises(InvalidInput, match="branch name"):
        push_branch(scene.mirror, str(scene.remote), branch=branch, commit="1" * 40, ours=frozenset())
