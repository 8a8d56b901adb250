"""The second demo: a person changes one file of one repository; a rule is learned, and the fleet follows.

No model is asked. Everything lies in `demo-work/`, where the first demo's packages and mirrors are used too;
`--fresh` starts over (but keeps downloads).
"""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

from work import Stop, fetch, make_fleet, options, remove, softwright, step, told, took

REPO = "sentry-sdk"
FILE = "sentry_sdk/transport.py"
CAMPAIGN = "learned"
LEAST_PYTHON = "3.2"  # what the person knows and no example tells: older ones have no timezone.utc
_WHO = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (
        ("NAME", "Demo Developer"),
        ("EMAIL", "developer@localhost.invalid"),
        (
            "DATE",
            "2024-02-01T00:00:00Z",
        ),  # the same commit every time, so that a second run has nothing to do
    )
}


def demo() -> None:
    """Every step in order; Stop when it cannot go on."""
    given = options(str(__doc__))
    work: Path = given.work.resolve()
    if given.fresh:
        for name in ("checkouts", "remotes", "home", "learned", "fleet.toml"):
            remove(work / name)
    started = time.monotonic()
    packages = fetch(work, allow_missing=given.allow_missing)
    downloaded = time.monotonic()
    step(2, "a git repository with a bare remote for each, and their mirrors")
    make_fleet(packages, work)
    softwright(work, "fleet", "sync", capture=True)
    step(3, f"a person edits {FILE} of {REPO} by hand, and commits")
    _edit_by_hand(work)
    step(4, "what is learned of it")
    _learn(work)
    step(5, "find, change, check and prepare a commit in every repository")
    softwright(work, "campaign", "run", f"{CAMPAIGN}.yaml")
    step(6, "what there is to read: shapes, not diffs")
    softwright(work, "campaign", "review", CAMPAIGN, "--list")
    step(7, "where every repository stands")
    softwright(work, "campaign", "status", CAMPAIGN)
    _closing(work, took(started, downloaded))


def edited(text: str) -> str:
    """The file as a person leaves it: aware times and their import, no empty parentheses at `raise`."""
    text = text.replace("datetime.utcnow()", "datetime.now(timezone.utc)")
    text = text.replace("raise NotImplementedError()", "raise NotImplementedError")
    found = re.search(r"^from datetime import (.+)$", text, re.MULTILINE)
    if found is None or "timezone.utc" not in text:
        raise Stop(f"{FILE} of {REPO} is not what this demo was made for")
    names = sorted([*found[1].split(", "), "timezone"])
    return text.replace(found[0], f"from datetime import {', '.join(names)}", 1)


def _edit_by_hand(work: Path) -> None:
    """A clone in which the last commit changes one file; made anew each time, and so are the rules."""
    clone = work / "learned" / REPO
    remove(clone.parent)
    clone.parent.mkdir()
    _git(work, "clone", "-q", str(work / "remotes" / f"{REPO}.git"), str(clone))
    place = clone / FILE
    if not place.is_file():
        raise Stop(
            f"{place} is missing\n  → {REPO} is needed for this demo; was it left out of the download?"
        )
    place.write_text(edited(place.read_text()))
    _git(clone, "commit", "-q", "-a", "-m", "Aware times; exceptions without empty parentheses")
    print(_git(clone, "show", "--stat", "--format=%h %s"), end="")
    shown = _git(clone, "show", "-U0", "--format=").split("\n")
    changed = [line for line in shown if re.match(r"[-+][^-+]", line)]
    print("\n".join([*changed[:10], f"… and {len(changed) - 10} lines more"]))


def _learn(work: Path) -> None:
    """Rules and a campaign of the commit; what is asked is answered by default. The samples are run."""
    softwright(
        work, "learn", "--from-commit", f"learned/{REPO}@HEAD", "--out", "learned/rules", "--name", CAMPAIGN,
        "--min-python", LEAST_PYTHON, "--campaign", CAMPAIGN, "--yes", "--force",
    )  # fmt: skip
    rules = sorted((work / "learned" / "rules").glob(f"{CAMPAIGN}*.md"))
    softwright(work, "rule", "test", *(str(rule.relative_to(work)) for rule in rules))


def _closing(work: Path, time_taken: str) -> None:
    status = json.loads(softwright(work, "campaign", "status", CAMPAIGN, "--json", capture=True))
    states = [repo["state"] for repo in status["repos"]]
    changed = sum(state in ("prepared", "approved", "delivered") for state in states)
    print(f"\nDone in {time_taken}: one file edited by hand, {changed} repositories changed, no model asked.")
    print(f"The rules, to read and edit: {work / 'learned' / 'rules'}")
    print(
        f"Go on by yourself: cd {work}; export SOFTWRIGHT_HOME=$PWD/home; softwright campaign diff {CAMPAIGN}"
    )


def _git(folder: Path, *args: str) -> str:
    try:
        done = subprocess.run(
            ["git", *args], cwd=folder, env={**os.environ, **_WHO}, check=True, capture_output=True, text=True
        )
    except FileNotFoundError as error:
        raise Stop("git is missing\n  → apt-get install git") from error
    except subprocess.CalledProcessError as error:
        raise Stop(f"git failed: {error.stderr.strip()}") from error
    return done.stdout


if __name__ == "__main__":
    sys.exit(told(demo))
