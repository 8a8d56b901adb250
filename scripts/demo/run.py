"""The demo: one real migration over some fifty real packages, from finding its sites to delivered branches.

Everything lies in `demo-work/`; a second run uses what is there. `--fresh` starts over (but keeps downloads).
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from download import Missing, Package, cached, download, read_packages
from repositories import make_repository

ROOT = Path(__file__).resolve().parents[2]
RECIPE = ROOT / "demo"
CAMPAIGN = "aware-times"


class Stop(Exception):
    """The demo cannot go on; the text says why and what to do."""


def main() -> int:
    """Exit code: 0 when everything was delivered that may be, 1 when the demo could not go on."""
    options = _options()
    work: Path = options.work.resolve()
    try:
        if options.fresh:
            for name in ("checkouts", "remotes", "home", "fleet.toml", "campaign.yaml", "report.html"):
                _remove(work / name)
        work.mkdir(parents=True, exist_ok=True)
        started = time.monotonic()
        packages = read_packages(RECIPE / "packages.txt")
        _step(1, f"{len(packages)} packages from your package index")
        packages = _downloaded(packages, work / "archives", allow_missing=options.allow_missing)
        downloaded = time.monotonic()
        _step(2, "a git repository with a bare remote for each")
        _make_fleet(packages, work)
        rows = _campaign(work)
        told = f"{time.monotonic() - downloaded:.0f} s"
        told += f", after {downloaded - started:.0f} s of downloading" if downloaded - started > 1 else ""
        _closing(work, rows, told)
        return 0
    except Stop as stop:
        print(f"\ndemo: {stop}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ndemo: interrupted; run it again and it goes on", file=sys.stderr)
        return 130


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--work", type=Path, default=ROOT / "demo-work", help="where everything is put")
    parser.add_argument("--fresh", action="store_true", help="start over; downloads are kept")
    parser.add_argument(
        "--allow-missing", action="store_true", help="go on without packages that your index does not have"
    )
    return parser.parse_args()


def _step(number: int, text: str) -> None:
    print(f"\n── {number}. {text}", flush=True)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


# -- the fleet -------------------------------------------------------------------------------------------


def _downloaded(packages: list[Package], folder: Path, *, allow_missing: bool) -> list[Package]:
    """The packages whose archives are there; Stop when some are not and that is not allowed."""
    wanted = sum(not cached(package, folder) for package in packages)
    if not wanted:
        print("all of them are in demo-work already")
        return packages
    counter = iter(range(1, wanted + 1))

    def told(package: Package, reason: str) -> None:
        line = f"[{next(counter)}/{wanted}] {package.name} {package.version}"
        print(f"{line}: {reason}" if reason else line, flush=True)

    missing = download(packages, folder, told)
    if missing and not (allow_missing and len(missing) < len(packages)):
        raise Stop(_explain(missing))
    return [package for package in packages if cached(package, folder)]


def _explain(missing: list[Missing]) -> str:
    lines = [f"{len(missing)} packages could not be downloaded:"]
    lines += [f"  {each.package.name}=={each.package.version}: {each.reason}" for each in missing[:8]]
    lines += [
        "What came is kept; a second run asks only for the rest.",
        "  → is the package index reachable? pip takes it from `pip config`, PIP_INDEX_URL and proxies; try:",
        f"      {sys.executable} -m pip download --no-deps --no-binary :all: {missing[0].package.name}",
        "  → an index without some of them: make demo DEMO_ARGS=--allow-missing",
    ]
    return "\n".join(lines)


def _make_fleet(packages: list[Package], work: Path) -> None:
    """Checkouts, bare remotes and the fleet file that names the remotes."""
    checkouts, remotes = work / "checkouts", work / "remotes"

    def make(package: Package) -> bool:
        archive = cached(package, work / "archives")
        assert archive is not None
        return make_repository(package, archive, checkouts=checkouts, remotes=remotes)

    try:
        with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
            made = sum(pool.map(make, packages))
    except FileNotFoundError as error:
        raise Stop(f"{error}\n  → is git installed? apt-get install git") from error
    except subprocess.CalledProcessError as error:
        raise Stop(f"git failed: {error.stderr.decode(errors='replace').strip()}") from error
    print(f"{made} made, {len(packages) - made} were there: {checkouts}")
    entries = [
        f'[[repos]]\nname = "{package.name}"\nurl = "{remotes / package.name}.git"\n' for package in packages
    ]
    (work / "fleet.toml").write_text('name = "demo"\n\n' + "\n".join(entries))
    shutil.copyfile(RECIPE / "campaign.yaml", work / "campaign.yaml")


# -- the campaign ----------------------------------------------------------------------------------------


def _softwright(work: Path, *args: str, capture: bool = False, good: tuple[int, ...] = (0,)) -> str:
    """Run the command a user would type, in the work folder; Stop when it fails."""
    program = Path(sys.executable).with_name("softwright")
    if not program.exists():
        raise Stop(f"{program} is missing\n  → install Softwright in this environment: make demo does")
    if not capture:
        print(f"$ softwright {' '.join(args)}", flush=True)
    env = {**os.environ, "SOFTWRIGHT_HOME": str(work / "home")}
    run = subprocess.run(
        [str(program), *args], cwd=work, env=env, stdout=subprocess.PIPE if capture else None, text=True
    )
    if run.returncode == 130:
        raise KeyboardInterrupt
    if run.returncode not in good:
        raise Stop(f"`softwright {' '.join(args)}` ended with {run.returncode}")
    return run.stdout or ""


def _campaign(work: Path) -> list[dict[str, str]]:
    """Run, approve and deliver; the repositories with their states before delivery."""
    _step(3, "mirrors of all remotes")
    _softwright(work, "fleet", "sync")
    _step(4, "find, change, check and prepare a commit in every repository")
    _softwright(work, "campaign", "run", "campaign.yaml")
    rows = _rows(work)
    waiting = [row["name"] for row in rows if row["state"] == "prepared"]
    if waiting:
        _step(5, f"a person approves {len(waiting)} changes (in real life: after `campaign diff {CAMPAIGN}`)")
        _softwright(work, "campaign", "approve", CAMPAIGN, "--all")
    if any(row["state"] in ("prepared", "approved") for row in rows):
        _step(6, "branches go to the remotes")
        _softwright(work, "campaign", "deliver", CAMPAIGN)
    _softwright(work, "campaign", "report", CAMPAIGN, "--to", "report.html", capture=True)
    return rows


def _rows(work: Path) -> list[dict[str, str]]:
    told = json.loads(_softwright(work, "campaign", "status", CAMPAIGN, "--json", capture=True))
    rows: list[dict[str, str]] = told["repos"]
    return rows


def _closing(work: Path, rows: list[dict[str, str]], told: str) -> None:
    _step(7, "where every repository stands")
    _softwright(work, "campaign", "status", CAMPAIGN)
    delivered = [row["name"] for row in rows if row["state"] in ("prepared", "approved", "delivered")]
    print(f"\nDone in {told}.")
    print(f"Report: {work / 'report.html'}")
    if delivered:
        remote = work / "remotes" / f"{delivered[0]}.git"
        print(f"A delivered branch: git -C {remote} show softwright/{CAMPAIGN}")
    print(f"Go on by yourself: cd {work}; export SOFTWRIGHT_HOME=$PWD/home")


if __name__ == "__main__":
    sys.exit(main())
