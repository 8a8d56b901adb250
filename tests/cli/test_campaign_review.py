"""`softwright campaign review`, `relearn` and `cost` from the outside, and the walk at a terminal."""

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "stories"))

from world import World

FILES = {
    "api": {"m.py": "x = old(1)\nz = old(z)\n"},
    "web": {"n.py": "y = old(2)\n"},
    "job": {"o.py": "w = [old(3)]\n"},
}


@pytest.fixture(scope="module")
def seen(tmp_path_factory) -> World:
    """Three repositories with four sites, about which nothing is decided."""
    world = World(tmp_path_factory.mktemp("seen"), FILES)
    world.run()
    return world


@pytest.fixture
def world(tmp_path) -> World:
    """The same, to be decided about."""
    world = World(tmp_path, FILES)
    world.run()
    return world


def cli(world: World, *args: str, text: str = "") -> subprocess.CompletedProcess[str]:
    """Run the real program in the world's folder."""
    return subprocess.run(
        world.command("campaign", *args),
        cwd=world.root,
        env=world.environment,
        input=text,
        capture_output=True,
        text=True,
    )


def listed(world: World) -> dict:
    """The review as programs read it."""
    return json.loads(cli(world, "review", "rename", "--json").stdout)


def test_the_list_tells_what_there_is_to_read(seen):
    """Shapes with before, after and samples; in a pipe nothing is asked."""
    shown = cli(seen, "review", "rename").stdout
    assert shown.startswith("4 edits in 3 repositories: 1 shape and 0 exceptions to read; 4 open\n")
    assert "    - old($$$A)\n    + new($$$A)\n" in shown
    assert "x = old(1) → x = new(1)" in shown
    large = cli(seen, "review", "rename", "--large", "5").stdout
    assert "0 shapes and 4 exceptions" in large
    document = listed(seen)
    assert [(s["before"], s["edits"], len(s["samples"])) for s in document["shapes"]] == [("old($$$A)", 4, 3)]


def test_decisions_by_the_keys_that_were_listed(world):
    """Accept except, then reject with a reason: the repository is proposed again and all are approved."""
    (shape,) = listed(world)["shapes"]
    site = next(site for site in shape["sites"] if site["lines"][0] == "z = old(z)")
    accepted = cli(
        world,
        "review",
        "rename",
        "--accept",
        f"{shape['shape']}@{shape['shown']}",
        "--except",
        site["site"][:8],
    )
    assert accepted.returncode == 0, accepted.stderr
    assert "edits: 3 accepted" in accepted.stdout
    assert "approved: job, web" in accepted.stdout
    rejected = cli(world, "review", "rename", "--reject", site["site"], "--reason", "z is meant", "--json")
    assert rejected.returncode == 0, rejected.stderr
    done = json.loads(rejected.stdout)
    assert (done["rejected"], done["anew"], done["run"]["approved"]) == (1, ["api"], ["api"])
    assert "-x = old(1)\n+x = new(1)\n z = old(z)\n" in cli(world, "diff", "rename", "api").stdout
    assert json.loads(cli(world, "status", "rename", "--json").stdout)["counts"] == {"approved": 3}


def test_a_correction_comes_from_standard_input(world):
    """What is written there stands in place of the line, indented as that was."""
    site = next(s for s in listed(world)["shapes"][0]["sites"] if s["repo"] == "web")
    order = ("review", "rename", "--correct", site["site"], "--with", "-")
    corrected = cli(world, *order, text="y = newest[2]\n")
    assert corrected.returncode == 0, corrected.stderr
    assert "+y = newest[2]\n" in cli(world, "diff", "rename", "web").stdout


def test_a_correction_that_would_break_the_file_is_refused(world):
    """It is said what the text takes the place of, and nothing is recorded."""
    site = next(s for s in listed(world)["shapes"][0]["sites"] if s["repo"] == "web")
    refused = cli(world, "review", "rename", "--correct", site["site"], "--with", "-", text="new(((\n")
    assert refused.returncode == 2
    assert "would not parse" in refused.stderr and "in the place of `y = new(2)`" in refused.stderr
    again = next(s for s in listed(world)["shapes"][0]["sites"] if s["repo"] == "web")
    assert again == site


def test_without_a_run_the_next_one_does_it(world):
    """`--no-run` records only; the change is proposed again by the next run."""
    site = next(s for s in listed(world)["shapes"][0]["sites"] if s["repo"] == "web")
    done = cli(world, "review", "rename", "--reject", site["site"], "--reason", "no", "--no-run")
    assert "the next run proposes 1 repository again" in done.stderr
    assert "+y = new(2)" in cli(world, "diff", "rename", "web").stdout
    cli(world, "run", "rename.yaml")
    assert cli(world, "diff", "rename", "web").stdout == ""


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--accept", "nope"), "no shape and no site `nope`"),
        (("--accept", "6e"), "give at least 4 letters"),
        (("--accept", "6e87@0000"), "any more"),
        (("--reject", "6e87"), "a rejection needs a reason"),
        (("--correct", "6e87"), "--correct and --with go together"),
        (("--correct", "6e87", "--with", "none.txt"), "none.txt"),
        (("--except", "6e87"), "--except narrows"),
        (("--repo", "nope"), "no repository `nope`"),
    ],
)
def test_wrong_words_are_told_and_nothing_is_recorded(seen, args, said):
    """What cannot be meant ends with 2 and says what can."""
    done = cli(seen, "review", "rename", *args)
    assert done.returncode == 2
    assert said in done.stderr
    assert listed(seen)["open"] == 4


def test_the_walk_asks_shape_by_shape(world):
    """At a terminal a shape is shown and asked about; what is rejected is proposed again at the end."""
    site = next(s["site"] for s in listed(world)["shapes"][0]["sites"] if s["lines"][0] == "z = old(z)")
    answers = ["?", "d", "e", site[:6]]
    said = walk(world, answers)
    assert "a accept" in said
    assert "+z = new(z)" in said.replace("\x1b[92m", "")
    assert "3 accepted" in said
    assert listed(world)["open"] == 1
    said = walk(world, ["r", "z is meant"])
    assert "approved, as all else was accepted: api" in said
    assert json.loads(cli(world, "status", "rename", "--json").stdout)["counts"] == {"approved": 3}


def walk(world: World, answers: list[str]) -> str:
    """What the program says at a terminal at which these lines are typed."""
    here, there = pty.openpty()
    process = subprocess.Popen(
        world.command("campaign", "review", "rename"),
        cwd=world.root,
        env={**world.environment, "TERM": "dumb", "COLUMNS": "200"},
        stdin=there,
        stdout=there,
        stderr=there,
    )
    os.close(there)
    os.write(here, "".join(f"{answer}\n" for answer in answers).encode())
    said = b""
    while True:
        try:
            part = os.read(here, 4096)
        except OSError:
            break
        if not part:
            break
        said += part
    assert process.wait() == 0, said.decode()
    os.close(here)
    return said.decode()


def test_what_it_cost(seen):
    """Who did the sites, in a table and for programs."""
    shown = cli(seen, "cost", "rename").stdout
    assert "old-to-new" in shown
    document = json.loads(cli(seen, "cost", "rename", "--json").stdout)
    assert [(row["kind"], row["sites"], row["repos"]) for row in document["rows"]] == [("rule", 4, 3)]
    assert document["curve"][-1]["shapes"] == 1


def test_relearning_without_a_review_is_refused(seen):
    """There is nothing to learn of it."""
    done = cli(seen, "relearn", "rename")
    assert done.returncode == 2
    assert "nothing to learn" in done.stderr


def test_the_report_has_the_shapes(seen):
    """In the page and in its data."""
    assert cli(seen, "report", "rename", "--to", "r.html").returncode == 0
    page = (seen.root / "r.html").read_text()
    assert "What changed, by shape" in page
    assert "<mark>old</mark>($$$A)" in page
    data = json.loads(cli(seen, "report", "rename", "--json").stdout)
    assert data["review"] == listed(seen)
    assert data["cost"] == json.loads(cli(seen, "cost", "rename", "--json").stdout)
    (shape,) = data["review"]["shapes"]
    assert shape["checks"] == [{"check": "parse", "outcome": "pass", "repos": 3}]


def test_the_report_draws_shapes_and_cost(seen):
    """A bar for each shape, lines for cost, all sites and checks of a shape; whole without a script."""
    assert cli(seen, "report", "rename", "--to", "drawn.html").returncode == 0
    page = (seen.root / "drawn.html").read_text()
    key = listed(seen)["shapes"][0]["shape"]
    assert f'<a href="#shape-{key}">old($$$A) → new($$$A)</a>' in page
    assert '<rect width="100.0" height="10"/></svg><b>4</b>' in page
    assert "all 4 sites" in page
    assert page.count('<polyline points="0.00,') == 4
    assert "<td>old-to-new</td><td>rule</td><td>4</td><td>3</td>" in page
    ids = set(re.findall(r'id="([^"]+)"', page))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= ids
    for drawing in re.findall(r"<svg.*?</svg>", page, re.DOTALL):
        ElementTree.fromstring(drawing)
