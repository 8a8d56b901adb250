"""The demo: one real migration over some fifty real packages, from finding its sites to delivered branches.

Everything lies in `demo-work/`; a second run uses what is there. `--fresh` starts over (but keeps downloads).
"""

import json
import shutil
import sys
import time
from pathlib import Path

from work import RECIPE, fetch, make_fleet, options, remove, softwright, step, told, took

CAMPAIGN = "aware-times"


def demo() -> None:
    """Every step in order; Stop when it cannot go on."""
    given = options(str(__doc__))
    work: Path = given.work.resolve()
    if given.fresh:
        for name in ("checkouts", "remotes", "home", "fleet.toml", "campaign.yaml", "report.html"):
            remove(work / name)
    started = time.monotonic()
    packages = fetch(work, allow_missing=given.allow_missing)
    downloaded = time.monotonic()
    step(2, "a git repository with a bare remote for each")
    make_fleet(packages, work)
    shutil.copyfile(RECIPE / "campaign.yaml", work / "campaign.yaml")
    rows = _campaign(work)
    _closing(work, rows, took(started, downloaded))


def _campaign(work: Path) -> list[dict[str, str]]:
    """Run, approve and deliver; the repositories with their states before delivery."""
    step(3, "mirrors of all remotes")
    softwright(work, "fleet", "sync")
    step(4, "find, change, check and prepare a commit in every repository")
    softwright(work, "campaign", "run", "campaign.yaml")
    rows = _rows(work)
    waiting = [row["name"] for row in rows if row["state"] == "prepared"]
    if waiting:
        step(5, f"a person approves {len(waiting)} changes (in real life: after `campaign diff {CAMPAIGN}`)")
        softwright(work, "campaign", "approve", CAMPAIGN, "--all")
    if any(row["state"] in ("prepared", "approved") for row in rows):
        step(6, "branches go to the remotes")
        softwright(work, "campaign", "deliver", CAMPAIGN)
    softwright(work, "campaign", "report", CAMPAIGN, "--to", "report.html", capture=True)
    return rows


def _rows(work: Path) -> list[dict[str, str]]:
    status = json.loads(softwright(work, "campaign", "status", CAMPAIGN, "--json", capture=True))
    rows: list[dict[str, str]] = status["repos"]
    return rows


def _closing(work: Path, rows: list[dict[str, str]], time_taken: str) -> None:
    step(7, "where every repository stands")
    softwright(work, "campaign", "status", CAMPAIGN)
    delivered = [row["name"] for row in rows if row["state"] in ("prepared", "approved", "delivered")]
    print(f"\nDone in {time_taken}.")
    print(f"Report: {work / 'report.html'}")
    if delivered:
        remote = work / "remotes" / f"{delivered[0]}.git"
        print(f"A delivered branch: git -C {remote} show softwright/{CAMPAIGN}")
    print(f"Go on by yourself: cd {work}; export SOFTWRIGHT_HOME=$PWD/home")


if __name__ == "__main__":
    sys.exit(told(demo))
