"""What the demos share: the packages as repositories with remotes, and the command a user would type."""

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from download import Missing, Package, cached, download, read_packages
from repositories import make_repository

ROOT = Path(__file__).resolve().parents[2]
RECIPE = ROOT / "demo"


class Stop(Exception):
    """The demo cannot go on; the text says why and what to do."""


def options(description: str) -> argparse.Namespace:
    """What both demos may be told: `work`, `fresh`, `allow_missing`."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--work", type=Path, default=ROOT / "demo-work", help="where everything is put")
    parser.add_argument("--fresh", action="store_true", help="start over; downloads are kept")
    parser.add_argument(
        "--allow-missing", action="store_true", help="go on without packages that your index does not have"
    )
    return parser.parse_args()


def told(demo: Callable[[], None]) -> int:
    """The exit code of a demo: 0, or 1 when it could not go on, and the reason is printed."""
    try:
        demo()
        return 0
    except Stop as stop:
        print(f"\ndemo: {stop}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ndemo: interrupted; run it again and it goes on", file=sys.stderr)
        return 130


def step(number: int, text: str) -> None:
    """The heading of a step."""
    print(f"\n── {number}. {text}", flush=True)


def remove(path: Path) -> None:
    """A file or folder gone, whether or not it was there."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def took(started: float, downloaded: float) -> str:
    """How long it took, downloads aside; both are readings of the monotonic clock."""
    text = f"{time.monotonic() - downloaded:.0f} s"
    return text + (f", after {downloaded - started:.0f} s of downloading" if downloaded - started > 1 else "")


def fetch(work: Path, *, allow_missing: bool) -> list[Package]:
    """The packages, downloaded below `work`; Stop when some are not to be had and that is not allowed."""
    work.mkdir(parents=True, exist_ok=True)
    packages = read_packages(RECIPE / "packages.txt")
    step(1, f"{len(packages)} packages from your package index")
    return _downloaded(packages, work / "archives", allow_missing=allow_missing)


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


def make_fleet(packages: list[Package], work: Path) -> None:
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


def softwright(work: Path, *args: str, capture: bool = False, good: tuple[int, ...] = (0,)) -> str:
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
