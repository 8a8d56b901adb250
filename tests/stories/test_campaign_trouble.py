"""What goes wrong around a campaign, and what it does then."""

import contextlib
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest
from world import SPEC, World

from softwright.app import campaign_review as review
from softwright.app import campaigns as use
from softwright.core import InvalidInput, OutsideFault
from softwright.testing import GitRepo

CONTENT = "".join(f"def f{n}(a):\n    return old(a) + {n}\n\n" for n in range(300))


def outcomes(world: World) -> list[tuple[str, str, str]]:
    """Repository, state and commit of everything."""
    return [(r.name, str(r.state), r.commit) for r in review.view(world.house, "rename").repos]


def test_a_check_holds_a_repository_back(world):
    """A repository whose check fails is held with the reason and the evidence; the others go on."""
    world.spec.write_text(
        SPEC.replace(
            "check: [parse]", "check: [parse, {name: no-new, command: \"sh -c '! grep -q new api.py'\"}]"
        )
    )
    world.push("pay/core", {"api.py": "nothing = 1\n"})
    world.sync()
    world.run()
    assert world.states()["api"] == "held"
    assert world.states()["pay/core"] == "prepared"
    assert "no-new" in world.reason("api")
    api = review.view(world.house, "rename").repo("api")
    assert api.verdicts[-1].blocks
    assert api.verdicts[-1].evidence
    passed = review.approve(world.house, "rename", globs=["*"]).passed_over
    assert "api" in [name for name, _ in passed]
    assert use.deliver(world.house, "rename", globs=["api"]).results == ()
    review.approve(world.house, "rename", globs=["api"], reason="the check is wrong")
    assert [r.state for r in use.deliver(world.house, "rename", globs=["api"]).results] == ["created"]


def test_an_empty_repository_has_no_sites(world):
    """A remote without commits is told as such and stands in nobody's way."""
    GitRepo(world.root / "works" / "bare-bones").bare(world.remote("bare-bones"))
    fleet = world.root / "fleet.toml"
    fleet.write_text(
        fleet.read_text() + f'[[repos]]\nname = "bare-bones"\nurl = "file://{world.remote("bare-bones")}"\n'
    )
    world.sync()
    world.run()
    assert world.states()["bare-bones"] == "no-sites"
    assert world.reason("bare-bones") == "the remote has no commits yet"


def test_a_repository_that_could_not_be_fetched_fails_with_the_reason_of_its_sync(world):
    """Not with the advice to sync again: the words of the last sync."""
    fleet = world.root / "fleet.toml"
    fleet.write_text(fleet.read_text() + f'[[repos]]\nname = "gone"\nurl = "file://{world.root}/gone.git"\n')
    world.sync()
    world.run()
    assert world.states()["gone"] == "failed"
    assert "its sync ended as unreachable" in world.reason("gone")


def test_a_command_changes_files_in_a_sandbox(world):
    """A command's diff becomes part of the patch, after the rule's; its failure fails only its repository."""
    world.spec.write_text(
        SPEC.replace(
            "  - rule: old-to-new\n",
            "  - rule: old-to-new\n  - command: [sh, -c, 'test -f api.py && sed -i s/new/newer/ api.py']\n",
        )
    )
    world.run()
    view = review.view(world.house, "rename")
    file = view.repo("api").files[0]
    assert view.content("api", file).new == b"x = newer(1)\ny = 2\n"
    assert set(file.origins) == {"old-to-new", "sh"}
    assert world.states()["pay/core"] == "failed"
    assert "ended with 1" in world.reason("pay/core")


def test_a_python_step_changes_files(world):
    """A function of the author's changes the files it is given; what it raises is told for its repo."""
    (world.root / "step.py").write_text(
        "def shout(path, source):\n"
        "    if path.startswith('src/'):\n        raise ValueError('not here')\n"
        "    return source.upper()\n"
    )
    world.spec.write_text(SPEC.replace("rule: old-to-new", "python: ./step.py:shout"))
    world.run()
    view = review.view(world.house, "rename")
    assert view.content("api", view.repo("api").files[0]).new == b"X = OLD(1)\nY = 2\n"
    assert world.states()["pay/core"] == "failed"
    assert "not here" in world.reason("pay/core")


def test_a_repository_that_was_never_synced(world):
    """A repository without a mirror fails with the cure, the others are done."""
    text = (world.root / "fleet.toml").read_text()
    (world.root / "fleet.toml").write_text(text + '[[repos]]\nname = "late"\nurl = "file:///nowhere"\n')
    world.run()
    assert world.states()["late"] == "failed"
    assert "fleet sync" in world.reason("late")
    assert world.states()["api"] == "prepared"


def damage(world, name: str) -> None:
    """Make the objects of a mirror unreadable."""
    for pack in (world.house.mirrors.path(name) / "objects" / "pack").glob("*.pack"):
        pack.chmod(0o644)
        pack.write_bytes(b"damaged")


def test_a_corrupt_mirror_fails_alone(world):
    """Damaged objects fail their repository while its remote is away, with git's words; others are done."""
    damage(world, "api")
    away = world.remote("api").rename(world.root / "away.git")
    world.run()
    assert world.states()["api"] == "failed"
    assert world.reason("api")
    assert world.states()["pay/core"] == "prepared"
    away.rename(world.remote("api"))
    world.run()
    assert world.states()["api"] == "prepared"


def test_a_corrupt_mirror_is_made_anew_from_its_remote(world):
    """What the remote has is fetched again when the mirror turns out to be damaged."""
    damage(world, "api")
    world.run()
    assert world.states()["api"] == "prepared"


def test_an_unreachable_remote_is_tried_again(world):
    """A push that cannot reach its remote leaves the approval; delivering again succeeds."""
    world.run()
    review.approve(world.house, "rename", globs=["api", "pay/core"])
    away = world.remote("api").rename(world.root / "away.git")
    done = {r.repo: r.state for r in use.deliver(world.house, "rename").results}
    assert done == {"api": "unreachable", "pay/core": "created"}
    assert world.states()["api"] == "approved"
    away.rename(world.remote("api"))
    assert [r.state for r in use.deliver(world.house, "rename").results] == ["created"]


def test_a_refusing_remote_is_quoted(world):
    """What a remote's hook says is the reason."""
    hook = world.remote("api") / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'the branch is frozen' >&2\nexit 1\n")
    hook.chmod(0o755)
    world.run()
    review.approve(world.house, "rename", globs=["api"])
    done = use.deliver(world.house, "rename").results
    assert done[0].state == "refused"
    assert "frozen" in world.reason("api")


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (SPEC.replace("old-to-new", "old-to-mew"), "old-to-new"),
        (SPEC.replace("[parse]", "[pars]"), "parse"),
        (SPEC.replace("change:", "chnge:"), "change"),
        (SPEC + "fleet: {repos: [nope]}\n", "nope"),
        (SPEC + "fleet: {file: none.toml}\n", "none.toml"),
        (SPEC.replace("rule: old-to-new", "python: ./none.py:f"), "none.py"),
        ("{", "not YAML"),
    ],
)
def test_wrong_campaign_files_are_explained(world, spec, said):
    """A file that cannot be used is refused before anything is written, with what is allowed."""
    world.spec.write_text(spec)
    with pytest.raises(InvalidInput) as raised:
        world.run()
    assert said in str(raised.value)
    assert review.list_campaigns(world.house) == ()


@pytest.fixture(scope="module")
def many(tmp_path_factory) -> World:
    """A world of 16 repositories that each take a while."""
    files = {f"r{n:02d}": {f"m{k}.py": CONTENT + f"# {n} {k}\n" for k in range(6)} for n in range(16)}
    return World(tmp_path_factory.mktemp("many"), files)


def forget(world: World) -> None:
    """Begin anew: no ledger, no branches of ours."""
    for left in (world.root / "home").glob("ledger.db*"):
        left.unlink()
    for name in world.works:
        branch = world.house.mirrors.path(name) / "refs" / "heads" / "softwright" / "rename"
        branch.unlink(missing_ok=True)
    world.house = world.fresh_house()


@pytest.fixture(scope="module")
def undisturbed(many: World) -> dict[str, tuple[str, str]]:
    """State and tree of every repository after a run that nobody disturbed."""
    forget(many)
    many.run()
    return trees(many)


def trees(world: World) -> dict[str, tuple[str, str]]:
    """Repository -> state and the tree of its commit."""
    found = {}
    for name, state, commit in outcomes(world):
        mirror = world.house.mirrors.path(name)
        command = ["git", "--git-dir", str(mirror), "rev-parse", f"{commit}^{{tree}}"]
        found[name] = (state, subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return found


@pytest.mark.parametrize("seed", range(3))
def test_kill_at_a_random_moment_then_run_again(many, undisturbed, seed):
    """However the process is killed, running again ends in the same states and trees."""
    forget(many)
    moments = random.Random(seed)
    for _ in range(2):
        wanted = len(history_rows(many)) + moments.randint(0, 5)
        process = subprocess.Popen(
            many.command("campaign", "run", str(many.spec), "--json"),
            env=many.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(lambda: len(history_rows(many)) >= wanted or process.poll() is not None)  # noqa: B023
        time.sleep(moments.uniform(0, 0.05))
        process.kill()
        process.wait()
    done = subprocess.run(
        many.command("campaign", "run", str(many.spec), "--json"), env=many.environment, capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()
    many.house = many.fresh_house()
    assert trees(many) == undisturbed
    history = [many.house.ledger.states.history("rename", name) for name in many.works]
    assert all(len(entries) == 1 for entries in history)
    assert not list((many.root / "home").rglob("*.lock.new"))


def test_interrupted_by_ctrl_c(many, undisturbed):
    """Ctrl-C ends the run with exit code 130 and leaves no process; the next run goes on from there."""
    forget(many)
    process = subprocess.Popen(
        many.command("campaign", "run", str(many.spec), "--json"),
        env=many.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    wait_until(lambda: bool(history_rows(many)))
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode in (0, 130), err.decode()
    if process.returncode == 130:
        assert b'"interrupted": true' in out
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
    many.house = many.fresh_house()
    report = many.run()
    assert report.reused >= 1
    assert trees(many) == undisturbed


def history_rows(world: World) -> list[tuple[str]]:
    """What a running process has recorded so far."""
    ledger = world.root / "home" / "ledger.db"
    if not ledger.exists():
        return []
    with sqlite3.connect(f"file:{ledger}?mode=ro", uri=True) as connection:
        try:
            return connection.execute("SELECT repo FROM state_history").fetchall()
        except sqlite3.OperationalError:
            return []  # not made yet


def wait_until(true) -> None:
    """Wait for something to become true; fails after a minute."""
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_worker_that_is_killed_costs_its_repository(many):
    """A worker killed by the system fails its repository with the signal; the rest is done."""
    forget(many)
    (many.root / "step.py").write_text(
        "import os, signal\n"
        "def die(path, source):\n"
        "    if b'# 7 0' in source:\n        os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    usual = many.spec.read_text()
    many.spec.write_text(usual.replace("change:\n", "change:\n  - python: ./step.py:die\n"))
    try:
        report = many.run()
    finally:
        many.spec.write_text(usual)
    assert report.counts == {"prepared": 15, "failed": 1}
    assert "SIGKILL" in many.reason("r07")


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_full_disk_is_told_and_survived(tmp_path):
    """On a full disk the run fails with words, nothing recorded is lost, and with room again it completes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(disk)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("this system does not let us mount")
    try:
        files = {f"r{n}": {"m.py": CONTENT + f"# {n}\n"} for n in range(6)}
        world = World(tmp_path / "w", files)
        shutil.move(world.root / "home", disk / "home")
        (world.root / "home").symlink_to(disk / "home")
        world.house = world.fresh_house()
        filler = disk / "filler"
        fill(filler)
        try:
            world.run()
        except OutsideFault as error:
            assert "full" in str(error) or "space" in str(error)
        else:
            assert set(world.states().values()) <= {"failed", "prepared"}
            assert "failed" in world.states().values()
        filler.unlink()
        world.house = world.fresh_house()
        world.run()
        assert set(world.states().values()) == {"prepared"}
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=False)


def fill(path: Path) -> None:
    """Take all the room there is, but for a little."""
    size = 0
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            size += file.write(b"x" * 4096)
    os.truncate(path, max(0, size - 40_000))
