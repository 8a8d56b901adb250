"""`softwright campaign` from the outside: what it prints and how it exits."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "stories"))

from world import World


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> World:
    """Two repositories with a site, one without."""
    return World(
        tmp_path_factory.mktemp("cli"),
        {"api": {"m.py": "x = old(1)\n"}, "web": {"n.py": "y = old(2)\n"}, "docs": {"a.md": "-"}},
    )


def cli(world: World, *args: str) -> subprocess.CompletedProcess[str]:
    """Run the real program in the world's folder."""
    return subprocess.run(
        world.command("campaign", *args),
        cwd=world.root,
        env=world.environment,
        capture_output=True,
        text=True,
    )


def test_the_whole_way(world):
    """Each command of the life of a campaign prints what it did; the JSON can be read by programs."""
    planned = cli(world, "plan", "rename.yaml")
    assert planned.returncode == 0, planned.stderr
    assert "2 sites in 2 of 3 repositories" in planned.stdout
    assert "+x = new(1)" in planned.stdout

    ran = cli(world, "run", "rename.yaml")
    assert ran.returncode == 0, ran.stderr
    assert "prepared" in ran.stdout
    assert "3/3" in ran.stderr  # plain lines where there is no terminal

    again = json.loads(cli(world, "run", "rename.yaml", "--json").stdout)
    assert again["reused"] == 3
    assert again["counts"] == {"prepared": 2, "no-sites": 1}

    shown = cli(world, "diff", "rename").stdout
    assert shown.startswith("# api\n--- a/m.py\n")
    assert "-x = old(1)\n+x = new(1)\n" in shown
    shown = json.loads(cli(world, "show", "rename", "api", "--json").stdout)
    assert shown["verdicts"][0]["check"] == "parse"
    assert "parse  pass" in cli(world, "show", "rename", "api").stdout

    assert "1 approved api" in cli(world, "approve", "rename", "--repo", "api").stdout
    rejected = cli(world, "reject", "rename", "--repo", "web", "--reason", "not yet")
    assert "1 rejected web" in rejected.stdout
    status = json.loads(cli(world, "status", "rename", "--json").stdout)
    assert status["counts"] == {"approved": 1, "no-sites": 1, "rejected": 1}

    assert "planned" in cli(world, "deliver", "rename", "--dry-run").stdout
    assert "created" in cli(world, "deliver", "rename").stdout
    assert json.loads(cli(world, "deliver", "rename", "--json").stdout)["results"] == []
    nothing = cli(world, "deliver", "rename").stdout
    assert nothing == "nothing to deliver: 1 delivered, 1 no-sites, 1 rejected\n"
    assert cli(world, "follow", "rename").returncode == 0
    assert cli(world, "report", "rename").returncode == 0
    assert (world.root / "rename-report.html").read_text().startswith("<!")
    assert "closed" in cli(world, "close", "rename").stdout
    listed = cli(world, "status").stdout.splitlines()[1].split()
    assert listed[:2] == ["rename", "closed"]


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("run", "none.yaml"), 2, "campaign new"),
        (("status", "nome"), 2, "no campaign `nome`"),
        (("approve", "rename"), 2, "--all or --repo"),
        (("show", "rename", "apo"), 2, "did you mean `api`"),
        (("status", "rename", "--state", "hold"), 2, "did you mean `held`"),
        (("reject", "rename", "--all"), 2, "needs a reason"),
        (("new", "Bad Name"), 2, "lower-case"),
    ],
)
def test_mistakes_are_explained(world, args, code, said):
    """A mistake exits with 2 and says what is allowed."""
    world.run(reopening=True)
    done = cli(world, *args)
    assert done.returncode == code
    assert said in done.stderr


def test_a_run_with_failures_says_so_by_its_exit_code(tmp_path):
    """Repositories that failed make the run exit with 4; those without sites can be listed."""
    world = World(tmp_path, {"api": {"m.py": "x = old(1)\n"}, "docs": {"a.md": "-"}, "web": {"a.md": "-"}})
    world.spec.write_text(world.spec.read_text() + "deliver: {branch: main}\n")
    ran = cli(world, "run", "rename.yaml")
    assert ran.returncode == 4
    assert cli(world, "follow", "rename").returncode == 4
    assert "3 of 3 repositories failed" in ran.stderr
    world.spec.write_text(world.spec.read_text().replace("main", "fine"))
    assert cli(world, "run", "rename.yaml").returncode == 0
    listed = cli(world, "status", "rename", "--state", "no-sites").stdout
    assert "docs" in listed
    assert "api" not in listed


def test_closing_tells_how_far_it_is(tmp_path):
    """Progress of a closing names its total, and a closed campaign says how to go on."""
    world = World(tmp_path, {"api": {"m.py": "x = old(1)\n"}, "web": {"n.py": "y = old(2)\n"}})
    for args in (("run", "rename.yaml"), ("approve", "rename", "--all"), ("deliver", "rename")):
        assert cli(world, *args).returncode == 0
    closed = cli(world, "close", "rename", "--delete-branches")
    assert "close 2/2" in closed.stderr
    assert (closed.stdout + closed.stderr).count("deleted") == 2  # each result once
    assert closed.stdout.endswith("campaign rename is closed\n")
    refused = cli(world, "run", "rename.yaml")
    assert refused.returncode == 2
    assert "--reopen" in refused.stderr
    assert "nothing was run again" in cli(world, "follow", "rename").stdout
    assert cli(world, "run", "rename.yaml", "--reopen").returncode == 0


def test_a_report_is_not_written_over_a_folder(world):
    """A folder as the report's place is a mistake with a cure, not a crash."""
    world.run(reopening=True)
    done = cli(world, "report", "rename", "--to", ".")
    assert done.returncode == 2
    assert "name a file in it" in done.stderr


def test_new_writes_a_file_that_runs(world):
    """The file that `new` writes is a valid campaign as soon as it names a rule."""
    made = cli(world, "new", "fresh", "--rule", "old-to-new")
    assert made.returncode == 0, made.stderr
    planned = cli(world, "plan", "fresh.yaml", "--json")
    assert planned.returncode == 0, planned.stderr
    assert json.loads(planned.stdout)["campaign"] == "fresh"
    assert "already" in cli(world, "new", "fresh").stderr
    written = (world.root / "fresh.yaml").read_text()
    (world.root / "fresh.yaml").write_text(written.replace("# automatic: true", "automatic: true"))
    assert "\n  automatic: true" in (world.root / "fresh.yaml").read_text()
    assert cli(world, "plan", "fresh.yaml").returncode == 0


def test_a_diff_takes_repositories_as_show_does(world):
    """Names and globs stand behind the campaign's name; with --repo it is the same."""
    world.run(reopening=True)
    assert cli(world, "diff", "rename", "api").stdout.splitlines()[0] == "# api"
    assert cli(world, "diff", "rename", "api").stdout == cli(world, "diff", "rename", "--repo", "api").stdout
    both = [
        line for line in cli(world, "diff", "rename", "api", "w*").stdout.splitlines() if line[:2] == "# "
    ]
    assert both == ["# api", "# web"]
    wrong = cli(world, "diff", "rename", "apo")
    assert wrong.returncode == 2
    assert "did you mean `api`" in wrong.stderr


def test_nothing_is_said_in_one_line(tmp_path):
    """Where there is nothing to list there is no empty table, but a line that says so and what to do."""
    world = World(tmp_path, {"api": {"m.py": "x = old(1)\n"}, "docs": {"a.md": "-"}})
    none = cli(world, "status")
    assert (none.returncode, none.stdout.count("\n")) == (0, 1)
    assert none.stdout.startswith("no campaigns; begin one: softwright campaign new")
    assert json.loads(cli(world, "status", "--json").stdout) == []
    world.run()
    waits = cli(world, "deliver", "rename")
    assert waits.returncode == 0
    assert waits.stdout.startswith(
        "nothing to deliver: nothing is approved (1 prepared, 1 no-sites); approve"
    )
    assert (
        cli(world, "status", "rename", "--state", "held").stdout.splitlines()[0]
        == "no repository is like that"
    )
    (world.root / "a.py").write_text("")
    world.spec.write_text(world.spec.read_text() + "fleet: {repos: [docs]}\n")
    planned = cli(world, "plan", "rename.yaml").stdout
    assert planned.startswith("\n0 sites in 0 of 1 repository; planned in")


def test_deciding_nothing_fails_and_says_what_to_do(tmp_path):
    """An approval of nothing exits with 1 and names the next command; approving twice is no mistake."""
    world = World(tmp_path, {"api": {"m.py": "x = old(1)\n"}, "docs": {"a.md": "-"}})
    world.run()
    for extra in ((), ("--json",)):
        nothing = cli(world, "approve", "rename", "--repo", "docs", *extra)
        assert nothing.returncode == 1
        assert "no repository was approved" in nothing.stderr
        assert "softwright campaign status rename" in nothing.stderr
    assert cli(world, "approve", "rename", "--all").returncode == 0
    again = cli(world, "approve", "rename", "--all")
    assert again.returncode == 0
    assert "1 approved before" in again.stdout


def test_a_rule_that_asks_for_review_is_not_delivered_unseen_unsaid(tmp_path):
    """Plan and run warn when such a rule meets `approval: none`, and only then."""
    world = World(tmp_path, {"api": {"m.py": "x = old(1)\n"}})
    rule = world.root / "rules" / "old-to-new.md"
    rule.write_text(rule.read_text().replace("safety: safe", "safety: review"))
    assert "warning" not in cli(world, "plan", "rename.yaml").stderr
    world.spec.write_text(world.spec.read_text() + "deliver: {approval: none}\n")
    for command in ("plan", "run"):
        done = cli(world, command, "rename.yaml")
        assert done.returncode == 0
        assert "warning: rule `old-to-new` asks for a review" in done.stderr
