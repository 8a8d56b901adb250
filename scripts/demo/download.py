"""Source distributions of the demo's packages, through the user's own pip: its index, proxy and login."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

BACKENDS = ("setuptools.build_meta", "hatchling.build", "flit_core.buildapi", "poetry.core.masonry.api")
PARALLEL = 2  # gentle with the index


@dataclass(frozen=True)
class Package:
    """One pinned source distribution; `sha256` is of the archive."""

    name: str
    version: str
    sha256: str


@dataclass(frozen=True)
class Missing:
    """A package that could not be had, with pip's own last word."""

    package: Package
    reason: str


def read_packages(path: Path) -> list[Package]:
    """Packages of a file whose lines are `name==version --hash=sha256:…`; ValueError names a bad line."""
    packages = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        found = re.fullmatch(r"([\w.-]+)==(\S+) --hash=sha256:([0-9a-f]{64})", line.strip())
        if not found:
            raise ValueError(f"{path}:{number}: expected 'name==version --hash=sha256:…', got {line!r}")
        packages.append(Package(*found.groups()))
    return packages


def cached(package: Package, folder: Path) -> Path | None:
    """The package's archive in `folder`, or None when it is not there or not the pinned one."""
    path = folder / f"{package.name}-{package.version}.tar.gz"
    if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == package.sha256:
        return path
    return None


def download(packages: list[Package], folder: Path, on_done: Callable[[Package, str], None]) -> list[Missing]:
    """What could not be had. Archives land in `folder` singly: a second call asks only for what is missing.

    Gives up early when the first few all fail: the index is out of reach then, and asking on helps nobody.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [package for package in packages if not cached(package, folder)]
    missing: list[Missing] = []
    with _backends() as backends, ThreadPoolExecutor(PARALLEL) as pool:
        jobs = {pool.submit(_fetch, package, folder, backends): package for package in wanted}
        for done, job in enumerate(as_completed(jobs), 1):
            reason = job.result()
            on_done(jobs[job], reason)
            if reason:
                missing.append(Missing(jobs[job], reason))
            if done == len(missing) == PARALLEL + 1:
                pool.shutdown(cancel_futures=True)
                break
    return missing


@contextmanager
def _backends() -> Iterator[Path]:
    """A folder for PYTHONPATH in which every usual build backend is the one that only reads PKG-INFO."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for backend in BACKENDS:
            module = root.joinpath(*backend.split(".")).with_suffix(".py")
            module.parent.mkdir(parents=True)
            for parent in [module.parent, *module.parent.parents]:
                if parent == root:
                    break
                (parent / "__init__.py").touch()
            shutil.copyfile(Path(__file__).with_name("metadata_backend.py"), module)
        yield root


def _fetch(package: Package, folder: Path, backends: Path) -> str:
    """Why the package could not be had; empty when its archive is now in `folder`."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        wanted = Path(name) / "wanted.txt"
        wanted.write_text(f"{package.name}=={package.version} --hash=sha256:{package.sha256}\n")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--no-deps"]
        command += ["--no-binary=:all:", "--no-build-isolation", "--use-pep517", "--require-hashes"]
        env = {"PIP_RETRIES": "2", "PIP_DISABLE_PIP_VERSION_CHECK": "1", **os.environ}
        env["PYTHONPATH"] = str(backends)
        run = subprocess.run(
            [*command, "--dest", name, "--requirement", str(wanted)],
            env=env,
            capture_output=True,
            text=True,
            errors="replace",
        )
        archives = list(Path(name).glob("*.tar.gz"))
        if run.returncode or len(archives) != 1:
            return _last_word(run.stderr) or f"pip ended with {run.returncode} and no .tar.gz"
        archives[0].replace(folder / f"{package.name}-{package.version}.tar.gz")
        return ""


def _last_word(stderr: str) -> str:
    """The line of pip's output that says most: its first ERROR, else its last line."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")]
    word = (errors or lines or [""])[0 if errors else -1].removeprefix("ERROR: ")
    return re.sub(r" \(from versions: .*\)", "", word)
